package plan

import (
	"fmt"
	"slices"

	"github.com/rosterd/rosterd/sync/record"
)

// wantsActive tells whether an entry wants its record switched on, and whether it says so at all. An entry of a mapping
// without the active attribute wants it on by being there.
func (r *Rules) wantsActive(w Want) (on, sure bool) {
	v, said := w.Attrs.Lookup(r.Schema.Active)
	if !said && !slices.Contains(r.Mapped, r.Schema.Active) {
		return true, true
	}
	return v.True(), v.Kind() == record.Bool
}

// lastActive is the active attribute as the target was last told; on, if it never was.
func (r *Rules) lastActive(k *Known) record.Value {
	if v, ok := k.Attrs.Lookup(r.Schema.Active); ok {
		return v
	}
	return record.BoolOf(k.Status == Active)
}

// isOn reports whether a record is switched on, or may be.
func (r *Rules) isOn(k *Known) bool {
	return r.Schema.Active != "" && (k.Status == Active || r.lastActive(k).Kind() == record.Unknown)
}

// isSurelyOn reports whether nothing need be sent to have a record switched on.
func (r *Rules) isSurelyOn(k *Known) bool {
	return r.Schema.Active == "" || k.Status == Active && r.lastActive(k).Kind() != record.Unknown
}

// outOfScope judges a key all of whose entries `where` leaves out: positive evidence, so it acts at once.
func (r *Rules) outOfScope(c Case) Verdict {
	v := Verdict{Outcome: Nothing, Settled: true}
	switch k := c.Known; {
	case k == nil || k.Status == Ghost:
	case !r.isOn(k):
		v.Outcome = Unchanged
	case r.DeactivateOut:
		v = r.deactivate(c, Data, "out of scope", origin(c))
	default:
		v.Outcome = OutKept
	}
	if c.Known != nil && c.Known.missed() {
		v.Ageing = &Ageing{}
	}
	return v
}

// absent judges a record without any entry. It is switched off only after so many complete reads over so long a time.
func (r *Rules) absent(c Case) Verdict {
	k := c.Known
	switch {
	case k == nil || k.Status == Ghost:
		return Verdict{Outcome: Nothing}
	case !r.owns(k):
		return Verdict{Outcome: Nothing}
	case !r.isOn(k):
		return Verdict{Outcome: Unchanged}
	case c.Shadowed:
		return Verdict{Outcome: AbsentKept, Ageing: &Ageing{Cause: r.missed(k)}} // perhaps the same person under a new key
	case c.Suspected && k.AbsentReads > 0:
		return Verdict{Outcome: AbsentKept} // likewise; that it is absent is what the other job goes by
	}
	age := Ageing{Since: k.AbsentSince, Reads: k.AbsentReads, Cause: k.AbsentCause}
	if age.Since.After(r.Now) {
		age.Since = r.Now // counted under a clock that was wrong
	}
	if age.Reads == 0 {
		age.Cause = r.missed(k)
	}
	if r.ReadCounts && (age.Reads > 0 || !r.FreezeNew) {
		if age.Reads == 0 {
			age.Since = r.Now
		}
		age.Reads++
	}
	due := r.Absent.Deactivate && age.Reads > 0 && age.Reads >= r.Absent.Reads && r.Now.Sub(age.Since) >= r.Absent.After
	v := Verdict{Outcome: AbsentKept}
	if due {
		v = r.deactivate(c, r.dueTo(age), fmt.Sprintf("absent from %s since %s", completeReads(age.Reads), age.Since.Format("2006-01-02 15:04")), "")
		if v.Outcome == Unchanged {
			v.Outcome = AbsentKept // protected
		}
	}
	v.Ageing = &age
	return v
}

func completeReads(n int) string {
	if n == 1 {
		return "1 complete read"
	}
	return fmt.Sprintf("%d complete reads", n)
}

func origin(c Case) string {
	if len(c.Wants) > 0 {
		return c.Wants[0].Origin
	}
	return c.Twin.Origin
}
