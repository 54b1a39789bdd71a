package plan

import (
	"slices"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// DriftKind is what others did to a record in the target. The words are part of the JSON that users read.
type DriftKind string

// The kinds of drift, in the order in which they are counted.
const (
	Differs        DriftKind = "differs"      // attributes are others than were last applied
	SwitchedOff    DriftKind = "switched_off" // and not by us
	SwitchedOn     DriftKind = "switched_on"
	OtherReference DriftKind = "reference" // it carries another key than ours, or none any more, whatever else differs
	ForeignThere   DriftKind = "foreign"   // the target marks it as none of ours, whatever its key
	GoneThere      DriftKind = "gone"      // the target does not list it any more
	Doubled        DriftKind = "doubled"   // another record, which is not ours, carries its key
)

// DriftKinds are all kinds, in their order.
func DriftKinds() []DriftKind {
	return []DriftKind{Differs, SwitchedOff, SwitchedOn, OtherReference, ForeignThere, GoneThere, Doubled}
}

// Drift is how one record in the target differs from what was last applied to it. Told and Shown have the same names.
type Drift struct {
	Kind     DriftKind
	Key      record.Key
	RemoteID string
	Natural  string       // the natural key as last applied, to know who is meant
	Told     record.Attrs // as last applied; null: nothing
	Shown    record.Attrs // as the target shows it
	Why      string       // of a foreign one: what makes it so, in the target's terms
}

// Notable reports whether the state can take note of it, so that the next plan puts it back. What is gone is found out by its next update;
// whose a second record with the same key is, or one that carries somebody else's key by now or is marked as none of ours, nobody but an
// administrator can tell.
func (d Drift) Notable(sch record.Schema) bool {
	switch d.Kind {
	case GoneThere, Doubled, ForeignThere:
		return false
	case OtherReference:
		return d.Shown.Get(sch.Reference).IsNull()
	}
	return true
}

// Seen is a record of the job's, as its target lists it.
type Seen struct {
	Attrs      record.Attrs // what the target shows; what it does not show can't be told
	Reference  string       // the key it carries; "": none, or not shown
	References bool         // the listing shows references, so that one without has none
	Foreign    string       // why it is none of ours, whatever its key; "" for any other
}

// Drift compares a record with what its target shows of it. It is no drift
//
//	what the target does not show           nothing is known of it
//	what the mapping does not name          it is not ours
//	what is unverified                      it was never told
//	another case of the natural key,        it means the same
//	another order of a set, another zone
//	of a point in time
func (r *Rules) Drift(key record.Key, k *Known, s Seen) (d Drift, drifted bool) {
	d = Drift{Kind: Differs, Key: key, RemoteID: k.RemoteID, Natural: k.Attrs.Get(r.Schema.Natural).Text(), Why: s.Foreign}
	for _, a := range s.Attrs {
		told := k.Attrs.Get(a.Name)
		switch {
		case a.Name == r.Schema.Reference:
		case a.Name == r.Schema.Active:
			if told := r.lastActive(k); told.Kind() == record.Bool && a.Value.Kind() == record.Bool && !told.Equal(a.Value) {
				d.add(switched(a.Value.True()), a.Name, told, a.Value)
			}
		case !slices.Contains(r.Mapped, a.Name) || told.Kind() == record.Unknown || a.Value.Kind() == record.Unknown:
		case !r.means(a.Name, told, a.Value):
			d.add(d.Kind, a.Name, told, a.Value)
		}
	}
	if told, is, differs := r.reference(key, k, s); differs { // whose it is outweighs how it is
		d.add(OtherReference, r.Schema.Reference, told, is)
	}
	if s.Foreign != "" {
		d.Kind = ForeignThere
	}
	d.Told, d.Shown = d.Told.Sort(), d.Shown.Sort()
	return d, len(d.Shown) > 0 || s.Foreign != ""
}

func (d *Drift) add(kind DriftKind, name string, told, is record.Value) {
	d.Kind = kind
	d.Told = append(d.Told, record.Attr{Name: name, Value: told})
	d.Shown = append(d.Shown, record.Attr{Name: name, Value: is})
}

func switched(on bool) DriftKind {
	if on {
		return SwitchedOn
	}
	return SwitchedOff
}

// reference compares the key that a record carries. Another one is told even where ours was never seen there: the record may be
// somebody else's by now.
func (r *Rules) reference(key record.Key, k *Known, s Seen) (told, is record.Value, differs bool) {
	told, is = k.Attrs.Get(r.Schema.Reference), record.TextOf(s.Reference)
	switch {
	case r.Schema.Reference == "" || s.Reference == string(key):
		return told, is, false
	case s.Reference != "":
		return told, is, !told.Equal(is)
	}
	return told, is, s.References && told.Kind() == record.Text
}

// means reports whether two values of an attribute are the same to the target.
func (r *Rules) means(name string, told, is record.Value) bool {
	decl, _ := r.Schema.Lookup(name)
	told, is = bare(told), bare(is)
	switch {
	case decl.WriteOnly || told.Equal(is):
		return true
	case told.Kind() != is.Kind():
		return false
	case name == r.Schema.Natural:
		return told.Kind() == record.Text && record.Fold(told.Text()) == record.Fold(is.Text())
	case decl.Set:
		return slices.Equal(asSet(told), asSet(is))
	case decl.Type == record.TypeTime:
		a, errA := time.Parse(time.RFC3339, told.Text())
		b, errB := time.Parse(time.RFC3339, is.Text())
		return errA == nil && errB == nil && a.Equal(b)
	}
	return false
}

// bare takes an empty list for nothing.
func bare(v record.Value) record.Value {
	if v.Kind() == record.List && len(v.List()) == 0 {
		return record.Value{}
	}
	return v
}

func asSet(v record.Value) []string { return slices.Compact(slices.Sorted(slices.Values(v.List()))) }
