package clarus

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeRecord is one user or account of the fake.
type FakeRecord struct {
	ID    int64        `json:"id"`
	Attrs record.Attrs `json:"attributes"`

	folded string // the natural key
}

// table is one resource of the fake. It is guarded by the fake's lock.
type table struct {
	of         resource
	o          FakeOptions
	rule       record.Schema
	first      int64            // the first id
	node, rest int64            // what the ids of the list's nodes and of REST are above it
	records    []FakeRecord     // by id, without a gap
	holders    map[string]int64 // of folded natural keys
}

func newTable(name string, first int64, o FakeOptions) *table {
	of, _ := resourceOf(name)
	return &table{of: of, o: o, rule: of.schema(references()[0], o.ReferenceOnUpdate), first: first, holders: map[string]int64{}}
}

// insert stores a record with the defaults of a creation.
func (t *table) insert(a record.Attrs) int64 {
	if _, given := a.Lookup(t.rule.Active); !given {
		a = append(a, record.Attr{Name: t.rule.Active, Value: record.BoolOf(true)}).Sort()
	}
	rec := FakeRecord{ID: t.first + int64(len(t.records)), Attrs: a.Keepable(), folded: record.Fold(a.Get(t.rule.Natural).Text())}
	t.records = append(t.records, rec)
	t.holders[rec.folded] = rec.ID
	return rec.ID
}

// alter changes a record: what is not named stays, null clears.
func (t *table) alter(rec *FakeRecord, a record.Attrs) {
	delete(t.holders, rec.folded)
	rec.Attrs = rec.Attrs.Merge(a)
	rec.folded = record.Fold(rec.Attrs.Get(t.rule.Natural).Text())
	t.holders[rec.folded] = rec.ID
}

// byPath is the record with the id that a path names, nil for none.
func (t *table) byPath(id string) *FakeRecord {
	n, err := strconv.ParseInt(id, 10, 64)
	at := n - t.rest - t.first
	if err != nil || at < 0 || at >= int64(len(t.records)) {
		return nil
	}
	return &t.records[at]
}

// check holds attributes against the vendor's pages. The order of the faults is that of the names.
func (t *table) check(a record.Attrs, creating bool) []fault {
	var faults []fault
	say := func(name, code, detail string) {
		faults = append(faults, fault{Code: code, Detail: detail, Source: &source{"/data/attributes/" + name}})
	}
	for i, at := range a {
		decl, known := t.rule.Lookup(at.Name)
		switch {
		case !known || !creating && !t.changeable(decl):
			say(at.Name, "unpermitted", "found unpermitted parameter: "+at.Name)
		case i > 0 && a[i-1].Name == at.Name:
			say(at.Name, "duplicate_member", at.Name+" is there twice")
		case at.Value.IsNull() && !decl.Required && at.Name != t.rule.Active:
		case !fits(decl.Type, at.Value) && !at.Value.IsNull():
			say(at.Name, "invalid_type", at.Name+" must be "+decl.Type.String())
		case decl.Required && strings.TrimSpace(at.Value.Text()) == "" || at.Value.IsNull():
			say(at.Name, "blank", at.Name+" can't be blank")
		case at.Name == "email" && !isAddress(at.Value.Text()):
			say("email", "invalid", "Email is invalid")
		}
	}
	for _, decl := range t.rule.Attributes {
		if _, given := a.Lookup(decl.Name); creating && decl.Required && !given {
			say(decl.Name, "blank", decl.Name+" can't be blank")
		}
	}
	return faults
}

// changeable reports whether an update may carry an attribute.
func (t *table) changeable(decl record.Attribute) bool {
	if isReference(decl.Name) {
		return t.o.ReferenceOnUpdate
	}
	return !decl.Fixed || t.o.CodeOnUpdate
}

// clash is the fault of a natural key that another record has.
func (t *table) clash(a record.Attrs, own int64) []fault {
	name := t.rule.Natural
	natural := a.Get(name).Text()
	if holder, ok := t.holders[record.Fold(natural)]; natural == "" || !ok || holder == own {
		return nil
	}
	return []fault{{Code: "taken", Detail: strings.ToUpper(name[:1]) + name[1:] + " has already been taken",
		Source: &source{"/data/attributes/" + name}}}
}

// fits reports whether a value that is not null is of that type.
func fits(t record.Type, v record.Value) bool {
	want := [...]record.Kind{record.TypeText: record.Text, record.TypeInt: record.Int, record.TypeBool: record.Bool,
		record.TypeTime: record.Text, record.TypeTexts: record.List}[t]
	return v.Kind() == want && (t != record.TypeTime || new(time.Time).UnmarshalText([]byte(v.Text())) == nil)
}

// isAddress is a minimal look at an e-mail address, as a form makes it.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n,;<>") && !strings.Contains(domain, "@") &&
		!slices.Contains(strings.Split(domain, "."), "")
}
