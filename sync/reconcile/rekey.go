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

// RekeyOptions are what whoever rekeys may say.
type RekeyOptions struct {
	DryRun bool          // find out, and write nothing
	Ahead  bool          // the source is not read, for it has the old keys still; not with RekeyBy
	Wait   time.Duration // for others, as Options.Wait
}

// Move gives the record of one key another. Line is where that stands, for messages; 0 for nowhere.
type Move struct {
	Old, New record.Key
	Line     int
}

// Moved is one record under its new key.
type Moved struct {
	Old      record.Key `json:"old"`
	New      record.Key `json:"new"`
	RemoteID string     `json:"remote_id"`
	Natural  string     `json:"natural"` // as last applied
}

// Unclear is a new key that one record alone can't be paired with.
type Unclear struct {
	Key    record.Key `json:"key"`
	Detail string     `json:"detail"`
}

// Rekeying is what a rekey did, or would do.
type Rekeying struct {
	Moved     []Moved   // by the order that they were given in, or by the new key
	Unclear   []Unclear // left out; only of RekeyBy
	Unmatched int       // new keys whose value no record that is gone has; only of RekeyBy
}

// Rekey gives records of the job other keys, all at once and all or none: chains and swaps are as good as any. It writes the state
// alone; what differs is planned at the next run. If anything is wrong with a move, the error is a *MovesError with all that is.
//
// Unless it is ahead of the source, that is read: who still has an entry under the old key, or none under the new one, was not rekeyed there.
func (j *Job) Rekey(ctx context.Context, moves []Move, o RekeyOptions) (*Rekeying, error) {
	if err := distinct(moves); err != nil {
		return nil, err
	}
	return j.rekey(ctx, o, "", func(*rekeyer) ([]Move, error) { return moves, nil })
}

// rekey locks the job, reads its source, asking it for an attribute if one pairs the keys, finds the moves under the lock of its target, checks and writes them.
func (j *Job) rekey(ctx context.Context, o RekeyOptions, by string, find func(*rekeyer) ([]Move, error)) (*Rekeying, error) {
	if err := j.mustBeKnown(); err != nil { // before a lock leaves a file
		return nil, err
	}
	release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)
	if err != nil {
		return nil, err
	}
	defer release()
	p := &Plan{Job: j, now: j.Now()}
	if o.Ahead {
		p.Err = p.open()
	} else {
		p = j.readInto(ctx, &Plan{pairing: by})
	}
	defer p.Close()
	if p.Err != nil {
		return nil, p.Err
	}
	free, err := j.lock(ctx, state.LockTarget, j.Target, o.Wait)
	if err != nil {
		return nil, err
	}
	defer free()
	if _, err := p.refresh(); err != nil { // others may have changed records while this one waited
		return nil, err
	}
	r := &rekeyer{p: p, options: o, out: &Rekeying{}}
	moves, err := find(r)
	if err == nil {
		err = r.check(moves)
	}
	if err == nil && len(moves) > 0 && !o.DryRun {
		err = r.write(moves)
	}
	return r.out, err
}

// mustBeKnown says so if the state knows nothing of the job.
func (j *Job) mustBeKnown() error {
	v, err := state.OpenView(j.State)
	if err != nil {
		return err
	}
	known, err := v.Job(j.Name, j.Was, j.Target)
	if err = errors.Join(err, v.Close()); err == nil && known.ID == 0 {
		err = fmt.Errorf("job %s has no records: the state %s does not know it", j.Name, j.State)
	}
	return err
}

type rekeyer struct {
	p       *Plan
	options RekeyOptions
	out     *Rekeying
	nobody  string // the first entry whose value can't be told, and why: it could be anybody's
}

// write does it. Nothing is sent.
func (r *rekeyer) write(moves []Move) (err error) {
	p := r.p
	if p.store, err = state.Open(p.Job.State); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.view.Release(), p.store.Close()) }()
	if p.run, err = p.store.Begin(p.Job.Name, p.Job.Was, p.Job.Target, p.Job.Sink.Schema(), p.now); err != nil {
		return err
	}
	all := make([]state.Move, len(moves))
	for i, m := range moves {
		all[i] = state.Move{Old: m.Old, New: m.New}
	}
	receipt, err := p.receipt()
	if err != nil {
		return err
	}
	end := state.End{Status: "rekeyed", Receipt: receipt, Summary: plan.Summary{Unchanged: len(moves)}}
	if err = p.store.Rekey(p.run, all, p.now); err != nil {
		end = state.End{Status: string(Failed), Error: err.Error(), Receipt: receipt}
	}
	end.At = p.Job.Now()
	return errors.Join(err, p.store.End(p.run, end))
}
