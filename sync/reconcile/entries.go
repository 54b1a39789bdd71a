package reconcile

import (
	"fmt"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// entries maps every entry that the index does not know, into the draft.
func (p *Plan) entries(reading sources.Reading, bound *mapping.Bound) error {
	var sift sources.Sift
	if p.index.Usable() {
		sift = p.index.Sift
	}
	misfits := int64(0)
	for e, err := range reading.Entries(sift) {
		if err != nil {
			return errIncomplete{[]string{err.Error()}}
		}
		out := bound.Map(&e)
		out, fits := p.fit(out)
		if !fits {
			if misfits++; misfits == 1 {
				p.misfit1 = fmt.Sprintf("%s: %q", reading.Origin(e.At), out.Key)
			}
		}
		if e.Open && out.Key != "" {
			p.freeze, p.Freeze.Torn = true, reading.Origin(e.At) // its key may be cut: it could be anyone
			out = p.doubted(out)
		}
		if out.Verdict == mapping.Invalid {
			if p.invalid++; p.invalid == 1 {
				p.invalid1 = fmt.Sprintf("%s: %s", reading.Origin(e.At), out.Reason)
			}
		}
		if p.pairing != "" && out.Verdict != mapping.InScope {
			out.Attrs = p.other(bound, &e, out)
		}
		if err := p.add(&e, out); err != nil {
			return err
		}
	}
	if p.Receipt = reading.Receipt(); !p.Receipt.Complete {
		return errIncomplete{p.Receipt.Reasons}
	}
	return p.mappable(misfits)
}

// fit takes a key that does not match key_pattern for one that can't be read.
func (p *Plan) fit(out mapping.Outcome) (_ mapping.Outcome, fits bool) {
	pattern := p.Job.Contract.KeyPattern
	if out.Key == "" || pattern == nil || pattern.MatchString(string(out.Key)) {
		return out, true
	}
	if out.Verdict != mapping.OutOfScope {
		out.Verdict, out.Reason = mapping.KeyUnreadable, fmt.Sprintf("key %q does not match key_pattern", out.Key)
	}
	return out, false
}

// doubted holds an entry of which a part may be missing: nothing that it says is believed but who it may be.
func (p *Plan) doubted(out mapping.Outcome) mapping.Outcome {
	schema := p.Job.Sink.Schema()
	var natural record.Attrs
	if v := out.Attrs.Get(schema.Natural); !v.IsNull() {
		natural = record.Attrs{{Name: schema.Natural, Value: v}}
	}
	return mapping.Outcome{Key: out.Key, Verdict: mapping.Invalid, Attrs: natural,
		Reason: "it is the last row and has no line ending, so the file may be torn; have it end with a line break, or with a trailer"}
}

// add puts one mapped entry into the draft.
func (p *Plan) add(e *record.Entry, out mapping.Outcome) error {
	if out.Verdict == mapping.KeyUnreadable {
		return p.unreadable(e, out)
	}
	if err := p.view.AddWant(out.Key, scopeOf(out), out.Attrs, e.At, e.Raw, out.Reason, out.Rank); err != nil {
		return err
	}
	return p.addFormer(e, out.Key)
}

// unreadable holds an entry that could be anyone; so nobody is newly absent, unless it has been there for long.
func (p *Plan) unreadable(e *record.Entry, out mapping.Outcome) error {
	h := heldRow(e, out, p.reading.Origin(e.At))
	h.Naturals = []string{record.Fold(out.Attrs.Get(p.Job.Sink.Schema().Natural).Text())}
	if p.unreadables++; p.unreadables == 1 {
		p.unreadable1 = h.Origin + ": " + h.Detail
	}
	if err := p.anybody(h); err != nil {
		return err
	}
	return p.view.Hold(h)
}

// heldRow is an entry without a readable key, held.
func heldRow(e *record.Entry, out mapping.Outcome, origin string) state.Held {
	return state.Held{Ident: "row " + e.Raw.String(), Origin: origin, Reason: plan.Unreadable, Detail: out.Reason}
}
