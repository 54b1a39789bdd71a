package reconcile

import (
	"context"
	"fmt"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Explanation is all that there is to say of one key: its entries as read, what each expression made of them, what was last applied,
// the verdict, and the past.
type Explanation struct {
	Key     record.Key
	Entries []ExplainedEntry
	Trouble string       // why the source could not be read to its end: the past is told all the same
	Known   *plan.Known  // nil: the state does not know the key
	Verdict plan.Verdict // of a plan made now, before natural keys and limits are looked at
	Past    []state.Past // newest first
}

// ExplainedEntry is one entry of the key.
type ExplainedEntry struct {
	Origin  string
	Fields  []Field
	Steps   []mapping.Explained
	Outcome mapping.Outcome
}

// Field is one column of an entry, as read.
type Field struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// mostPast is how far back an explanation goes.
const mostPast = 50

// Explain tells about one key. It asks the target nothing.
func (j *Job) Explain(ctx context.Context, key record.Key) (*Explanation, error) {
	p := &Plan{Job: j, now: j.Now()}
	defer p.Close()
	if err := p.open(); err != nil {
		return nil, err
	}
	x := &Explanation{Key: key}
	var err error
	if x.Known, err = p.view.KnownOf(p.known, key); err != nil {
		return nil, err
	}
	for past, err := range p.view.History(p.known, key, mostPast) {
		if err != nil {
			return nil, err
		}
		x.Past = append(x.Past, past)
	}
	if err := p.explainEntries(ctx, x); err != nil {
		x.Trouble = err.Error()
	}
	c := plan.Case{Key: key, Known: x.Known}
	for _, e := range x.Entries {
		c.Wants = append(c.Wants, plan.Want{Scope: scopeOf(e.Outcome), Attrs: e.Outcome.Attrs, Origin: e.Origin, Reason: e.Outcome.Reason, Rank: e.Outcome.Rank})
	}
	if x.Trouble == "" {
		x.Verdict = p.rules().Judge(c)
	}
	return x, nil
}

// explainEntries finds the entries of a key, evaluating every expression of theirs one by one.
func (p *Plan) explainEntries(ctx context.Context, x *Explanation) error {
	reading, err := p.Job.Source.Open(ctx, sources.Request{Need: p.Job.Mapping.Need(), Seed: p.view.Seed()})
	if err != nil {
		return err
	}
	defer reading.Close()
	layout := reading.Layout()
	bound, problems := p.Job.Mapping.Bind(layout, p.now)
	if len(problems) > 0 {
		return fmt.Errorf("%s: %s", problems[0].Where, problems[0].Message)
	}
	for e, err := range reading.Entries(nil) {
		if err != nil {
			return err
		}
		out := bound.Map(&e)
		if out.Key != x.Key {
			continue
		}
		one := ExplainedEntry{Origin: reading.Origin(e.At), Outcome: out}
		for i, values := range e.Fields {
			f := Field{Name: layout.Columns[i], Values: []string{}}
			for _, v := range values {
				f.Values = append(f.Values, mapping.Readable(v))
			}
			one.Fields = append(one.Fields, f)
		}
		one.Steps = bound.Explain(&e)
		x.Entries = append(x.Entries, one)
	}
	return nil
}

func scopeOf(o mapping.Outcome) plan.Scope {
	switch o.Verdict {
	case mapping.InScope:
		return plan.InScope
	case mapping.OutOfScope:
		return plan.OutOfScope
	default:
		return plan.Broken
	}
}
