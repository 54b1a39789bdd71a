package mapping

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/record"
)

func TestMapVerdicts(t *testing.T) {
	torn := entry("x=1")
	torn.Bad = errors.New("unclosed quote")
	tornAway := &record.Entry{Bad: errors.New("unclosed\nquote"), Fields: [][][]byte{nil, {[]byte("a@b.c")}}}
	many := `status has 2 values where one is used; say (first(values("status")) ?? "")`
	for _, c := range []struct {
		promise string
		where   string
		entry   *record.Entry
		verdict Verdict
		key     record.Key
		attrs   string
		reason  string
	}{
		{"an entry in scope is a record", `status == "on"`, entry("status=on", "x=5"), InScope, "E1",
			`{"email":"a@b.c","is_active":true,"ref":"E1","role_id":5}`, ""},
		{"an entry out of scope has its key and nothing else", `status == "on"`, entry("status=off"), OutOfScope, "E1", "{}", ""},
		{"out of scope nobody needs a key", `status == "on"`, entry("id=", "status=off"), OutOfScope, "", "{}", ""},
		{"an empty key could be anyone", `status == "on"`, entry("id=", "status=on"), KeyUnreadable, "", `{"email":"a@b.c"}`, "key: is empty"},
		{"a key of two values could be anyone", "", entry("id=1", "id=2", "status=on"), KeyUnreadable, "", `{"email":"a@b.c"}`, "key: "},
		{"a key with NUL could be anyone", "", entry("id=a\x00b", "status=on"), KeyUnreadable, "", `{"email":"a@b.c"}`, "key: has a NUL"},
		{"a key that is not UTF-8 could be anyone", "", entry("id=\xff", "status=on"), KeyUnreadable, "", `{"email":"a@b.c"}`, "not UTF-8"},
		{"where that fails holds, and says nothing of activity", `int(count_) == 1`, entry("status=on"), Invalid, "E1", `{"email":"a@b.c"}`, "where: invalid operation: int()"},
		{"where that is null holds", `fromJSON(status)`, entry("status=null"), Invalid, "E1", `{"email":"a@b.c"}`, "where: is null"},
		{"where of two values holds", `status == "on"`, entry("status=on", "status=off"), Invalid, "E1", `{"email":"a@b.c"}`, "where: " + many},
		{"where that fails with an unreadable key is an unreadable key", `fromJSON(status)`, entry("id=", "status=null"), KeyUnreadable, "", `{"email":"a@b.c"}`, "key: is empty"},
		{"a leaver leaves whatever else is wrong", "", entry("mail=", "status=off", "x=chef"), Invalid, "E1",
			`{"is_active":false,"ref":"E1"}`, `email: is empty; role_id: invalid operation: int(chef)`},
		{"nobody knows whether to switch on what is ambiguous", "", entry("status=on", "status=off", "x=5"), Invalid, "E1",
			`{"email":"a@b.c","ref":"E1","role_id":5}`, "is_active: " + many},
		{"a torn entry is held under its key, and switches nobody off", "", torn, Invalid, "E1", `{"email":"a@b.c"}`, "unclosed quote"},
		{"a torn entry without a key could be anyone", "", tornAway, KeyUnreadable, "", `{"email":"a@b.c"}`, "unclosed quote"},
		{"a key too long for its slot is held", "", entry("id=1234567890123", "status=on", "x=5"), Invalid, "1234567890123",
			`{"email":"a@b.c","is_active":true,"role_id":5}`, "ref: has 13 characters, more than the 12"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			s := spec(t, `is_active=status == "on"`, `role_id=int(x)`)
			s.Where = text(strings.ReplaceAll(c.where, "count_", `row["count"]`))
			o := bind(t, s).Map(c.entry)
			got := string(o.Attrs.AppendJSON(nil))
			if o.Verdict != c.verdict || o.Key != c.key || got != c.attrs {
				t.Errorf("got %s %q %s", o.Verdict, o.Key, got)
			}
			if !strings.HasPrefix(o.Reason, c.reason) && !strings.Contains(o.Reason, c.reason) || c.reason == "" && o.Reason != "" ||
				strings.ContainsAny(o.Reason, "\n\x00") {
				t.Errorf("reason %q", o.Reason)
			}
		})
	}
}

func TestMapValues(t *testing.T) {
	for _, c := range []struct {
		promise string
		field   string
		cells   []string
		want    string // value as JSON, or what the reason says after "! "
	}{
		{"a column is sent as it is", "name=given", []string{"given=Zoë"}, `"Zoë"`},
		{"any header is reached", `name=row["First Name"]`, []string{"First Name=Ann"}, `"Ann"`},
		{"an empty column is nothing", "name=given", nil, "null"},
		{"an empty result is nothing", "name=trim(given)", []string{"given=  "}, "null"},
		{"nil is nothing", "name=nil", nil, "null"},
		{"a required attribute has to be there", "email=lower(x)", nil, "! email: is empty"},
		{"the active attribute has to be there", "is_active=fromJSON(x)", []string{"x=null"}, "! is_active: is empty"},
		{"characters are counted, not bytes", "name=given", []string{"given=ÄÖÜäöüßéèê"}, `"ÄÖÜäöüßéèê"`},
		{"too long is held", "name=given", []string{"given=ÄÖÜäöüßéèêx"}, `! name: has 11 characters, more than the 10 that the target takes: "ÄÖÜäöüßéèêx"`},
		{"a reason cites little, and escaped", "email=given", []string{"given=" + strings.Repeat("ä\n", 40)}, `! email: has 80 characters, more than the 30 that the target takes: "ä\nä\n`},
		{"the advice for two values", `name=lower((first(values("given")) ?? ""))`, []string{"given=A", "given=B"}, `"a"`},
		{"the advice for two values, of one", `name=lower((first(values("given")) ?? ""))`, []string{"given=A"}, `"a"`},
		{"the advice for two values, of none", `name=lower((first(values("given")) ?? ""))`, nil, "null"},
		{"the advice for two values, in the midst of others", `name=(first(values("given")) ?? "") + "!"`, nil, `"!"`},
		{"two values where one is used", "name=given", []string{"given=a", "given=b"}, `! name: given has 2 values`},
		{"a branch that is not taken uses nothing", `name=len(values("given")) > 1 ? values("given")[0] : given`, []string{"given=a", "given=b"}, `"a"`},
		{"NUL is held", "name=lower(given)", []string{"given=a\x00"}, "! name: has a NUL"},
		{"bytes that are no text are held, not replaced", "name=lower(given)", []string{"given=M\xfcller"}, "! name: column given is not UTF-8"},
		{"bytes that are no text are held in lists", `tags=values("given")`, []string{"given=M\xfcller"}, "! tags: column given is not UTF-8"},
		{"bytes that become no text are held", "name=fromBase64(given)", []string{"given=/w=="}, "! name: is not UTF-8"},
		{"an int is a whole number", "role_id=int(x)", []string{"x=7"}, "7"},
		{"a float without a fraction is a whole number", "role_id=float(x)", []string{"x=7.0"}, "7"},
		{"a float with a fraction is none", "role_id=float(x)", []string{"x=7.5"}, "! role_id: is 7.5 where"},
		{"a float that is no longer exact is none", "role_id=float(x)", []string{"x=1e300"}, "! role_id: is 1e+300 where"},
		{"text is no whole number at run time either", "role_id=fromJSON(x)", []string{`x="7"`}, "! role_id: is text where"},
		{"a number is no text at run time either", "name=fromJSON(x)", []string{`x=7`}, "! name: is a number where the target takes text; say string(...)"},
		{"text is not true", "is_active=fromJSON(x)", []string{`x="true"`}, "! is_active: is text where"},
		{"a map can't be sent", "name=fromJSON(x)", []string{`x={}`}, "! name: is something that can't be sent"},
		{"a look-up finds", `role_id=lookup("roles", x)`, []string{"x=Finance"}, "7"},
		{"a look-up without a hit holds", `role_id=lookup("roles", x)`, []string{"x=Chef"}, `! role_id: lookup: table roles has no entry for "Chef"`},
		{"a look-up with a default has one", `role_id=lookup("roles", x, 9)`, []string{"x=Chef"}, "9"},
		{"a default may be null", `role_id=lookup("roles", x, nil)`, []string{"x=Chef"}, "null"},
		{"a pipe reaches our functions", `name=x | lower() | ascii()`, []string{"x=ÄX"}, `"aex"`},
		{"a table of several types is checked at run time", `role_id=lookup("mixed", x)`, []string{"x=a"}, "! role_id: is text where"},
		{"a list is a list", `tags=values("memberOf")`, []string{"memberOf=b", "memberOf=a", "memberOf=b"}, `["b","a","b"]`},
		{"a set is sorted, each once", `security.roles=values("memberOf")`, []string{"memberOf=b", "memberOf=a", "memberOf=b"}, `["a","b"]`},
		{"one text is a list of one", `tags=x`, []string{"x=a"}, `["a"]`},
		{"an empty list is nothing", `tags=values("memberOf")`, nil, "null"},
		{"empty texts are left out of a list", `tags=[x, given, nil]`, []string{"x=a"}, `["a"]`},
		{"numbers are no texts in a list either", `tags=[x, 1]`, []string{"x=a"}, "! tags: has a whole number at place 2"},
		{"let and predicates keep their names", `tags=let given = values("memberOf"); filter(given, # != x) | map(upper(#))`,
			[]string{"x=a", "memberOf=a", "memberOf=b"}, `["B"]`},
		{"an index out of range holds", `name=split(x, "@")[1]`, []string{"x=a"}, "! name: index out of range: 1"},
		{"null where text is needed holds", `name=lower(fromJSON(x))`, []string{"x=null"}, "! name: a value is null, not string (character 1)"},
		{"too much memory holds", `name=string(len(1..int(x)))`, []string{"x=99999999999"}, "! name: memory budget exceeded"},
		{"repeating too much holds", `name=repeat(repeat("x", int(x)), int(x))`, []string{"x=999999"}, "! name: repeat: can't repeat"},
		{"a bad regular expression out of an entry holds", `is_active="a" matches x`, []string{"x=("}, "! is_active: error parsing regexp"},
		{"a date is text without a time of day", `name=date(x, "DD.MM.YYYY")`, []string{"x=05.02.2026"}, `"2026-02-05"`},
		{"a date-time attribute has the zone's offset", `hired_at=date(x, "DD.MM.YYYY")`, []string{"x=05.07.2026"}, `"2026-07-05T00:00:00+02:00"`},
		{"text in RFC 3339 gets the zone's offset", `hired_at=x`, []string{"x=2026-01-31T12:00:00Z"}, `"2026-01-31T13:00:00+01:00"`},
		{"other text is no date-time", `hired_at=x`, []string{"x=31.01.2026"}, `! hired_at: is "31.01.2026", not a date-time`},
		{"no date is nothing", `hired_at=date(x, "DD.MM.YYYY")`, nil, "null"},
		{"a date that is none holds", `hired_at=date(x, "DD.MM.YYYY")`, []string{"x=31.02.2026"}, `! hired_at: date: "31.02.2026" is not a date`},
		{"now is the run's", "hired_at=now()", nil, `"2026-01-31T12:00:00+01:00"`},
		{"now by the back door is the run's", "hired_at=::now()", nil, `"2026-01-31T12:00:00+01:00"`},
		{"today is the run's", "name=today()", nil, `"2026-01-31"`},
		{"a password is made when it is sent", "password=password(24)", nil, `{"generated":24}`},
		{"constants need no entry", "role_id=5", nil, "5"},
		{"keys of a map come in order", `tags=keys({"b": 1, "a": 2, "c": 3, "d": 4})`, nil, `["a","b","c","d"]`},
	} {
		t.Run(c.promise, func(t *testing.T) {
			name, _, _ := strings.Cut(c.field, "=")
			s := spec(t, c.field)
			o := bind(t, s).Map(entry(c.cells...))
			if why, held := strings.CutPrefix(c.want, "! "); held {
				if o.Verdict != Invalid || !strings.HasPrefix(o.Reason, why) || strings.ContainsAny(o.Reason, "\n\x00") || len([]rune(o.Reason)) > maxReason {
					t.Errorf("got %s: %s", o.Verdict, o.Reason)
				}
				return
			}
			if got := string(o.Attrs.Get(name).AppendJSON(nil)); o.Verdict != InScope || got != c.want {
				t.Errorf("got %s %s: %s", got, o.Verdict, o.Reason)
			}
		})
	}
}

func TestConstants(t *testing.T) {
	s := spec(t, "is_active=true")
	s.Map = append(s.Map, Field{"security.roles", fixed(record.ListOf([]string{"b", "a", "b"}))},
		Field{"role_id", fixed(record.IntOf(3))}, Field{"name", fixed(record.TextOf("en"))})
	got := string(bind(t, s).Map(entry()).Attrs.AppendJSON(nil))
	if want := `{"email":"a@b.c","is_active":true,"name":"en","ref":"E1","role_id":3,"security.roles":["a","b"]}`; got != want {
		t.Error(got)
	}
}

func TestAReasonIsBounded(t *testing.T) {
	s := spec(t, "email=int(x)|string()", "name=int(x)|string()", "role_id=int(x)", "is_active=int(x)==1", "tags=[string(int(x))]",
		"security.roles=[string(int(x))]", "hired_at=string(int(x))")
	o := bind(t, s).Map(entry("x=" + strings.Repeat("long ", 1000)))
	if o.Verdict != Invalid || !strings.HasSuffix(o.Reason, "; and 2 more") || len(o.Reason) > 2000 {
		t.Errorf("%d bytes: %s", len(o.Reason), o.Reason)
	}
}

func TestNothingOfAnEntryStays(t *testing.T) {
	b := bind(t, spec(t, "name=given", "role_id=1"))
	first := entry("given=Ann")
	o := b.Map(first)
	copy(first.Fields[2][0], "???")
	second := b.Map(entry("id=E2", "mail="))
	if got := o.Attrs.Get("name").Text(); got != "Ann" {
		t.Errorf("a record changed with its entry: %s", got)
	}
	if d := cmp.Diff(`{"ref":"E2","role_id":1}`, string(second.Attrs.AppendJSON(nil))); d != "" {
		t.Error("a record has values of the one before", d)
	}
}

func TestClonesAgree(t *testing.T) {
	b := bind(t, spec(t, `name=upper(given)`, "hired_at=now()", "role_id=1"))
	done := make(chan record.Attrs)
	for range 2 {
		c := b.Clone()
		go func() {
			var last record.Attrs
			for range 1000 {
				last = c.Map(entry("given=a")).Attrs
			}
			done <- last
		}()
	}
	want := string(b.Map(entry("given=a")).Attrs.AppendJSON(nil))
	for range 2 {
		if got := string((<-done).AppendJSON(nil)); got != want {
			t.Errorf("%s and %s", got, want)
		}
	}
}
