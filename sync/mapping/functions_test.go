package mapping

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		promise    string
		expression string // a text of x
		x          string
		want       string // or "! " and the reason
	}{
		{"German umlauts are two letters", "ascii(x)", "Größe", "Groesse"},
		{"capitals stay capitals", "ascii(x)", "ÄRGER, Ärger, Ä", "AERGER, Aerger, Ae"},
		{"ẞ is a capital", "ascii(x)", "STRAẞE", "STRASSE"},
		{"a decomposed umlaut is an umlaut", "ascii(x)", "Mu\u0308ller", "Mueller"},
		{"marks go", "ascii(x)", "Zoë Šťastný Nguyễn Çelik", "Zoe Stastny Nguyen Celik"},
		{"letters without decomposition", "ascii(x)", "Łódź Øre Đorđe Æsir cœur Þór ðı", "Lodz Ore Dorde Aesir coeur Thor di"},
		{"ligatures and spaces", "ascii(x)", "ﬁ\u00a0x’s – y", "fi x's - y"},
		{"another script is no ASCII", "ascii(x)", "Жанна", `! ascii: "Ж" has no form in ASCII`},
		{"text of a number is plain", "string(1000000.0)", "", "1000000"},
		{"text of null is nothing", `string(number(x, ","))+"-"`, "", "-"},
		{"text of a date is a date", `string(date(x, "YYYYMMDD"))`, "20260131", "2026-01-31"},
		{"text of a list is refused", `string(split(x, ","))`, "a,b", "! string: takes text"},
		{"a slice counts characters", "x[0:1]", "Ökonom", "Ö"},
		{"a slice counts from the end", "x[-2:]", "Ökonömö", "mö"},
		{"a slice beyond the end is short", "x[1:99]", "äb", "b"},
		{"a slice of nothing is nothing", "x[0:1] + '-'", "", "-"},
		{"a slice up to a place that was looked for", `x[:indexOf(x, "@")]`, "bjørn@x", "bjørn"},
		{"a slice from a place that was looked for", `x[lastIndexOf(x, "ø"):]`, "bjørøn", "øn"},
		{"a slice of a list", `join(split(x, ",")[1:], "+")`, "a,b,c", "b+c"},
		{"a slice keeps to len", "x[0:len(x)-1]", "Müller", "Mülle"},
		{"repeat", `repeat(x, 3)`, "ab", "ababab"},
		{"decimals", `string(number(x, ","))`, "1.234,56", "1234.56"},
		{"whole numbers", `string(number(x, ","))`, "-1.234.567,00", "-1234567"},
		{"a point for decimals", `string(number(x, "."))`, " 1,234.5 ", "1234.5"},
		{"spaces between thousands", `string(number(x, ","))`, "12\u00a0345,0", "12345"},
		{"apostrophes between thousands", `string(number(x, "."))`, "1'234", "1234"},
		{"groups of two digits are no number", `string(number(x, ","))`, "1.23", "! number: "},
		{"mixed groups are no number", `string(number(x, ","))`, "1.234 567", "! number: "},
		{"a decimal mark alone is no number", `string(number(x, ","))`, "5,", "! number: "},
		{"a group after zero is no number", `string(number(x, ","))`, "0.123", "! number: "},
		{"letters are no number", `string(number(x, ","))`, "5 EUR", "! number: "},
		{"an exponent is no number", `string(number(x, "."))`, "1e5", "! number: "},
		{"a sign alone is no number", `string(number(x, "."))`, "-", "! number: "},
		{"more than there is room for is no number", `string(number(x, "."))`, "99999999999999999999", "! number: "},
		{"a day that there is not", `date(x, "YYYYMMDD")`, "20260231", "! date: "},
		{"a time of day", `date(x, "02.01.2006 15:04")`, "01.07.2026 08:30", "2026-07-01T08:30:00+02:00"},
		{"a time of day in letters", `date(x, "yyyy-MM-dd'T'HH:mm:ss.SSS")`, "2026-07-01T08:30:00.250", "2026-07-01T08:30:00.25+02:00"},
		{"afternoons", `date(x, "MM/DD/YYYY hh:mm a")`, "07/01/2026 08:30 PM", "2026-07-01T20:30:00+02:00"},
		{"short years and names", `date(x, "D MMM YY")`, "1 Jul 26", "2026-07-01"},
		{"Z is UTC in letters", `date(x, "YYYYMMDDHHmmssZ")`, "20260630230000Z", "2026-07-01T01:00:00+02:00"},
		{"Z is UTC to Go, too", `date(x, "20060102150405Z")`, "20260630230000Z", "2026-07-01T01:00:00+02:00"},
		{"an offset counts", `date(x, "2006-01-02T15:04:05Z07:00")`, "2026-07-01T08:30:00-05:00", "2026-07-01T15:30:00+02:00"},
		{"a computed layout", `date(x, "YYYY" + "MMDD")`, "20260131", "2026-01-31"},
		{"a computed layout that is none", `date(x, "YYYY" + x)`, "20260131", "! "},
		{"a moment in another zone", `now().In(timezone("UTC")).Format("15:04")`, "", "11:00"},
		{"a default may be computed", `lookup("names", x, x) | upper()`, "b", "B"},
		{"a text argument that is null", "ascii(fromJSON(x)) + '-'", "null", "-"},
		{"a text argument that is none", "ascii(fromJSON(x))", "5", "! ascii: takes text, not a number"},
		{"a time in a year that can't be written", `string(date(x, "YYYY-MM-DD").AddDate(9000, 0, 0))`, "2026-01-01", "! is a date in the year 11026"},
		{"the year of a date", `string(date(x, "YYYYMMDD").Year())`, "20260131", "2026"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			s := spec(t, "role_id=1", "remark="+c.expression)
			o := bind(t, s).Map(entry("x=" + c.x))
			if why, held := strings.CutPrefix(c.want, "! "); held {
				if o.Verdict != Invalid || !strings.HasPrefix(o.Reason, "remark: "+why) {
					t.Errorf("got %s: %s", o.Attrs.Get("remark"), o.Reason)
				}
			} else if got := o.Attrs.Get("remark").Text(); got != c.want {
				t.Errorf("got %q: %s", got, o.Reason)
			}
		})
	}
}

func TestValid(t *testing.T) {
	for _, c := range []struct {
		promise    string
		start, end string
		want       string
	}{
		{"open on both sides", "", "", "true"},
		{"the first day counts", "2026-01-31", "", "true"},
		{"the day before does not", "2026-02-01", "", "false"},
		{"the last day counts", "", "2026-01-31", "true"},
		{"the day after does not", "", "2026-01-30", "false"},
		{"a moment is a day in the zone", "", "2026-01-30T23:00:00Z", "true"},
		{"a moment before midnight in the zone is the day before", "", "2026-01-30T22:59:59Z", "false"},
		{"an end before the start is never", "2026-02-01", "2026-01-01", "false"},
		{"another way of writing is held", "31.01.2026", "", "! is_active: valid: \"31.01.2026\""},
		{"a wrong end is held although the start says no", "2027-01-01", "soon", "! is_active: valid: \"soon\""},
	} {
		t.Run(c.promise, func(t *testing.T) {
			o := bind(t, spec(t, "role_id=1", "is_active=valid(start, end)")).Map(entry("start="+c.start, "end="+c.end))
			got := o.Attrs.Get("is_active").String()
			if o.Verdict == Invalid {
				got = "! " + o.Reason
			}
			if !strings.HasPrefix(got, c.want) {
				t.Error(got)
			}
		})
	}
	t.Run("dates and nil are taken", func(t *testing.T) {
		o := bind(t, spec(t, "role_id=1", `is_active=valid(nil, date(end, "DD.MM.YYYY"))`)).Map(entry("end=31.01.2026"))
		if !o.Attrs.Get("is_active").True() {
			t.Error(o.Reason)
		}
	})
}

func TestMidnightWhereThereIsNone(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	s := spec(t, "role_id=1", `name=date(x, "YYYY-MM-DD")`, `hired_at=date(x, "YYYY-MM-DD")`)
	s.Zone = zone
	o := bind(t, s).Map(entry("x=2018-11-04"))
	if o.Attrs.Get("name").Text() != "2018-11-04" || o.Attrs.Get("hired_at").Text() != "2018-11-04T01:00:00-02:00" {
		t.Error(o.Attrs, o.Reason)
	}
}

func TestDigest(t *testing.T) {
	base := func() (Spec, record.Schema, Tables) {
		return spec(t, `role_id=lookup("roles", x)`, "is_active=valid(start, end)"), schema(), tables()
	}
	day := noon(t)
	digest := func(change func(s *Spec, sch *record.Schema, tab Tables), day time.Time) record.Fingerprint {
		s, sch, tab := base()
		change(&s, &sch, tab)
		m, problems := Compile(s, sch, tab)
		if m == nil {
			t.Fatal(problems)
		}
		return m.Digest(day)
	}
	same := digest(func(*Spec, *record.Schema, Tables) {}, day)
	for _, c := range []struct {
		promise string
		equal   bool
		change  func(s *Spec, sch *record.Schema, tab Tables)
		day     time.Time
	}{
		{"nothing changed", true, func(*Spec, *record.Schema, Tables) {}, day},
		{"another hour of the day", true, func(*Spec, *record.Schema, Tables) {}, day.Add(11 * time.Hour)},
		{"the same moment elsewhere", true, func(*Spec, *record.Schema, Tables) {}, day.UTC()},
		{"the next day in the zone", false, func(*Spec, *record.Schema, Tables) {}, day.Add(12 * time.Hour)},
		{"a day that nobody asks", true, func(s *Spec, _ *record.Schema, _ Tables) { s.Map[0].Expression = text("mail") }, day},
		{"another order in map", true, func(s *Spec, _ *record.Schema, _ Tables) { s.Map[0], s.Map[1] = s.Map[1], s.Map[0] }, day},
		{"a table that nobody asks", true, func(_ *Spec, _ *record.Schema, tab Tables) { tab["names"]["z"] = "Zoe" }, day},
		{"a table", false, func(_ *Spec, _ *record.Schema, tab Tables) { tab["roles"]["Chef"] = 1 }, day},
		{"a table's value", false, func(_ *Spec, _ *record.Schema, tab Tables) { tab["roles"]["Finance"] = 8 }, day},
		{"the key", false, func(s *Spec, _ *record.Schema, _ Tables) { s.Key = text("x") }, day},
		{"where", false, func(s *Spec, _ *record.Schema, _ Tables) { s.Where = text("true") }, day},
		{"a constant for an expression", false, func(s *Spec, _ *record.Schema, _ Tables) { s.Map[0].Expression = fixed(record.TextOf("mail")) }, day},
		{"the zone", false, func(s *Spec, _ *record.Schema, _ Tables) { s.Zone = time.UTC }, day},
		{"the schema", false, func(_ *Spec, sch *record.Schema, _ Tables) { sch.Attributes[0].MaxLen++ }, day},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if got := digest(c.change, c.day); (got == same) != c.equal {
				t.Errorf("equal: %v", got == same)
			}
		})
	}
	t.Run("the day counts only for who asks it", func(t *testing.T) {
		m, _ := Compile(spec(t, "role_id=1"), schema(), nil)
		if m.Digest(day) != m.Digest(day.AddDate(0, 0, 1)) || m.Volatile() {
			t.Error("it changed")
		}
	})
	t.Run("who asks now is volatile", func(t *testing.T) {
		m, _ := Compile(spec(t, "role_id=1", "hired_at=now()"), schema(), nil)
		if !m.Volatile() {
			t.Error("it is not")
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"x", `lower(trim(mail))`, `lookup("roles", x, 1)`, `let a = x; a[1:]`, `filter(values("x"), # != "")`,
		`date(x, "DD.MM.YYYY")`, `number(x, ",")`, `password(12)`, `row["First Name"]?.a`, `$env`, `::now()`, `x ?? y`, `{a: x}.a`,
		`if x == "" {1} else {2}`, `reduce(1..9, #acc + #)`, `"a" | repeat(3)`, `valid(x, nil)`, `b"a"`, `a.b.c()`, `toPairs({a: 1})`,
		`guid(x)`, `row["x"] | sid()`, `in_group("cn=a,dc=x")`, `ad_time(x) ?? today()`, `!ad_enabled(x)`, `map(values("x"), rdn(#))`, `date(x, "generalizedTime")`} {
		f.Add(s, "1")
	}
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, expression, x string) {
		for _, attribute := range []string{"name", "role_id", "is_active", "hired_at", "tags", "remark"} {
			s := Spec{Key: text("id"), Where: text(expression), Zone: zone,
				Map: []Field{{"email", text("mail")}, {attribute, text(expression)}}}
			if m, _ := Compile(s, schema(), tables()); m == nil {
				s.Where = Expression{}
			}
			m, problems := Compile(s, schema(), tables())
			if m == nil {
				if len(problems) == 0 || strings.Contains(fmt.Sprint(problems), "\n") {
					t.Fatalf("problems %q", problems)
				}
				continue
			}
			b, _ := m.Bind(record.Layout{Columns: m.Need()}, time.Time{}.AddDate(2025, 0, 0))
			e := &record.Entry{Fields: make([][][]byte, len(m.Need()))}
			for i := range e.Fields {
				e.Fields[i] = [][]byte{[]byte(x)}
			}
			if o := b.Map(e); (o.Reason == "") != (o.Verdict == InScope || o.Verdict == OutOfScope) {
				t.Fatalf("%s: %q", o.Verdict, o.Reason)
			}
		}
	})
}

func BenchmarkMap(b *testing.B) {
	for name, fields := range map[string][]string{
		"columns": {"name=given", "role_id=5", "is_active=true"},
		"typical": {"email=lower(trim(mail))", `name=given + " " + family`, `role_id=lookup("roles", x)`,
			`is_active=status in ["active", "leave"] && valid(start, end)`},
	} {
		b.Run(name, func(b *testing.B) {
			bound := bind(b, spec(b, fields...))
			e := entry("mail= Ann@Example.com", "given=Ann", "family=Ek", "x=Finance", "status=active", "start=2020-01-01", "end=2030-01-01")
			if o := bound.Map(e); o.Verdict != InScope {
				b.Fatal(o.Reason)
			}
			b.ReportAllocs()
			for b.Loop() {
				bound.Map(e)
			}
		})
	}
}
