package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Transferred is a record that has another job now.
type Transferred struct {
	RemoteID string
	Natural  string // as last applied
}

// Transfer gives a record of one job to another one that keeps records of the same target. It writes the state alone; what differs is
// planned at the next run of the other job, by its mapping. A job that the state does not know is given nothing: the record would make it
// known, and its next run would create all of its own unasked.
func Transfer(ctx context.Context, key record.Key, from, to *Job, wait time.Duration) (*Transferred, error) {
	switch {
	case from.Name == to.Name:
		return nil, fmt.Errorf("job %s has it already", to.Name)
	case from.Target != to.Target:
		return nil, fmt.Errorf("job %s keeps records of %q and job %s of %q: a record can't leave its target", from.Name, from.Target, to.Name, to.Target)
	}
	if err := from.mustBeKnown(); err != nil {
		return nil, err
	}
	release, err := lockBoth(ctx, from, to, wait)
	if err != nil {
		return nil, err
	}
	defer release()
	free, err := from.lock(ctx, state.LockTarget, from.Target, wait)
	if err != nil {
		return nil, err
	}
	defer free()
	giver, taker := &Plan{Job: from, now: from.Now()}, &Plan{Job: to, now: to.Now()}
	defer giver.Close()
	defer taker.Close()
	if err := errors.Join(giver.open(), taker.open()); err != nil {
		return nil, err
	}
	if taker.New {
		return nil, fmt.Errorf("job %s is new, and a record would make it known, so that its next run would create everybody without being asked; "+
			"let it run first with `rosterd sync --first %s`, which holds the key as owned by another job, or link what the target has with `rosterd adopt %s`", to.Name, to.Name, to.Name)
	}
	out, err := giver.transferable(key)
	if err != nil {
		return nil, err
	}
	return out, taker.receive(giver, key)
}

// transferable finds the record, or says why it can't go.
func (p *Plan) transferable(key record.Key) (*Transferred, error) {
	rec, doubtful, err := p.view.Standing(p.known, key)
	switch {
	case err != nil:
		return nil, err
	case doubtful:
		return nil, errors.New(unanswered(key, p.Job))
	case rec == nil || rec.Status == plan.Ghost:
		return nil, fmt.Errorf("%s has no record", key)
	case !p.Job.owns(rec):
		return nil, fmt.Errorf("%s is a record of job %s, not of %s", key, rec.Owner, p.Job.Name)
	}
	return &Transferred{RemoteID: rec.RemoteID, Natural: rec.Attrs.Get(p.Job.Sink.Schema().Natural).Text()}, nil
}

// receive makes a record this job's.
func (p *Plan) receive(giver *Plan, key record.Key) (err error) {
	if p.store, err = state.Open(p.Job.State); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, giver.view.Release(), p.view.Release(), p.store.Close()) }()
	if p.run, err = p.store.Begin(p.Job.Name, p.Job.Was, p.Job.Target, p.Job.Sink.Schema(), p.now); err != nil {
		return err
	}
	end := state.End{Status: "transferred", Summary: plan.Summary{Unchanged: 1}}
	if err = p.store.Transfer(p.run, giver.known, giver.Job.Name, key, p.now); err != nil {
		end = state.End{Status: string(Failed), Error: err.Error()}
	}
	end.At = p.Job.Now()
	return errors.Join(err, p.store.End(p.run, end))
}

// lockBoth locks two jobs. It never waits for the one while it has the other, for a run of several jobs may take them the other way
// round, and wait too.
func lockBoth(ctx context.Context, a, b *Job, wait time.Duration) (release func(), err error) {
	for {
		freeA, err := a.lock(ctx, state.LockJob, a.Name, wait)
		if err != nil {
			return nil, err
		}
		freeB, err := b.lock(ctx, state.LockJob, b.Name, 0)
		if err == nil {
			return func() { freeB(); freeA() }, nil
		}
		freeA()
		if wait == 0 || !errors.Is(err, ErrBusy) {
			return nil, err
		}
		if freeB, err = b.lock(ctx, state.LockJob, b.Name, wait); err != nil {
			return nil, err
		}
		freeB()
	}
}
