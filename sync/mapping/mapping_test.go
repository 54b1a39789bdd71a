package mapping

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// schema is a target with an attribute of every type.
func schema() record.Schema {
	return record.Schema{
		Attributes: []record.Attribute{
			{Name: "email", Required: true, MaxLen: 30},
			{Name: "name", MaxLen: 10},
			{Name: "role_id", Type: record.TypeInt, Advised: true},
			{Name: "is_active", Type: record.TypeBool},
			{Name: "hired_at", Type: record.TypeTime},
			{Name: "tags", Type: record.TypeTexts},
			{Name: "security.roles", Type: record.TypeTexts, Set: true},
			{Name: "password", CreateOnly: true, WriteOnly: true, MaxLen: 64},
			{Name: "remark", MaxLen: 64},
			{Name: "ref", MaxLen: 12},
		},
		Natural: "email", Active: "is_active", Reference: "ref",
	}
}

func tables() Tables {
	return Tables{
		"roles":  {"Warehouse": 5, "Finance": 7},
		"names":  {"a": "Anna"},
		"mixed":  {"a": "Anna", "b": 2},
		"status": {"on": true, "off": false},
	}
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// spec is a mapping with a key, an e-mail and a role; attributes are "name=expression".
func spec(t testing.TB, attributes ...string) Spec {
	s := Spec{Key: text("id"), Zone: berlin(t), Map: []Field{{"email", text("mail")}}}
	for _, a := range attributes {
		name, expression, _ := strings.Cut(a, "=")
		if name == "email" {
			s.Map[0].Expression = text(expression)
			continue
		}
		s.Map = append(s.Map, Field{name, text(expression)})
	}
	return s
}

func text(s string) Expression { return Expression{Text: s} }

func fixed(v record.Value) Expression { return Expression{Const: v, IsConst: true} }

// layoutOf is the header of the tests' entries.
func layoutOf() record.Layout {
	return record.Layout{Columns: []string{"id", "mail", "given", "family", "status", "start", "end", "memberOf", "First Name", "count", "hours", "x"}}
}

// entry is a row; cells are "column=value", a column may come several times. Key and e-mail are there unless given.
func entry(cells ...string) *record.Entry {
	columns := layoutOf().Columns
	e := &record.Entry{Fields: make([][][]byte, len(columns))}
	add := func(cell string, only bool) {
		name, value, _ := strings.Cut(cell, "=")
		i := slices.Index(columns, name)
		if !only || e.Fields[i] == nil {
			e.Fields[i] = append(e.Fields[i], []byte(value))
		}
	}
	for _, c := range cells {
		add(c, false)
	}
	add("id=E1", true)
	add("mail=a@b.c", true)
	return e
}

// noon is when the tests run.
func noon(t testing.TB) time.Time { return time.Date(2026, time.January, 31, 12, 0, 0, 7, berlin(t)) }

func bind(t testing.TB, s Spec) *Bound {
	t.Helper()
	m, problems := Compile(s, schema(), tables())
	if m == nil {
		t.Fatal(problems)
	}
	b, problems := m.Bind(layoutOf(), noon(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return b
}
