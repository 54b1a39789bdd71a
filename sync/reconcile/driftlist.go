package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
)

// shown is what the records of a listing show, all taken together.
type shown struct {
	names      map[string]bool
	references bool
}

// list reads the target's listing into the draft, from its beginning again where an answer was lost.
func (d *Drift) list(ctx context.Context, p *Plan, lister sinks.Lister) (shown, error) {
	pause := newPause()
	for attempt := 1; ; attempt++ {
		all, err := d.listOnce(ctx, p, lister)
		e, answered := errors.AsType[*sinks.Error](err)
		switch {
		case err == nil:
			return all, nil
		case !answered: // the draft's
			return all, err
		case e.RetryAfter > p.Job.Delivery.MaxWait:
			return all, p.park(e)
		case attempt >= p.Job.Delivery.Attempts || e.Class != sinks.Unknown && e.Class != sinks.Unsent:
			return all, fmt.Errorf("list the target: %w", err)
		}
		if err := pause.wait(ctx); err != nil {
			return all, err
		}
	}
}

func (d *Drift) listOnce(ctx context.Context, p *Plan, lister sinks.Lister) (shown, error) {
	all := shown{names: map[string]bool{}}
	if err := d.view.BeginDrift(); err != nil {
		return all, err
	}
	natural := p.Job.Sink.Schema().Natural
	for f, err := range lister.List(ctx) {
		if err != nil {
			return all, asError(err)
		}
		for _, a := range f.Attrs {
			all.names[a.Name] = true
		}
		all.references = all.references || f.Reference != ""
		if err := d.view.AddFound(state.Listed(f), natural); err != nil {
			return all, err
		}
	}
	var err error
	d.Listed, err = d.view.EndFound()
	return all, err
}

// park notes that the target asked for a pause, so that nobody else sends before.
func (p *Plan) park(e *sinks.Error) error {
	until := p.parked(e)
	store, err := state.Open(p.Job.State)
	if err != nil {
		return errors.Join(until, err)
	}
	var parked errParked
	errors.As(until, &parked)
	return errors.Join(until, store.Park(p.known.Target, parked.at, parked.until, parked.why), store.Close())
}

// sameIDs refuses to compare where the listing shows ids of another kind than updates want: what it has under such an id is another
// record, and everything would seem to have changed.
func (p *Plan) sameIDs() error {
	if _, doubtful := p.Job.Sink.(sinks.Confirmer); !doubtful {
		return nil
	}
	ours, elsewhere, err := p.view.SameIDs(p.known)
	if err != nil || elsewhere <= ours {
		return err
	}
	return fmt.Errorf("the target lists %d records of job %s under another id than the state has, and %d under the same: its listing shows ids of another kind than its updates want "+
		"(of Clarus users, `user_id` of the sink says which), or the records were made anew; nothing was compared", elsewhere, p.Job.Name, ours)
}
