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
			p.Receipt = reading.Receipt()
			return errIncomplete{[]string{err.Error()}}
		}
		out := bound.Map(&e)
		out, fits := p.fit(out)
		if !fits {
			misfits++
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
	const few = 10
	if p.unreadables*100 > p.Receipt.Entries && p.unreadables > few || p.unreadables > 1 && p.unreadables*2 > p.Receipt.Entries {
		return errIncomplete{[]string{fmt.Sprintf("%d of %d entries have no readable key; the first: %s", p.unreadables, p.Receipt.Entries, p.unreadable1)}}
	}
	if p.invalid > few && p.invalid == p.Receipt.Entries {
		return errIncomplete{[]string{fmt.Sprintf("none of the %d entries can be mapped, so it is the mapping that does not fit, or what it needs is hidden; the first: %s",
			p.invalid, p.invalid1)}}
	}
	if misfits*100 > p.Receipt.Entries {
		return errIncomplete{[]string{fmt.Sprintf("%d of %d keys do not match key_pattern; has a spreadsheet taken their leading zeros?", misfits, p.Receipt.Entries)}}
	}
	return nil
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

// contract holds the read against what is expected of it.
func (p *Plan) contract() error {
	c, n, last := p.Job.Contract, p.Receipt.Entries, p.known.Entries
	var reasons []string
	if n < c.MinEntries {
		reasons = append(reasons, fmt.Sprintf("%d entries, fewer than min_entries %d", n, c.MinEntries))
	}
	if (last-n)*100*plan.OnePercent > c.MaxShrink*last {
		reasons = append(reasons, fmt.Sprintf("%d entries, where the last complete read had %d: more than max_shrink %g%% are gone; "+
			"is the source whole, and is rosterd still shown everything? If that is right, raise max_shrink for one run", n, last, float64(c.MaxShrink)/plan.OnePercent))
	}
	for _, key := range c.Require {
		shown, err := p.view.Shown(p.known, p.index, key)
		if err != nil {
			return err
		}
		if !shown {
			reasons = append(reasons, fmt.Sprintf("key %s, which `require` names, is not in it", key))
		}
	}
	if len(reasons) > 0 {
		return errIncomplete{reasons}
	}
	return nil
}
