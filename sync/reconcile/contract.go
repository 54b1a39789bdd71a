package reconcile

import (
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
	c, last := p.Job.Contract, p.known.Entries
	keys, err := p.view.Keys(p.index)
	if err != nil {
		return err
	}
	// A key counts once: a file that has itself twice in it is no larger, and the sound one that follows is no smaller.
	n := keys + p.unreadables
	if p.counted = n; n < p.Receipt.Entries {
		p.Receipt.Notes = append(p.Receipt.Notes, fmt.Sprintf("%d of %d entries have a key that another one has too", p.Receipt.Entries-n, p.Receipt.Entries))
	}
	var reasons []string
	if n < c.MinEntries {
		reasons = append(reasons, fmt.Sprintf("%d entries, fewer than min_entries %d", n, c.MinEntries))
	} else {
		p.proven("%d entries, at least min_entries %d", n, c.MinEntries)
	}
	shrunk := func(n int64) bool { return (last-n)*100*plan.OnePercent > c.MaxShrink*last }
	switch percent := float64(c.MaxShrink) / plan.OnePercent; {
	case shrunk(n) && !shrunk(p.Receipt.Entries):
		reasons = append(reasons, fmt.Sprintf("%d entries have only %d different keys, where the last complete read had %d: more than max_shrink %g%% are gone; "+
			"has a spreadsheet rounded them (1.2E+04), or is `key` another column now? If that is right, raise max_shrink for one run", p.Receipt.Entries, n, last, percent))
	case shrunk(n):
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
	if len(reasons) > 0 {
		return errIncomplete{reasons}
	}
	return nil
}
