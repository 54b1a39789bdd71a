package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// DriftOptions are what whoever looks for drift may say.
type DriftOptions struct {
	Fix  bool          // take note of it in the state, so that the next plan puts it back
	Wait time.Duration // for others, as Options.Wait
}

// Drift is what others changed in the target since it was last applied, as far as the target's listing shows it. Its details are in a
// draft and are read in portions; the caller closes it.
type Drift struct {
	Job        *Job
	Listed     int                    // records that the target lists
	Records    int                    // records that the job has
	Counts     map[plan.DriftKind]int // records of each kind; no kind without any
	NotShown   []string               // attributes of the mapping that the listing never shows: of them nothing can be told
	Unanswered int                    // records with a change that has no answer yet: not counted
	GoneAndOff int                    // records that are not listed any more and were switched off before: nothing is wanted of them
	OtherKeys  int                    // records that carry somebody else's key
	ToNote     int                    // records of which the state can take note
	Noted      int                    // records of which the state took note

	view *state.View
}

// Drift lists the target once and compares. It needs no source, and writes nothing to the target.
//
// It takes the locks of job and target, as a run does. What a run sends while the target is listed would look like drift; a look would
// double the rate that the target allows, which one process at a time keeps to; and with Fix the state must not
// move between the comparison and the note. A run that meets it waits or says so, as it would for another run.
func (j *Job) Drift(ctx context.Context, o DriftOptions) (*Drift, error) {
	lister, lists := j.Sink.(sinks.Lister)
	if !lists {
		return nil, fmt.Errorf("the target of job %s can't list its records, so what others changed there can't be told", j.Name)
	}
	release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)
	if err != nil {
		return nil, err
	}
	defer release()
	p := &Plan{Job: j, now: j.Now()}
	d := &Drift{Job: j, Counts: map[plan.DriftKind]int{}}
	err = p.open()
	if d.view = p.view; err == nil {
		err = d.find(ctx, p, lister, o)
	}
	if err == nil {
		return d, nil
	}
	if d.view != nil {
		_ = d.Close() // the first error says what is wrong
	}
	return nil, err
}

// Each gives every drift, by key.
func (d *Drift) Each() iter.Seq2[plan.Drift, error] { return d.view.Drifts() }

// Total is how many drifts there are.
func (d *Drift) Total() (n int) {
	for _, of := range d.Counts {
		n += of
	}
	return n
}

// Close drops the draft.
func (d *Drift) Close() error { return d.view.Close() }

func (d *Drift) find(ctx context.Context, p *Plan, lister sinks.Lister, o DriftOptions) error {
	if p.New {
		return fmt.Errorf("the state does not know job %s: nothing was ever applied that could have been changed; begin with `rosterd sync --first %s` or `rosterd adopt %s`",
			p.Job.Name, p.Job.Name, p.Job.Name)
	}
	free, err := p.Job.lock(ctx, state.LockTarget, p.Job.Target, o.Wait)
	if err != nil {
		return err
	}
	defer free()
	if _, err := p.refresh(); err != nil { // others may have sent while this one waited
		return err
	}
	if p.known.Parked(p.now) {
		return errParked{until: p.known.ParkedUntil, why: p.known.ParkedWhy}
	}
	shown, err := d.list(ctx, p, lister)
	if err != nil {
		return err
	}
	if err := p.sameIDs(); err != nil {
		return err
	}
	if err := d.compare(p, shown); err != nil {
		return err
	}
	if !o.Fix || d.ToNote == 0 {
		return nil
	}
	return d.note(p)
}

// compare holds every record of the job against what was listed.
func (d *Drift) compare(p *Plan, all shown) error {
	rules := p.rules()
	for pair, err := range d.view.Pairs(p.known) {
		if err != nil {
			return err
		}
		d.Records++
		drift, drifted := d.judge(rules, pair, all.references)
		if !drifted {
			continue
		}
		if err := d.add(drift); err != nil {
			return err
		}
	}
	for f, err := range d.view.Doubles(p.known) {
		if err != nil {
			return err
		}
		double := plan.Drift{Kind: plan.Doubled, Key: record.Key(f.Reference), RemoteID: f.RemoteID}
		if err := d.add(double); err != nil {
			return err
		}
	}
	for _, name := range rules.Mapped {
		if !all.names[name] && !(name == rules.Schema.Reference && all.references) {
			d.NotShown = append(d.NotShown, name)
		}
	}
	return nil
}

func (d *Drift) add(one plan.Drift) error {
	d.Counts[one.Kind]++
	switch notable := one.Notable(d.Job.Sink.Schema()); {
	case notable:
		d.ToNote++
	case one.Kind == plan.OtherReference:
		d.OtherKeys++
	}
	return d.view.AddDrift(one)
}

// judge decides on one record.
func (d *Drift) judge(rules *plan.Rules, pair state.Pair, references bool) (drift plan.Drift, drifted bool) {
	switch {
	case pair.Doubt:
		d.Unanswered++
		return drift, false
	case !pair.Listed && pair.Known.Status != plan.Active:
		d.GoneAndOff++
		return drift, false
	case !pair.Listed:
		return plan.Drift{Kind: plan.GoneThere, Key: pair.Key, RemoteID: pair.Known.RemoteID, Natural: pair.Known.Attrs.Get(rules.Schema.Natural).Text()}, true
	}
	return rules.Drift(pair.Key, pair.Known, plan.Seen{Attrs: pair.Found.Attrs, Reference: pair.Found.Reference, References: references, Foreign: pair.Found.Foreign})
}

// note has the state take note of what can be put back. What the target showed counts as last applied from then on: the next plan has
// the way back, under all limits.
func (d *Drift) note(p *Plan) (err error) {
	if p.store, err = state.Open(p.Job.State); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.view.Release(), p.store.Close()) }()
	if p.run, err = p.store.Begin(p.Job.Name, p.Job.Was, p.Job.Target, p.Job.Sink.Schema(), p.now); err != nil {
		return err
	}
	if d.Noted, err = p.store.NoteDrift(p.run, p.view, p.now); err != nil {
		return errors.Join(err, p.store.End(p.run, state.End{Status: string(Failed), Error: err.Error(), At: p.Job.Now()}))
	}
	return p.store.End(p.run, state.End{Status: "drift", Summary: plan.Summary{Unchanged: d.Noted}, At: p.Job.Now()})
}
