package mapping

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/record"
)

// unhex makes the bytes that hexadecimal digits stand for; spaces between them are for the reader.
func unhex(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestDirectoryFunctions(t *testing.T) {
	const firstOfMarch = "134167968000000000" // 2026-03-01T00:00:00Z
	for _, c := range []struct {
		promise string
		field   string
		x       string
		want    string // value as JSON, or what the reason says after "! "
	}{
		{"a normal account is enabled", "is_active=ad_enabled(x)", "512", "true"},
		{"a disabled account is not", "is_active=ad_enabled(x)", "514", "false"},
		{"a password that does not expire changes nothing", "is_active=ad_enabled(x)", "66048", "true"},
		{"a password that does not expire, disabled", "is_active=ad_enabled(x)", "66050", "false"},
		{"a lock-out switches nobody off", "is_active=ad_enabled(x)", "528", "true"},
		{"an expired password switches nobody off", "is_active=ad_enabled(x)", "8389120", "true"},
		{"a disabled account that is locked out besides is disabled", "is_active=ad_enabled(x)", "8389138", "false"},
		{"the highest flag makes the number negative", "is_active=ad_enabled(x)", "-2147483136", "true"},
		{"a negative number has its flags", "is_active=ad_enabled(x)", "-2147483134", "false"},
		{"the same, written without a sign", "is_active=ad_enabled(x)", "2147484162", "false"},
		{"flags that nobody may see hold", "is_active=ad_enabled(x)", "", "! is_active: ad_enabled: userAccountControl is empty"},
		{"flags in words hold", "is_active=ad_enabled(x)", "NORMAL_ACCOUNT", `! is_active: ad_enabled: "NORMAL_ACCOUNT" is not`},
		{"flags with a fraction hold", "is_active=ad_enabled(x)", "512.0", "! is_active: ad_enabled: "},
		{"flags of more than 32 bits hold", "is_active=ad_enabled(x)", "4294967296", "! is_active: ad_enabled: "},
		{"flags below 32 bits hold", "is_active=ad_enabled(x)", "-2147483649", "! is_active: ad_enabled: "},

		{"a file time is in the job's zone", "hired_at=ad_time(x)", "133485408000000000", `"2024-01-01T01:00:00+01:00"`},
		{"a file time has fractions", "hired_at=ad_time(x)", "128271382742968750", `"2007-06-24T07:57:54.296875+02:00"`},
		{"a file time is text", "remark=ad_time(x)", "133485408000000000", `"2024-01-01T01:00:00+01:00"`},
		{"a file time at midnight is a date in text", "remark=ad_time(x)", "133485372000000000", `"2024-01-01"`},
		{"there were days before 1970", "remark=ad_time(x)", "113288544000000000", `"1960-01-01T01:00:00+01:00"`},
		{"0 is never", "hired_at=ad_time(x)", "0", "null"},
		{"the highest number is never", "hired_at=ad_time(x)", "9223372036854775807", "null"},
		{"nothing is never", "hired_at=ad_time(x)", " ", "null"},
		{"a year that nobody can write, in the zone, is none", "remark=ad_time(x)", "2650467743999999999", "! remark: ad_time: \"2650467743999999999\" is a date in the year 10000"},
		{"what is nearly never is no time", "hired_at=ad_time(x)", "9223372036854775806", "! hired_at: ad_time: "},
		{"a negative file time holds", "hired_at=ad_time(x)", "-9223372036854775808", "! hired_at: ad_time: "},
		{"a file time beyond 64 bits holds", "hired_at=ad_time(x)", "99999999999999999999", "! hired_at: ad_time: "},
		{"a date is no file time", "hired_at=ad_time(x)", "2026-01-31", `! hired_at: ad_time: "2026-01-31" is not a file time`},
		{"never is later than today", "is_active=ad_time(x) == nil || ad_time(x) > today()", "0", "true"},
		{"later is later", "is_active=ad_time(x) == nil || ad_time(x) > today()", firstOfMarch, "true"},
		{"earlier is not", "is_active=ad_time(x) == nil || ad_time(x) > today()", "133485408000000000", "false"},
		{"valid takes never for open", `is_active=valid("", ad_time(x))`, "9223372036854775807", "true"},
		{"valid takes a file time", `is_active=valid(ad_time(x), "")`, firstOfMarch, "false"},
		{"valid of what is no file time holds", `is_active=valid("", ad_time(x))`, "soon", "! is_active: ad_time: "},
		{"more zeros are never, too", "hired_at=ad_time(x)", "00", "null"},
		{"a number is no text of flags", "is_active=ad_enabled(fromJSON(x))", "512", "! is_active: ad_enabled: takes text, not a number"},
		{"a number is no text of a file time", "hired_at=ad_time(fromJSON(x))", "5", "! hired_at: ad_time: takes text, not a number"},
		{"a number is no DN", "remark=rdn(fromJSON(x))", "5", "! remark: rdn: takes text, not a number"},

		{"the value of the first RDN", "remark=rdn(x)", `CN=Ann\, Smith,OU=People,DC=x`, `"Ann, Smith"`},
		{"a list of first RDNs", `tags=map(values("x"), rdn(#))`, "cn=admins,dc=x", `["admins"]`},
		{"no DN, no RDN", "remark=rdn(x)", "", "null"},
		{"what is no DN holds", "remark=rdn(x)", "Smith, Ann", `! remark: rdn: "Smith, Ann" is no DN: `},
	} {
		t.Run(c.promise, func(t *testing.T) {
			name, _, _ := strings.Cut(c.field, "=")
			expect(t, spec(t, "role_id=1", c.field), entry("x="+c.x), name, c.want)
		})
	}
}

// expect maps an entry and compares one attribute as JSON, or the reason after "! ".
func expect(t *testing.T, s Spec, e *record.Entry, attribute, want string) {
	t.Helper()
	o := bind(t, s).Map(e)
	if why, held := strings.CutPrefix(want, "! "); held {
		if o.Verdict != Invalid || !strings.HasPrefix(o.Reason, why) || strings.ContainsAny(o.Reason, "\n\x00") {
			t.Errorf("got %s %s: %s", o.Attrs.Get(attribute), o.Verdict, o.Reason)
		}
	} else if got := string(o.Attrs.Get(attribute).AppendJSON(nil)); o.Verdict != InScope || got != want {
		t.Errorf("got %s %s: %s", got, o.Verdict, o.Reason)
	}
}

func TestFileTimesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(-fileTimeEpoch+1, 253402214400).Draw(t, "second"), 100*rapid.Int64Range(0, 9_999_999).Draw(t, "tick"))
		ticks := (want.Unix()+fileTimeEpoch)*fileTimeSecond + int64(want.Nanosecond()/100)
		got, ok, err := adTime(strconv.FormatInt(ticks, 10), time.UTC)
		if !ok || err != nil || !got.Equal(want) {
			t.Fatalf("%s became %s: %v", want, got, err)
		}
	})
}

func TestInGroup(t *testing.T) {
	const admins, staff = "cn=admins,ou=groups,dc=x", `cn=staff\, all,dc=x`
	s := Spec{Key: text("id"), Zone: time.UTC, Where: text("in_group(`" + staff + "`)"), Map: []Field{
		{"email", text("id")}, {"is_active", text(`!in_group("` + admins + `")`)}, {"role_id", text(`"` + admins + `" | in_group() ? 1 : 2`)},
	}}
	m, problems := Compile(s, schema(), nil)
	if m == nil {
		t.Fatal(problems)
	}
	need := []string{"id", record.GroupColumn(admins), record.GroupColumn(staff)}
	slices.Sort(need)
	if d := cmp.Diff(need, m.Need()); d != "" {
		t.Error("every group is asked for as a column of its own", d)
	}
	b, problems := m.Bind(record.Layout{Columns: []string{"id", record.GroupColumn(admins), record.GroupColumn(staff)}}, noon(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	yes := [][]byte{[]byte("true")}
	for _, c := range []struct {
		promise       string
		admins, staff [][]byte
		want          string
	}{
		{"a member is in", yes, yes, `in scope {"email":"E1","is_active":false,"ref":"E1","role_id":1} `},
		{"nobody else is", nil, yes, `in scope {"email":"E1","is_active":true,"ref":"E1","role_id":2} `},
		{"where may ask, too", yes, nil, `out of scope {} `},
		{"another answer holds", nil, [][]byte{[]byte("false")}, `invalid {"email":"E1"} where: column in_group cn=staff\, all,dc=x is neither`},
		{"an empty answer holds", nil, [][]byte{{}}, `invalid {"email":"E1"} where: column in_group`},
		{"two answers hold", nil, [][]byte{yes[0], yes[0]}, `invalid {"email":"E1"} where: column in_group`},
	} {
		t.Run(c.promise, func(t *testing.T) {
			o := b.Map(&record.Entry{Fields: [][][]byte{{[]byte("E1")}, c.admins, c.staff}})
			if got := fmt.Sprintf("%s %s %s", o.Verdict, o.Attrs.AppendJSON(nil), o.Reason); !strings.HasPrefix(got, c.want) {
				t.Error(got)
			}
		})
	}
	t.Run("a source without groups says so", func(t *testing.T) {
		_, problems := m.Bind(record.Layout{Columns: []string{"id"}}, noon(t))
		if len(problems) != 3 || !strings.Contains(problems[0].Message, "this source has no groups") || problems[0].Where != "where" || problems[0].Offset != 0 {
			t.Error(problems)
		}
	})
}

// sidOf writes a SID as a directory does.
func sidOf(authority uint64, parts ...uint32) string {
	b := binary.BigEndian.AppendUint64(nil, authority)
	b[0], b[1] = 1, byte(len(parts))
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return string(b)
}
