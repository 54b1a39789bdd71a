package reconcile

import (
	"context"
	"fmt"
	"slices"

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
	Asked   string       // what was asked for, if that is not the key: its natural key, or its id in the target
	Others  []record.Key // several keys that were meant perhaps; then nothing is told of any
	Entries []ExplainedEntry
	Trouble string       // why the source could not be read to its end: the past is told all the same
	Known   *plan.Known  // nil: the state does not know the key
	Verdict plan.Verdict // of a plan made now, before natural keys and limits are looked at
	Held    *state.Held  // by the last run, for what a key alone does not show; nil: it was not
	Past    []state.Past // newest first
	Freeze  Freeze

	named []record.Key // keys of entries whose natural key was asked for
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

// mostNamed is how many keys of entries with one natural key are told.
const mostNamed = 20

// mostPast is how far back an explanation goes.
const mostPast = 50

// Explain tells about one key or, where nothing has that key, about whom the natural key or the id in the target is. It asks the target
// nothing.
func (j *Job) Explain(ctx context.Context, what string) (*Explanation, error) {
	x, meant, err := j.explain(ctx, record.Key(what))
	switch {
	case err != nil || len(meant) == 0:
		return x, err
	case len(meant) > 1:
		x.Others = meant
		return x, nil
	}
	x, _, err = j.explain(ctx, meant[0])
	if x != nil {
		x.Asked = what
	}
	return x, err
}

// explain tells about one key. meant are the keys whose natural key or id that is, where nothing has it as its key.
func (j *Job) explain(ctx context.Context, key record.Key) (x *Explanation, meant []record.Key, err error) {
	p := &Plan{Job: j, now: j.Now()}
	defer p.Close()
	if err := p.open(); err != nil {
		return nil, nil, err
	}
	x = &Explanation{Key: key}
	if x.Known, err = p.view.KnownOf(p.known, key); err != nil {
		return nil, nil, err
	}
	if x.Held, err = p.view.HeldOf(p.known, key); err != nil {
		return nil, nil, err
	}
	for past, err := range p.view.History(p.known, key, mostPast) {
		if err != nil {
			return nil, nil, err
		}
		x.Past = append(x.Past, past)
	}
	if err := p.explainEntries(ctx, x); err != nil {
		x.Trouble = err.Error()
	}
	x.Freeze = p.Freeze
	if x.Known == nil && len(x.Entries) == 0 && len(x.Past) == 0 {
		if meant, err = p.view.KeysOf(p.known, string(key)); err != nil {
			return nil, nil, err
		}
		meant = append(meant, x.named...)
		slices.Sort(meant)
		meant = slices.Compact(meant)
	}
	c := plan.Case{Key: key, Known: x.Known}
	for _, e := range x.Entries {
		c.Wants = append(c.Wants, plan.Want{Scope: scopeOf(e.Outcome), Attrs: e.Outcome.Attrs, Origin: e.Origin, Reason: e.Outcome.Reason, Rank: e.Outcome.Rank})
	}
	if x.Trouble == "" {
		x.Verdict = p.rules().Judge(c)
	}
	return x, meant, nil
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
	natural, asked := p.Job.Sink.Schema().Natural, record.Fold(string(x.Key))
	for e, err := range reading.Entries(nil) {
		if err != nil {
			return err
		}
		out, _ := p.fit(bound.Map(&e))
		switch {
		case e.Open && out.Key != "":
			p.freeze, p.Freeze.Torn = true, reading.Origin(e.At)
			out = p.doubted(out)
		case out.Verdict == mapping.KeyUnreadable:
			if err := p.anybody(heldRow(&e, out, reading.Origin(e.At))); err != nil {
				return err
			}
		}
		if out.Key != x.Key {
			if asked != "" && out.Key != "" && len(x.named) < mostNamed && record.Fold(out.Attrs.Get(natural).Text()) == asked {
				x.named = append(x.named, out.Key)
			}
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
