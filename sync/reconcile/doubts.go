package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// settleDoubts settles the changes of earlier runs whose answer never came, for a crash, a cut or attempts used up, and judges again.
// It only looks; a create that is found is ours, for it is journalled and was not settled.
//
//	change     found                                  not found
//	create     settled with the id found              settled as not done; the plan creates it again
//	others     settled as lost: what was sent is unverified, and the plan sends it again (they are idempotent)
func (p *Plan) settleDoubts(ctx context.Context, o Options) {
	if p.Err != nil || p.Status != "" || p.Same {
		return
	}
	fresh, err := p.refresh()
	if err == nil && p.known.Parked(p.Job.Now()) { // since it was read
		p.Status, p.Resume = Parked, p.known.ParkedUntil
		return
	}
	if err == nil && p.Doubts > 0 && (!p.New || o.First) { // a new job asks its target nothing unless it is told to
		err = p.settleEach(ctx)
		fresh = true
	}
	if err == nil && (fresh || !p.judged) {
		err = p.judge()
	}
	if err != nil {
		p.stopped(err)
	}
}

// refresh looks at the state as it is now, under the target's lock, and reports whether anybody changed it since it was judged.
func (p *Plan) refresh() (changed bool, err error) {
	if err := p.view.Refresh(); err != nil {
		return false, err
	}
	now, err := p.view.Job(p.Job.Name, p.Job.Was, p.Job.Target)
	if err != nil {
		return false, err
	}
	changed = now.Version != p.known.Version || now.Target != p.known.Target
	p.known = now
	p.New = now.ID == 0
	p.Doubts, err = p.view.HasDoubts(now.Target)
	return changed, err
}

func (p *Plan) settleEach(ctx context.Context) (err error) {
	if p.store, err = state.Open(p.Job.State); err != nil {
		return err
	}
	p.unclear = map[record.Key]string{}
	doubts, err := p.view.Doubts(p.known.Target)
	if err != nil {
		return err
	}
	for _, d := range doubts {
		d.Run.Sch, d.Run.Clock = p.Job.Sink.Schema(), p.Job.Now
		o, err := p.clear(ctx, d)
		if e := asError(err); e != nil && e.RetryAfter > p.Job.Delivery.MaxWait {
			return p.parked(e)
		}
		if e := asError(err); e != nil && e.Class == sinks.Halt {
			return fmt.Errorf("look up an earlier %s of %s: %w", d.Action, d.Key, err)
		}
		if err != nil { // it stays unsettled, and its record is left alone
			p.unclear[d.Key] = fmt.Sprintf("an earlier %s has no certain answer, and it could not be looked up: %v", d.Action, err)
			continue
		}
		err = p.store.Journal().Settle(d.Run, d.Seq, d.Change, o)
		if errors.As(err, new(*state.TakenError)) { // what was found is another key's, so ours is not there
			err = p.store.Journal().Settle(d.Run, d.Seq, d.Change, notFound())
		}
		if errors.Is(err, state.ErrOwned) { // its key has a record of another job meanwhile, so it will never be settled as done
			err = p.store.Journal().Settle(d.Run, d.Seq, d.Change, state.Outcome{Result: state.Failed, Detail: err.Error()})
		}
		if err != nil {
			return err
		}
	}
	_, err = p.refresh()
	return err
}

// notFound is the outcome of a create that had no answer and is not there.
func notFound() state.Outcome {
	return state.Outcome{Result: state.Failed, Detail: "no answer was had, and it was not found"}
}

// clear finds out what became of one change.
func (p *Plan) clear(ctx context.Context, d state.Doubt) (state.Outcome, error) {
	if d.Action != plan.Create {
		return state.Outcome{Result: state.Lost, Detail: "no answer was had; it is sent again"}, nil
	}
	found, err := p.Job.lookup(ctx, d.Change)
	switch {
	case err != nil:
		return state.Outcome{}, err
	case found == nil || !p.Job.ours(found, d.Change):
		return notFound(), nil
	}
	return p.Job.foundOut(found), nil
}

// ours reports whether a record that was found carries the change's key, or no key that can be seen, and may be touched.
func (j *Job) ours(f *sinks.Found, c plan.Change) bool {
	return f.Foreign == "" && (f.Reference == "" || f.Reference == string(c.Key)) && !j.Rules.Untouchable(f.RemoteID, f.Attrs)
}

// lookup finds a change's record, again and again while the answer is not known.
func (j *Job) lookup(ctx context.Context, c plan.Change) (*sinks.Found, error) {
	pause := newPause()
	for attempt := 1; ; attempt++ {
		found, err := j.Sink.Lookup(ctx, c.Key, c.After)
		e := asError(err)
		if e == nil || attempt >= j.Delivery.Attempts || e.Class != sinks.Unknown && !e.Throttled || e.RetryAfter > j.Delivery.MaxWait {
			return found, err
		}
		if err := pause.wait(ctx); err != nil {
			return nil, e
		}
	}
}
