package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Rules are a job's rules, and what this one run knows.
type Rules struct {
	Job    string
	Was    string // the job's former name, "" for none
	Schema record.Schema
	Mapped []string // the attributes that the mapping names, and the one that holds the key
	// Clocked are those whose values the clock makes.
	Clocked []string

	Absent         Absent
	DeactivateOut  bool // out_of_scope: deactivate
	CreateInactive bool
	UpdateInactive bool
	Protect        map[record.Key]bool
	NeverTouch     NeverTouch
	TakeOverSame   bool // a new key with the natural key of an absent or inactive record takes that record over
	Prefer         bool // of several entries of one key the one with the highest rank is the record

	Now        time.Time
	ReadCounts bool // this read is another one than the last that was counted
	// Frozen says that the configuration is another than the one under which the job last succeeded or was approved; FrozenAbsence, that it
	// may be for this that an entry is missing.
	Frozen, FrozenAbsence bool
	RetryRefused          time.Duration // what was refused is not sent again for so long
	FreezeNew             bool          // an entry without a readable key could be anyone: nobody is newly absent
}

// Absent says when a record without an entry is switched off.
type Absent struct {
	Deactivate bool
	Reads      int           // at least so many complete reads
	After      time.Duration // over at least this time
}

// Judge decides on one key. It looks at nothing else, so the order of the input can't matter.
//
//	entries in scope      known record            verdict
//	none, none at all     active                  absent: kept, ageing, or deactivated
//	none, some out        active                  out of scope: kept or deactivated
//	they differ           any                     the preferred one, else held, unless all say inactive (leaving wins)
//	one                   another job's           held
//	broken                any                     held, unless it says inactive (leaving wins)
//	one                   none                    create, or not needed
//	one                   ours                    what differs
func (r *Rules) Judge(c Case) Verdict { return r.remember(c, r.blame(c, r.verdict(c))) }

// Unclear is the verdict on a key of which nobody knows what the target has made of an earlier change.
func (r *Rules) Unclear(c Case, why string) Verdict { return r.remember(c, held(Failed, why)) }

func (r *Rules) verdict(c Case) Verdict {
	wants := slices.DeleteFunc(slices.Clone(c.Wants), func(w Want) bool { return w.Scope == OutOfScope })
	if c.Twin != nil && !c.Twin.Out {
		wants = append(wants, r.twinWant(c))
	}
	foreign := c.Known != nil && c.Known.Status != Ghost && !r.owns(c.Known)
	switch {
	case len(wants) == 0 && foreign:
		return Verdict{Outcome: Nothing}
	case len(wants) == 0 && (len(c.Wants) > 0 || c.Twin != nil):
		return r.outOfScope(c)
	case len(wants) == 0:
		return r.absent(c)
	case foreign:
		return held(Owned, "belongs to job "+c.Known.Owner)
	}
	w := wants[0]
	for _, other := range wants[1:] {
		if !r.same(w, other) {
			return r.several(c, wants)
		}
	}
	return r.one(c, w)
}

// several judges entries of one key that differ: the preferred one, if there is one, else none.
func (r *Rules) several(c Case, wants []Want) Verdict {
	best, ok := r.preferred(wants)
	if !ok || c.Twin != nil { // what was not parsed has no rank
		return r.duplicate(c, wants)
	}
	v := r.one(c, best)
	v.Settled = false // the others do not say what is applied
	return v
}

// preferred is the entry with the highest rank. A tie is nobody's, unless those that tie say the same; nor is there one where an entry
// has a defect that hides its rank, for it may be the one, or where ranks have no order among them, as a date and a text.
func (r *Rules) preferred(wants []Want) (best Want, ok bool) {
	if !r.Prefer {
		return best, false
	}
	kind := byte(0)
	for i, w := range wants {
		switch {
		case w.Scope == Broken && w.Rank == "":
			return best, false
		case w.Rank != "" && kind != 0 && w.Rank[0] != kind:
			return best, false
		case i == 0 || w.Rank > best.Rank:
			best, ok = w, true
		case w.Rank == best.Rank && !r.same(w, best):
			ok = false
		}
		if w.Rank != "" {
			kind = w.Rank[0]
		}
	}
	return best, ok
}

// Sole is what the entries in scope of a key say together, if they agree or one of them is preferred; found tells whether there is any.
func (r *Rules) Sole(wants []Want) (w Want, found, ok bool) {
	in := slices.DeleteFunc(slices.Clone(wants), func(w Want) bool { return w.Scope == OutOfScope })
	if len(in) == 0 {
		return w, false, false
	}
	for _, other := range in[1:] {
		if !r.same(in[0], other) {
			w, ok = r.preferred(in)
			if !ok {
				w = in[0]
			}
			return w, true, ok
		}
	}
	return in[0], true, true
}

// digest is how a change is known again.
func (r *Rules) digest(c Change) record.Fingerprint { return c.Digest(r.Job, r.Clocked...) }

// owns reports whether a record is this job's, perhaps under its former name.
func (r *Rules) owns(k *Known) bool { return k.Owner == r.Job || r.Was != "" && k.Owner == r.Was }

// one judges the only entry of a key.
func (r *Rules) one(c Case, w Want) Verdict {
	on, sure := r.wantsActive(w)
	v := r.present(c, w, on, sure)
	if c.Known != nil && c.Known.missed() && v.Ageing == nil {
		v.Ageing = &Ageing{} // seen again, or held: what was counted is forgotten
	}
	return v
}

func (r *Rules) present(c Case, w Want, on, sure bool) Verdict {
	k := c.Known
	exists := k != nil && k.Status != Ghost
	switch {
	case !exists && sure && !on && !r.CreateInactive:
		return Verdict{Outcome: NotNeeded, Settled: w.Scope == InScope}
	case exists && sure && !on && r.isOn(k):
		return r.deactivate(c, Data, w.Reason, w.Origin)
	case exists && sure && !on && !r.UpdateInactive:
		return Verdict{Outcome: Unchanged, Settled: w.Scope == InScope && len(r.differences(k.Attrs, w.Attrs)) == 0}
	case w.Scope == Broken:
		return held(Invalid, w.Reason)
	case exists && on && k.Status == InactiveThere:
		return held(ForeignOff, "somebody else switched it off in the target, and its entry says active; if that is right, switch it on there and run `rosterd adopt "+r.Job+"`")
	case !exists:
		return r.propose(c, Change{Action: Create, After: w.Attrs}, w, nil)
	default:
		return r.update(c, w, on)
	}
}

// update compares a record with what was last applied to it.
func (r *Rules) update(c Case, w Want, on bool) Verdict {
	ch := Change{Action: Update, RemoteID: c.Known.RemoteID}
	var cannot []CannotApply
	for _, name := range r.differences(c.Known.Attrs, w.Attrs) {
		a, _ := r.Schema.Lookup(name)
		before, after := c.Known.Attrs.Get(name), w.Attrs.Get(name)
		if a.CreateOnly || a.Fixed {
			if before.Kind() != record.Unknown {
				cannot = append(cannot, CannotApply{name, before, after, "the target takes it at a create only; an administrator can change it there"})
			}
			continue
		}
		if a.WriteOnly && before.Kind() == record.Unknown {
			continue
		}
		ch.Before = append(ch.Before, record.Attr{Name: name, Value: before})
		ch.After = append(ch.After, record.Attr{Name: name, Value: after})
	}
	if on && !r.isSurelyOn(c.Known) {
		ch.Action = Reactivate
		ch.Before = append(ch.Before, record.Attr{Name: r.Schema.Active, Value: r.lastActive(c.Known)}).Sort()
		ch.After = append(ch.After, record.Attr{Name: r.Schema.Active, Value: record.BoolOf(true)}).Sort()
	}
	if len(ch.After) == 0 {
		return Verdict{Outcome: Unchanged, Cannot: cannot, Settled: len(cannot) == 0}
	}
	return r.propose(c, ch, w, cannot)
}

// propose is the last gate of a change: protection, and what the target refused already.
func (r *Rules) propose(c Case, ch Change, w Want, cannot []CannotApply) Verdict {
	ch.Key, ch.Origin = c.Key, w.Origin
	if r.Untouchable(ch.RemoteID, r.identity(c, ch)) {
		return held(Conflict, "it matches `never_touch` of its sink, so nothing is ever sent for it; leave it out with `where`, or take it out of never_touch")
	}
	if ch.Action != Create && r.Protect[c.Key] {
		return Verdict{Outcome: Unchanged, Cannot: append(cannot, protected(ch)...)}
	}
	if k := c.Known; k != nil && k.Refused == r.digest(ch) && r.remembers(k) {
		v := held(k.RefusedAs, k.RefusedWhy)
		v.Cannot = cannot
		return v
	}
	return Verdict{Outcome: Changed, Change: &ch, Cannot: cannot, Settled: len(cannot) == 0}
}

// remembers reports whether what the target refused is not sent again yet. A time that is further away than it can be was noted by a clock
// that was ahead.
func (r *Rules) remembers(k *Known) bool {
	return r.Now.Before(k.RefusedUntil) && k.RefusedUntil.Sub(r.Now) <= r.RetryRefused
}

func protected(ch Change) []CannotApply {
	out := make([]CannotApply, len(ch.After))
	for i, a := range ch.After {
		out[i] = CannotApply{a.Name, ch.Before.Get(a.Name), a.Value, "the key is in `protect`"}
	}
	return out
}

// deactivate sends the active attribute and nothing else, whatever else is wrong with the entry.
func (r *Rules) deactivate(c Case, cause Cause, reason, origin string) Verdict {
	ch := Change{Action: Deactivate, RemoteID: c.Known.RemoteID, Cause: cause, Reason: reason,
		Before: record.Attrs{{Name: r.Schema.Active, Value: r.lastActive(c.Known)}},
		After:  record.Attrs{{Name: r.Schema.Active, Value: record.BoolOf(false)}}}
	v := r.propose(c, ch, Want{Origin: origin}, nil)
	v.Settled = false // other attributes may differ; the next read tells
	return v
}

// duplicate judges several entries of one key whose records differ.
func (r *Rules) duplicate(c Case, wants []Want) Verdict {
	var origins []string
	leaving := true
	for _, w := range wants {
		on, sure := r.wantsActive(w)
		leaving = leaving && sure && !on
		origins = append(origins, w.Origin)
	}
	detail := "entries with one key differ: " + bounded(origins)
	if leaving {
		return r.one(c, Want{Scope: Broken, Origin: wants[0].Origin, Reason: detail,
			Attrs: record.Attrs{{Name: r.Schema.Active, Value: record.BoolOf(false)}}})
	}
	v := held(Duplicate, detail)
	v.Ageing = &Ageing{}
	return v
}

// same reports whether two entries of one key say the same.
func (r *Rules) same(a, b Want) bool {
	onA, _ := r.wantsActive(a)
	onB, _ := r.wantsActive(b)
	return a.Scope == b.Scope && a.Reason == b.Reason && onA == onB && len(r.differences(a.Attrs, b.Attrs)) == 0
}

// twinWant is the record of an entry that was not parsed: what was last applied, or, of a ghost, inactive.
func (r *Rules) twinWant(c Case) Want {
	w := Want{Scope: InScope, Origin: c.Twin.Origin}
	switch {
	case c.Known != nil && c.Known.Status != Ghost:
		w.Attrs = c.Known.Attrs
	case r.Schema.Active != "":
		w.Scope = Broken
		w.Attrs = record.Attrs{{Name: r.Schema.Active, Value: record.BoolOf(false)}}
	}
	return w
}

// differences are the mapped attributes, other than the active one, in which two records differ. What is made at sending differs from nothing.
func (r *Rules) differences(before, after record.Attrs) []string {
	var names []string
	for _, name := range r.Mapped {
		b, a := before.Get(name), after.Get(name)
		if name != r.Schema.Active && a.Kind() != record.Generated && !a.Equal(b) {
			names = append(names, name)
		}
	}
	return names
}

func held(why Reason, detail string) Verdict {
	return Verdict{Outcome: IsHeld, Held: &Held{why, detail}}
}

// mostNamed is how many names a text has, of what could be a million.
const mostNamed = 5

// bounded joins the first of names.
func bounded(names []string) string {
	return some(names[:min(mostNamed, len(names))], len(names))
}

// some names a few of so many.
func some(names []string, of int) string {
	text := strings.Join(names, ", ")
	if more := of - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
