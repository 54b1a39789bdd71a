package reconcile

import (
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
)

// oddEntries is how many entries may be odd before that says something of all of them.
const oddEntries = 10

// mappable is asked after the last entry whether the mapping fits the source at all. misfits are the keys that miss key_pattern.
func (p *Plan) mappable(misfits int64) error {
	n := p.Receipt.Entries
	switch {
	case misfits*100 > n:
		return errIncomplete{[]string{fmt.Sprintf("%d of %d keys do not match key_pattern; has a spreadsheet taken their leading zeros? The first: %s", misfits, n, p.misfit1)}}
	case p.unreadables*100 > n && p.unreadables > oddEntries || p.unreadables > 1 && p.unreadables*2 > n:
		return errIncomplete{[]string{fmt.Sprintf("%d of %d entries have no readable key; the first: %s", p.unreadables, n, p.unreadable1)}}
	case p.invalid > oddEntries && p.invalid == n:
		return errIncomplete{[]string{fmt.Sprintf("none of the %d entries can be mapped, so it is the mapping that does not fit, or what it needs is hidden; the first: %s",
			p.invalid, p.invalid1)}}
	case p.Job.Contract.KeyPattern == nil:
	case misfits > 0:
		p.proven("%d of %d keys do not match key_pattern, no more than 1 %%", misfits, n)
	default:
		p.proven("all keys match key_pattern")
	}
	return nil
}

// proven notes one reason why the read counts as complete.
func (p *Plan) proven(format string, args ...any) {
	p.Receipt.Proof = append(p.Receipt.Proof, fmt.Sprintf(format, args...))
}

// contract holds the read against what is expected of it. All that it breaks is told at once.
func (p *Plan) contract() error {
	c, n, last := p.Job.Contract, p.Receipt.Entries, p.known.Entries
	var reasons []string
	if n < c.MinEntries {
		reasons = append(reasons, fmt.Sprintf("%d entries, fewer than min_entries %d", n, c.MinEntries))
	} else {
		p.proven("%d entries, at least min_entries %d", n, c.MinEntries)
	}
	switch percent := float64(c.MaxShrink) / plan.OnePercent; {
	case (last-n)*100*plan.OnePercent > c.MaxShrink*last:
		reasons = append(reasons, fmt.Sprintf("%d entries, where the last complete read had %d: more than max_shrink %g%% are gone; "+
			"is the source whole, is it a delta in place of a full one, and is rosterd still shown everything? If that is right, raise max_shrink for one run", n, last, percent))
	case last > 0:
		p.proven("not fewer than max_shrink %g%% below the %d entries of the last complete read", percent, last)
	}
	missing := 0
	for _, key := range c.Require {
		shown, err := p.view.Shown(p.known, p.index, key)
		if err != nil {
			return err
		}
		if !shown {
			missing++
			reasons = append(reasons, fmt.Sprintf("key %s, which `require` names, is not in it", key))
		}
	}
	if len(c.Require) > 0 && missing == 0 {
		p.proven("all %d keys that `require` names are there", len(c.Require))
	}
	mangled, err := p.mangled()
	if err != nil {
		return err
	}
	if reasons = append(reasons, mangled...); len(reasons) > 0 {
		return errIncomplete{reasons}
	}
	return nil
}

// mangled says what a spreadsheet seems to have made of the keys. Who gives records new keys has to be let through: that is how to say so.
//
// One record that goes while another comes whose key differs by a zero is a coincidence; more than three, and most of those that can be
// told, are none.
func (p *Plan) mangled() (reasons []string, err error) {
	if p.rekeying {
		return nil, nil
	}
	m, err := p.view.Mangled(p.known, p.index)
	if err != nil {
		return nil, err
	}
	const most = 3
	way := fmt.Sprintf("have the column exported as text. If people really have other keys now: `rosterd rekey %s --file map.csv`", p.Job.Name)
	if m.Lost > most && m.Lost*2 > m.Able {
		reasons = append(reasons, fmt.Sprintf("%d keys came without their leading zeros or as fractions, and are new so; the first: %s came as %s (%s). A spreadsheet does that: %s",
			m.Lost, m.Was, m.Is, p.reading.Origin(m.At), way))
	}
	if m.Powers > most && m.Gone > most {
		reasons = append(reasons, fmt.Sprintf("%d new keys are written as powers of ten, while %d that are numbers are gone; the first: %s (%s). A spreadsheet does that: %s",
			m.Powers, m.Gone, m.Power, p.reading.Origin(m.PowerAt), way))
	}
	return reasons, nil
}

// doubled refuses a read in which most keys have entries that differ: two exports in one file, or one row for each of something else than
// a person. With fewer, those are held.
func (p *Plan) doubled() error {
	n := p.Receipt.Entries
	if p.duplicates <= oddEntries || p.duplicates*3 < n { // each has two or more of them
		return nil
	}
	p.Summary, p.Requests = plan.Summary{}, 0
	err := errIncomplete{[]string{fmt.Sprintf("%d keys have several entries that differ, of %d entries in all: were two exports joined, or is there a row for each contract or day? "+
		"Have one row exported for each key, or say with `prefer` which one counts; the first: %s", p.duplicates, n, p.duplicate1)}}
	p.incomplete(err)
	return errors.Join(err, p.view.Reset())
}
