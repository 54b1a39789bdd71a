package reconcile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// setup is what of a job's configuration decides who is in the source and what becomes of them.
type setup struct {
	Selection string          `json:"selection"`
	Mapping   json.RawMessage `json:"mapping"`
}

// former is the configuration that is kept, where the job's is another one now.
type former struct {
	mapping *mapping.Mapping // nil: what it says can't be told, of whatever entry
	bound   *mapping.Bound
	absence bool // an entry may be missing for it
}

// thawed compares the configuration with the one that is kept, and makes that one ready to be asked of each entry. It can be only where it
// asks for nothing of the source that the present one does not: what is not asked for is not read.
func (p *Plan) thawed(reading sources.Reading) error {
	text, err := p.Job.Mapping.Keep()
	if err != nil {
		return err
	}
	if p.setup, err = json.Marshal(setup{p.Job.Selection, text}); err != nil {
		return fmt.Errorf("keep configuration: %w", err)
	}
	kept, err := p.view.Config(p.known)
	if err != nil || len(kept) == 0 || bytes.Equal(kept, p.setup) {
		return err
	}
	p.former, p.Changed = &former{absence: true}, []string{"all that is kept of it"}
	was, m, ok := restore(kept, p.Job.Sink.Schema())
	if !ok {
		return nil // nothing can be told: all is the configuration's
	}
	p.Changed = p.Job.Mapping.Differs(m)
	if was.Selection != p.Job.Selection {
		p.Changed = append([]string{"source"}, p.Changed...)
	}
	p.former.absence = slices.ContainsFunc(p.Changed, func(part string) bool { return part != "where" && part != "map" && part != "prefer" })
	need := p.Job.Mapping.Need()
	if slices.ContainsFunc(m.Need(), func(column string) bool { return !slices.Contains(need, column) }) {
		return nil
	}
	if bound, problems := m.Bind(reading.Layout(), p.now); len(problems) == 0 {
		p.former.mapping, p.former.bound = m, bound
	}
	return nil
}

// restore makes of what is kept a mapping again; not ok if this version can't.
func restore(kept []byte, sch record.Schema) (was setup, m *mapping.Mapping, ok bool) {
	if err := json.Unmarshal(kept, &was); err != nil {
		return was, nil, false
	}
	m, err := mapping.Restore(was.Mapping, sch)
	return was, m, err == nil
}

// addFormer notes what the kept configuration makes of an entry, if it can be told and it is the same key's.
func (p *Plan) addFormer(e *record.Entry, key record.Key) error {
	if p.former == nil || p.former.bound == nil {
		return nil
	}
	out := p.former.bound.Map(e)
	if out.Key != key {
		return nil
	}
	return p.view.AddFormer(plan.Want{Scope: scopeOf(out), Attrs: out.Attrs, Reason: out.Reason, Rank: out.Rank})
}
