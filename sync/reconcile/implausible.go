package reconcile

import (
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
)

// plausible is asked when every key of the read was judged, before anything is told of it: a read that is whole may still not be what it
// should be. Nothing is planned then.
func (p *Plan) plausible() error {
	reasons, err := p.mangled()
	if err != nil {
		return err
	}
	if reasons = append(reasons, p.doubled()...); len(reasons) == 0 {
		return nil
	}
	p.Summary, p.Requests = plan.Summary{}, 0
	err = errIncomplete{reasons}
	p.incomplete(err)
	return errors.Join(err, p.view.Reset())
}

// doubled finds that most keys have entries that differ: two exports in one file, or a row for each of something else than a person.
// Fewer are held.
func (p *Plan) doubled() []string {
	n := p.Receipt.Entries
	if p.duplicates <= oddEntries || p.duplicates*3 < n { // each has two or more of them
		return nil
	}
	return []string{fmt.Sprintf("%d keys have several entries that differ, of %d entries in all: were two exports joined, or is there a row for each contract or day? "+
		"Have one row exported for each key, or say with `prefer` which one counts; the first: %s", p.duplicates, n, p.duplicate1)}
}

// coincidences is how many records may go while as many come whose keys look like theirs.
const coincidences = 3

// mangled finds what a spreadsheet seems to have made of the keys. It looks only where keys came that have no record, and only at records
// that no entry belongs to. Who gives people other keys says so by rekey: then they are not new.
func (p *Plan) mangled() (reasons []string, err error) {
	if p.fresh <= coincidences {
		return nil, nil
	}
	m, err := p.view.Mangled(p.known, p.index)
	if err != nil {
		return nil, err
	}
	way := fmt.Sprintf("have the column exported as text. If people really have other keys now: `rosterd rekey %s --file map.csv`", p.Job.Name)
	if m.Lost > coincidences && m.Lost*2 > m.Able {
		reasons = append(reasons, fmt.Sprintf("%d keys came without their leading zeros or as fractions, and are new so; the first: %s came as %s (%s). A spreadsheet does that: %s",
			m.Lost, m.Was, m.Is, p.reading.Origin(m.At), way))
	}
	if m.Powers > coincidences && m.Gone > coincidences {
		reasons = append(reasons, fmt.Sprintf("%d new keys are written as powers of ten, while %d that are numbers are gone; the first: %s (%s). A spreadsheet does that: %s",
			m.Powers, m.Gone, m.Power, p.reading.Origin(m.PowerAt), way))
	}
	return reasons, nil
}
