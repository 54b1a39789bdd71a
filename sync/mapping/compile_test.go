package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/record"
)

func TestCompileFinds(t *testing.T) {
	for _, c := range []struct {
		promise string
		field   string // "attribute=expression"
		where   string
		offset  int
		want    string // in the message
	}{
		{"an unknown attribute, with a suggestion", "emial=mail", "map.emial", -1, "did you mean \"email\"?"},
		{"an attribute written in another case", "Role_ID=1", "map.Role_ID", -1, "did you mean \"role_id\"?"},
		{"no suggestion where nothing is near", "wholly_else=mail", "map.wholly_else", -1, "no attribute \"wholly_else\""},
		{"the slot of the key", "ref=id", "map.ref", -1, "is the slot that holds the key"},
		{"an empty expression", "name= ", "map.name", -1, "is empty"},
		{"a syntax error, at its place and in one line", "name=lower(given", "map.name", 10, "unexpected token"},
		{"an unknown function, with a suggestion", "name=lowr(given)", "map.name", 0, "did you mean \"lower\"?"},
		{"an unknown table, with a suggestion", `role_id=lookup("rols", x)`, "map.role_id", 7, "did you mean \"roles\"?"},
		{"a table that is computed", `role_id=lookup(x, x)`, "map.role_id", 0, "written out"},
		{"a look-up without a key", `role_id=lookup("roles")`, "map.role_id", 0, "lookup takes"},
		{"a look-up by number", `role_id=lookup("roles", 5)`, "map.role_id", 24 - 8, "cannot use int"},
		{"a text table for a number", `role_id=lookup("names", x)`, "map.role_id", -1, "say int(...)"},
		{"text for a whole number", "role_id=x", "map.role_id", -1, `say int(...) or number(..., ".")`},
		{"a number for text", "name=1 + 2", "map.name", -1, "say string(...)"},
		{"a list for text", `name=values("x")`, "map.name", -1, "say join(...,"},
		{"text for true or false", "is_active=status", "map.is_active", -1, "compare it"},
		{"true for a whole number", "role_id=x == family", "map.role_id", -1, "is true or false where"},
		{"a number for a list", "tags=5", "map.tags", -1, "is a whole number where"},
		{"a number for a date-time", "hired_at=5", "map.hired_at", -1, "is a whole number where"},
		{"a wrong constant date-time", `hired_at="yesterday"`, "map.hired_at", -1, "not a date-time"},
		{"a constant that is too long", `name="abcdefghijk"`, "map.name", -1, "11 characters"},
		{"a required attribute that is always empty", `email=""`, "map.email", -1, "always be empty"},
		{"row without brackets", "name=row", "map.name", 0, "brackets"},
		{"row with something computed", "name=row[given]", "map.name", 3, "written out"},
		{"values of something computed", "tags=values(given)", "map.tags", 0, "written out"},
		{"$env", `name=$env["given"]`, "map.name", 0, "$env is not there"},
		{"a builtin's name used as a column", "name=count", "map.name", 0, `row["count"]`},
		{"our function's name used as a column", "name=today", "map.name", 0, `row["today"]`},
		{"an LDAP function's name used as a column", "name=sid", "map.name", 0, `row["sid"]`},
		{"a GUID of something computed", "name=guid(lower(x))", "map.name", 0, `guid(row["objectGUID"])`},
		{"a GUID of what let has read as text", "name=let y = x; guid(y)", "map.name", 11, "takes a column, written out"},
		{"a GUID of a function's name", "name=guid(sid)", "map.name", 0, "takes a column, written out"},
		{"a SID of a text", `name=sid("S-1-1-0")`, "map.name", 0, "sid takes a column, written out"},
		{"a SID of nothing", "name=sid()", "map.name", 0, "takes a column, written out"},
		{"a SID of many", `name=sid(values("x"))`, "map.name", 0, "takes a column, written out"},
		{"a SID of two columns", "name=sid(x, given)", "map.name", 0, "takes a column, written out"},
		{"a group that is computed", "is_active=in_group(x)", "map.is_active", 0, "written out"},
		{"a group without a name", "is_active=in_group()", "map.is_active", 0, "in_group takes the DN"},
		{"a group that is no DN", `is_active=in_group("admins")`, "map.is_active", 9, `"admins" is none: `},
		{"a group that is the DN of nothing", `is_active=in_group("")`, "map.is_active", 9, `"" is none: `},
		{"a membership for text", `name=in_group("cn=a,dc=x")`, "map.name", -1, "is true or false where"},
		{"a function of a directory, mistyped", `is_active=inGroup("cn=a")`, "map.is_active", 0, `did you mean "in_group"?`},
		{"flags that are a number already", "is_active=ad_enabled(int(x))", "map.is_active", 11, "cannot use int"},
		{"a first RDN of a list", `name=rdn(values("memberOf"))`, "map.name", 4, "cannot use"},
		{"a file time compared with text", "is_active=ad_time(x) > start", "map.is_active", 11, "mismatched types"},
		{"a column with a dot", "name=address.city", "map.name", 8, `row["address.city"]`},
		{"a column with a dash", "name=first-name", "map.name", 5, `row["first-name"]`},
		{"a layout that is none", `hired_at=date(x, "31.12.2026")`, "map.hired_at", 8, "DD.MM.YYYY"},
		{"a layout with minutes for months", `hired_at=date(x, "dd.mm.yyyy")`, "map.hired_at", 8, "MM is the month"},
		{"a layout with strange letters", `hired_at=date(x, "DD.QQ.YYYY")`, "map.hired_at", 8, "QQ"},
		{"a layout with a named zone", `hired_at=date(x, "2006-01-02 MST")`, "map.hired_at", 8, "zone by letters"},
		{"a date without a layout", `hired_at=date(x)`, "map.hired_at", 0, "how it is written"},
		{"a decimal mark that is none", `role_id=number(x, ";")`, "map.role_id", 10, "decimal mark"},
		{"valid of a number", `is_active=valid(1, end)`, "map.is_active", 0, "takes dates"},
		{"valid with one date", `is_active=valid(end)`, "map.is_active", 0, "a start and an end"},
		{"password inside another expression", `password="x" + password(12)`, "map.password", 6, "whole expression"},
		{"password for what is no secret", "name=password(12)", "map.name", -1, "sent with a create only"},
		{"a short password", "password=password(7)", "map.password", 0, "from 8 to 128"},
		{"a computed password length", "password=password(4+5)", "map.password", 0, "written out"},
		{"a password longer than the target takes", "password=password(65)", "map.password", -1, "at most 64"},
		{"a password out of the source, which would be stored", "password=x", "map.password", -1, "map it to password(16)"},
		{"a password that is computed", `password=lower(x) + "1"`, "map.password", -1, "must not be stored"},
		{"a password that is the same for everybody", `password="Welcome2024"`, "map.password", -1, "must not be stored"},
		{"a password that is a number", "password=5", "map.password", -1, "must not be stored"},
		{"let over a function", "name=let now = given; now", "map.name", 4, "let needs another"},
		{"a comparison of a date and text", "is_active=start > today()", "map.is_active", 6, "mismatched types"},
		{"a bad regular expression", `is_active=x matches "("`, "map.is_active", 2, "missing closing"},
		{"a zone that there is not", `hired_at=now().In(timezone("Europe/Berlyn"))`, "map.hired_at", 9, "no time zone"},
		{"a zone that is computed", `hired_at=now().In(timezone(x))`, "map.hired_at", 9, "written out"},
		{"an expression nested beyond reason", "name=" + strings.Repeat("(", maxExpression), "map.name", maxExpression - 1, "unexpected token"},
		{"an expression of more parts than reason", "name=" + strings.Repeat("x+", maxExpression/2-1) + "x", "map.name", 10001, "maximum allowed nodes"},
		{"an expression of unreasonable length", "name=" + strings.Repeat("(", maxExpression+1), "map.name", -1, "longer than"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			m, problems := Compile(spec(t, c.field, "role_id=1"), schema(), tables())
			i := slices.IndexFunc(problems, func(p Problem) bool { return strings.Contains(p.Message, c.want) })
			if i < 0 || m != nil {
				t.Fatalf("not found: %v", problems)
			}
			p := problems[i]
			if p.Where != c.where || p.Offset != c.offset || p.Warning || strings.Contains(p.Message, "\n") {
				t.Errorf("got %q at %s:%d, want %s:%d", p.Message, p.Where, p.Offset, c.where, c.offset)
			}
		})
	}
}

func TestKeyAndWhere(t *testing.T) {
	for _, c := range []struct {
		promise    string
		key, where Expression
		at, want   string // want "": no problem
	}{
		{"a missing key is found", Expression{}, Expression{}, "key", "no key"},
		{"a constant key is found", fixed(record.TextOf("x")), Expression{}, "key", "names no column"},
		{"a key of no column is found", text(`"a" + "b"`), Expression{}, "key", "names no column"},
		{"a key that is a number is found", text("int(id)"), Expression{}, "key", "say string(...)"},
		{"a key that is a date is found", text(`date(id, "YYYYMMDD")`), Expression{}, "key", "is a date"},
		{"a key that asks today is found", text("id + string(today())"), Expression{}, "key", "the clock"},
		{"a key that asks now is found", text("id + string(now())"), Expression{}, "key", "the clock"},
		{"a key that asks now by a back door is found", text("id + string(::now())"), Expression{}, "key", "the clock"},
		{"a key that asks valid is found", text(`valid("", "") ? id : ""`), Expression{}, "key", "the clock"},
		{"a random key is found", text("password(12)"), Expression{}, "key", "password"},
		{"where has to be true or false", text("id"), text("status"), "where", "where is text"},
		{"a constant where has to be true or false", text("id"), fixed(record.IntOf(1)), "where", "where is a whole number"},
		{"a constant where may be true", text("id"), fixed(record.BoolOf(true)), "", ""},
		{"a where of unknown type waits for values", text("id"), text(`fromJSON(status)`), "", ""},
		{"a key out of another column name is right", text(`row["First Name"] + id`), Expression{}, "", ""},
	} {
		t.Run(c.promise, func(t *testing.T) {
			s := spec(t, "role_id=1")
			s.Key, s.Where = c.key, c.where
			m, problems := Compile(s, schema(), nil)
			if c.want == "" {
				if m == nil || len(problems) > 0 {
					t.Fatal(problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Where != c.at || !strings.Contains(problems[0].Message, c.want) {
				t.Errorf("got %v", problems)
			}
		})
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	s := Spec{Key: text("lowr(id)"), Where: text("status"), Map: []Field{
		{"name", text("nme(x) + nmf(x)")}, {"name", text("x")}, {"nam", text("x")},
	}}
	_, problems := Compile(s, schema(), Tables{"t": {"a": 1.5}})
	got := []string{}
	for _, p := range problems {
		w := p.Where
		if p.Warning {
			w += " (warning)"
		}
		got = append(got, w)
	}
	want := []string{"tables.t", "key", "where", "map.name", "map.name", "map.name", "map.nam", "map", "map (warning)"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%v\n%s", problems, d)
	}
}

func TestAWriteOnlyAttributeIsGeneratedOrNothing(t *testing.T) {
	for _, c := range []struct {
		x    Expression
		want string // in the message; "": no problem
	}{
		{fixed(record.TextOf("Welcome2024")), "map it to password(16)"},
		{fixed(record.IntOf(12345678)), "map it to password(16)"},
		{fixed(record.ListOf([]string{"a"})), "map it to password(16)"},
		{text("mail"), "map it to password(16)"},
		{fixed(record.Value{}), ""},
		{text(`""`), ""},
		{text("password(16)"), ""},
	} {
		s := spec(t, "role_id=1")
		s.Map = append(s.Map, Field{"password", c.x})
		m, problems := Compile(s, schema(), nil)
		if c.want == "" && (m == nil || len(problems) > 0) {
			t.Errorf("%+v: %v", c.x, problems)
		}
		if c.want != "" && (len(problems) != 1 || problems[0].Where != "map.password" || !strings.Contains(problems[0].Message, c.want)) {
			t.Errorf("%+v: %v", c.x, problems)
		}
	}
	sch := schema()
	sch.Attributes[slices.IndexFunc(sch.Attributes, func(a record.Attribute) bool { return a.WriteOnly })].MaxLen = 12
	if _, problems := Compile(spec(t, "role_id=1", "password=x"), sch, nil); len(problems) != 1 || !strings.HasSuffix(problems[0].Message, "password(12)") {
		t.Errorf("the advice does not fit the target: %v", problems)
	}
}

func TestWhatTheTargetWouldRefuseIsFoundAtItsAttribute(t *testing.T) {
	wrong := errors.New("has no such role")
	for _, c := range []struct {
		err            error
		where, message string
	}{
		{&record.AttributeError{Name: "role_id", Err: wrong}, "map.role_id", "role_id has no such role"},
		{fmt.Errorf("check: %w", &record.AttributeError{Name: "role_id", Err: wrong}), "map.role_id", "check: role_id has no such role"},
		{&record.AttributeError{Name: "name", Err: errors.New("is missing")}, "map", "name is missing"}, // map does not name it
		{wrong, "map", "has no such role"},
	} {
		sch := schema()
		sch.Check = func(record.Attrs) error { return c.err }
		_, problems := Compile(spec(t, "role_id=1"), sch, nil)
		if len(problems) != 1 || problems[0].Where != c.where || problems[0].Message != c.message {
			t.Errorf("%v: %v", c.err, problems)
		}
	}
}

func TestAWarningIsNoObstacle(t *testing.T) {
	m, problems := Compile(spec(t), schema(), nil)
	if m == nil || len(problems) != 1 || !problems[0].Warning {
		t.Errorf("mapping %v, problems %v", m != nil, problems)
	}
}

func TestNeedAndAttributes(t *testing.T) {
	s := spec(t, `name=let x = given; filter([x, family], # != "")[0]`, `tags=values("memberOf")`,
		`security.roles=[row["First Name"], row["count"]] | map(upper(#))`, `role_id=1`)
	s.Where = text("status in ['a'] && {a: end}.a != ''")
	m, problems := Compile(s, schema(), nil)
	if m == nil {
		t.Fatal(problems)
	}
	if d := cmp.Diff([]string{"First Name", "count", "end", "family", "given", "id", "mail", "memberOf", "status"}, m.Need()); d != "" {
		t.Error("names that let binds are no columns, and others are", d)
	}
	if d := cmp.Diff([]string{"email", "name", "ref", "role_id", "security.roles", "tags"}, m.Attributes()); d != "" {
		t.Error(d)
	}
}

func TestBindFindsWhatTheHeaderLacks(t *testing.T) {
	m, problems := Compile(spec(t, "name=given + famly", `tags=values("memberof")`), schema(), nil)
	if m == nil {
		t.Fatal(problems)
	}
	l := layoutOf()
	l.Columns = append(l.Columns, "given")
	b, problems := m.Bind(l, noon(t))
	want := []Problem{
		{Where: "map.name", Offset: 0, Message: "column given stands 2 times in the header, so it can't be told which is meant"},
		{Where: "map.name", Offset: 8, Message: "column famly is not in the header; did you mean \"family\"?"},
		{Where: "map.tags", Offset: 0, Message: "column memberof is not in the header; did you mean \"memberOf\"?"},
	}
	if d := cmp.Diff(want, problems); b != nil || d != "" {
		t.Error(d)
	}
}
