package reconcile

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// readAhead is how many changes are read from the draft at a time, and how many that succeeded it is told at a time.
const readAhead = 256

// settleTime is how long requests in flight may take when a run is stopped; afterwards they are left to the journal.
const settleTime = 20 * time.Second

// roomy is the least that the heap counts as, in bytes, while changes are sent. It is collected when it has doubled: of a few megabytes that is
// every few hundred changes, and each time all stacks are looked at, of which every request in flight has three: a seventh of the work.
const roomy = 32 << 20

// room is what the heap lacks to be roomy. Its memory is never cleared, nor touched, so that only the collector sees it.
func room() *strings.Builder {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	var b strings.Builder
	b.Grow(max(0, roomy-int(live[0].Value.Uint64())))
	return &b
}

// send sends the plans of one target step by step: deactivations of all of them first.
func send(ctx context.Context, plans []*Plan, o Options) {
	flight, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(settleTime, cancel) })()
	type share struct {
		sender *sender
		steps  []state.Step
	}
	var shares []share
	var steps []state.Step
	for _, p := range plans {
		if p.Status != Succeeded || p.Summary.Changes() == 0 {
			continue
		}
		if err := p.prove(flight); err != nil {
			p.stopped(err)
			continue
		}
		mine, err := p.view.Steps()
		if err == nil {
			err = p.view.Rest()
		}
		if err != nil {
			p.Status, p.Err = Failed, err
			continue
		}
		shares = append(shares, share{newSender(p, flight, o), mine})
		steps = append(steps, mine...)
	}
	if len(shares) == 0 {
		return
	}
	defer runtime.KeepAlive(room())
	slices.SortFunc(steps, func(a, b state.Step) int { return 10*(a.Wave-b.Wave) + int(a.Action) - int(b.Action) })
	for _, step := range slices.Compact(steps) {
		for _, s := range shares {
			if slices.Contains(s.steps, step) {
				s.sender.step(ctx, step)
			}
		}
	}
	for _, s := range shares {
		s.sender.end(ctx)
		if p := s.sender.p; p.doubt != nil && p.doubt.Proven() {
			if err := p.store.SetProven(p.run.Targ); err != nil && p.Err == nil {
				p.Status, p.Err = Failed, err
			}
		}
	}
}

// prove tries one id that adoption found in a listing, before the first change by such an id: of the wrong kind it is somebody else's.
func (p *Plan) prove(ctx context.Context) error {
	sink, asks := p.Job.Sink.(sinks.Confirmer)
	if !asks || p.known.Unproven == "" {
		return nil
	}
	e := asError(sink.Confirm(ctx, p.known.Unproven, p.known.UnprovenAs))
	switch {
	case e == nil:
		return p.store.SetProven(p.run.Targ)
	case e.RetryAfter > p.Job.Delivery.MaxWait:
		return p.parked(e)
	case e.Class == sinks.Halt:
		return fmt.Errorf("stopped: the ids that the target lists may be of another kind than its updates want; if not, `rosterd adopt %s` looks again: %w", p.Job.Name, e)
	}
	p.doubt = sink // nothing was proven: the answers to the first updates are looked at
	return nil
}

// sender sends one plan. Its fields belong to the goroutine that calls step; workers only deliver.
type sender struct {
	p       *Plan
	flight  context.Context
	options Options
	done    int
	total   int
	failed  map[record.Key]bool // whose change did not succeed: who waits for it is held
	gone    []state.Planned     // to be created anew
	streak  streak
	stop    error
	quiet   []int64 // changes that succeeded, which the draft is still to be told
}

// delivered is what a worker made of a change.
type delivered struct {
	change state.Planned
	rest   plan.Change // what of it the next run plans anew, if it did not succeed
	result state.Result
	detail string
	code   string
	// remoteID is that of the record, where it is known.
	remoteID string
	looked   bool // it is as a look-up showed it, which need not be as it was sent

	hold  plan.Reason // "" for none
	until time.Time
	halt  error // the run stops
}

func newSender(p *Plan, flight context.Context, o Options) *sender {
	p.Total = p.Summary.Changes()
	return &sender{p: p, flight: flight, options: o, total: p.Total, failed: map[record.Key]bool{}}
}

// step sends the changes of one step, and anew what turned out to be gone from the target.
func (s *sender) step(ctx context.Context, step state.Step) {
	s.batch(ctx, s.changes(step))
	for len(s.gone) > 0 && s.going(ctx) {
		gone := s.gone
		s.gone = nil
		s.batch(ctx, slices.Values(gone))
	}
}

// batch sends changes, several at a time, and returns when all are settled.
func (s *sender) batch(ctx context.Context, changes iter.Seq[state.Planned]) {
	// About twice as many workers as requests in flight: while one half waits for answers and their settlement, the intentions of the other
	// half get durable.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	flight := sinks.WithStop(s.flight, ctx)
	n := s.p.Job.Delivery.Workers
	work, results, slots := make(chan state.Planned), make(chan delivered, 2*n), make(chan struct{}, n)
	var workers sync.WaitGroup
	for range 2*n - 1 { // of one alone the order is that of the plan
		workers.Go(func() {
			for c := range work {
				results <- s.p.deliver(ctx, flight, cancel, slots, c)
			}
		})
	}
	inFlight := 0
	for c := range changes {
		for sent := false; !sent && s.going(ctx); {
			select {
			case work <- c:
				inFlight++
				sent = true
			case r := <-results:
				inFlight--
				s.take(r)
			}
		}
		if !s.going(ctx) {
			break
		}
	}
	close(work)
	if !s.going(ctx) {
		cancel()
	}
	for ; inFlight > 0; inFlight-- {
		if s.take(<-results); !s.going(ctx) {
			cancel() // what is journalled ahead is not sent
		}
	}
	workers.Wait()
	if err := s.record(); err != nil && s.stop == nil {
		s.stop = err
	}
}

func (s *sender) going(ctx context.Context) bool {
	return s.stop == nil && ctx.Err() == nil && !s.due()
}

// due reports whether the run has to make way for the next one.
func (s *sender) due() bool {
	return !s.options.Until.IsZero() && !s.p.Job.Now().Before(s.options.Until)
}

// changes gives those of a step that may be sent, reading the draft in portions.
func (s *sender) changes(step state.Step) iter.Seq[state.Planned] {
	return func(yield func(state.Planned) bool) {
		after := int64(0)
		for s.stop == nil {
			some, err := s.p.view.Changes(step, after, readAhead)
			if err != nil {
				s.stop = err
			}
			if len(some) == 0 {
				return
			}
			for _, c := range some {
				after = c.N
				if c.Waits != "" && s.failed[c.Waits] {
					s.take(delivered{change: c, rest: c.Change, result: state.Exists, hold: plan.Conflict,
						detail: fmt.Sprintf("its %s is that of %s, whose own change did not succeed; it is tried again with that one", s.p.Job.Sink.Schema().Natural, c.Waits)})
					continue
				}
				if !yield(c) {
					return
				}
			}
		}
	}
}

// end says how the sending of the plan came out.
func (s *sender) end(ctx context.Context) {
	p := s.p
	switch {
	case s.stop != nil:
		p.stopped(s.stop)
	case ctx.Err() != nil:
		p.Status = Cancelled
	case s.done < s.total && s.due():
		p.Status = Continued
	case p.Results[state.Succeeded]+p.Results[state.Adopted]+p.Results[state.Gone] < s.done:
		p.Status = Partial
	}
}
