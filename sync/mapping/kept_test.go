package mapping

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/record"
)

// TestAMappingIsMadeAgainOfWhatWasKept: with constants, tables and zone, and it is then the same.
func TestAMappingIsMadeAgainOfWhatWasKept(t *testing.T) {
	sch := record.Schema{Natural: "email", Active: "on", Attributes: []record.Attribute{{Name: "email"}, {Name: "role", Type: record.TypeInt}, {Name: "lang"},
		{Name: "on", Type: record.TypeBool}}}
	text := func(s string) Expression { return Expression{Text: s} }
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	spec := func(where string) Spec {
		return Spec{Key: text("id"), Where: text(where), Zone: zone, Map: []Field{{Attribute: "email", Expression: text("mail")},
			{Attribute: "role", Expression: text(`lookup("roles", job)`)}, {Attribute: "lang", Expression: Expression{Const: record.TextOf("en"), IsConst: true}},
			{Attribute: "on", Expression: text(`status == "a" && valid(start, "")`)}}}
	}
	tables := Tables{"roles": {"it": 5, "hr": int64(7)}, "unused": {"a": "b"}}
	m, problems := Compile(spec(`status != "x"`), sch, tables)
	if m == nil {
		t.Fatal(problems)
	}
	kept, err := m.Keep()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Restore(kept, sch)
	if err != nil {
		t.Fatal(err)
	}
	if anew, err := again.Keep(); err != nil || !bytes.Equal(anew, kept) {
		t.Errorf("kept again it is\n%s, %v, want\n%s", anew, err, kept)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if m.Digest(now) != again.Digest(now) || m.Differs(again) != nil {
		t.Errorf("it is another mapping: %v", m.Differs(again))
	}
	tables["roles"]["it"] = 6
	other, problems := Compile(spec(`status != "y"`), sch, tables)
	if other == nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"where", "tables"}, other.Differs(again)); diff != "" {
		t.Error(diff)
	}
	if _, err := Restore(kept, record.Schema{}); err == nil {
		t.Error("it is restored for a schema that it does not fit")
	}
}
