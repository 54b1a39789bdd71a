package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// mostThrottled is how often one change may be told to slow down: it was not done, so that is no attempt, but it must end.
const mostThrottled = 50

// delivery is one change on its way.
//
//	intend ──► send ──► success ─────────────────────────────────► settle
//	            ▲  │
//	            │  ├─ unsent, throttled ──► pause ──► again
//	            │  ├─ unknown, create ────► look up ──► found: ours ──► settle
//	            │  │                            └─ not found ──► again
//	            │  ├─ unknown, others ────► pause ──► again: idempotent
//	            │  ├─ exists ─────────────► look up ──► adopt or hold ──► settle
//	            │  ├─ refused, denied, not found ──► hold ─────────► settle
//	            └──┴─ halt ───────────────► settle as not sent, stop the run
//
// Attempts used up leave the change unsettled in the journal; the next run settles it first.
type delivery struct {
	p         *Plan
	ctx       context.Context // no new request after it has ended
	flight    context.Context // requests in flight end with it
	c         state.Planned
	seq       int64
	pause     *pause
	attempts  int
	throttled int
	unknown   bool // an attempt may have been done
}

// deliver brings one change to an end, step by step where its target takes several requests. A step that does not succeed ends it: the
// next run finds the rest.
func (p *Plan) deliver(ctx, flight context.Context, stop func(), slots chan struct{}, c state.Planned) (out delivered) {
	steps := []plan.Change{c.Change}
	if s, ok := p.Job.Sink.(sinks.Stepper); ok && len(c.After) > 0 {
		steps = s.Steps(c.Change)
	}
	id, looked := c.RemoteID, false
	for i, step := range steps {
		if step.Action != plan.Create {
			step.RemoteID = id
		}
		if step.Part = i > 0; step.Part {
			step.TakesOver, step.Giver = "", "" // it is done with the first
		}
		out = p.deliverStep(ctx, flight, stop, slots, state.Planned{N: c.N, Change: step})
		looked = looked || out.looked
		out.change, out.rest, out.looked = c, c.Change, looked
		if i > 0 {
			out.rest = step
		}
		if out.result != state.Succeeded {
			if i > 0 {
				out.detail = "done in part, then: " + out.detail
			}
			return out
		}
		id = out.remoteID
	}
	return out
}

// deliverStep brings one request's change to an end. It is called from several goroutines. A slot is held from before the change is
// sent until it is settled, so that a crash leaves no more changes than slots that were sent and whose outcome is not known. It calls
// stop where nothing more can be sent.
func (p *Plan) deliverStep(ctx, flight context.Context, stop func(), slots chan struct{}, c state.Planned) (out delivered) {
	d := &delivery{p: p, ctx: ctx, flight: flight, c: c, pause: newPause()}
	var err error
	d.seq, d.c.Have, err = p.store.Journal().Intend(p.run, c.Change)
	switch {
	case errors.Is(err, state.ErrOwned):
		return delivered{result: state.Unsent, detail: err.Error(), hold: plan.Owned}
	case errors.Is(err, state.ErrStale):
		return delivered{result: state.Unsent, detail: err.Error(), hold: plan.Failed}
	case err != nil:
		return delivered{result: state.Unsent, detail: err.Error(), halt: err}
	case d.seq == 0: // a record got its key, and nothing differs
		return delivered{result: state.Succeeded, remoteID: c.RemoteID}
	}
	if p.doubt != nil && c.Action != plan.Create {
		p.doubt.Doubt(c.RemoteID, d.c.Have.Get(p.run.Sch.Natural).Text())
	}
	slots <- struct{}{}
	defer func() {
		if out.halt != nil {
			stop() // before another one gets the slot
		}
		<-slots
	}()
	if ctx.Err() != nil { // while it waited for its slot
		out, _ := d.settle(state.Outcome{Result: state.Unsent, Detail: "the run was stopped before it was sent"})
		return out
	}
	for {
		if out, done := d.attempt(); done {
			return out
		}
	}
}

// attempt sends once, and says what to do with the answer.
func (d *delivery) attempt() (delivered, bool) {
	id, err := d.p.Job.Sink.Apply(d.flight, d.c.Change)
	e := asError(err)
	if e == nil {
		return d.settle(state.Outcome{Result: state.Succeeded, RemoteID: id})
	}
	if e.RetryAfter > d.p.Job.Delivery.MaxWait {
		return d.park(e)
	}
	switch e.Class {
	case sinks.Unsent:
		return d.unsent(e)
	case sinks.Unknown:
		return d.doubtful(e)
	case sinks.Exists:
		return d.exists(e)
	case sinks.NotFound:
		return d.notFound(e)
	case sinks.Denied:
		return d.held(e, state.Denied, plan.Denied)
	case sinks.Halt:
		out, _ := d.settle(state.Outcome{Result: state.Unsent, Code: e.Code, Detail: e.Error()})
		out.halt = fmt.Errorf("stopped: %w", e)
		return out, true
	default:
		return d.held(e, state.Refused, plan.Refused)
	}
}

// settle writes the outcome down; only then is it one.
func (d *delivery) settle(o state.Outcome) (delivered, bool) {
	out := delivered{result: o.Result, code: o.Code, detail: o.Detail, remoteID: d.c.RemoteID, looked: o.Looked}
	if o.RemoteID != "" {
		out.remoteID = o.RemoteID
	}
	if d.unknown {
		var known bool
		if o, known = d.afterDoubt(o); !known {
			out.result = state.Unknown
			return out, true
		}
	}
	if err := d.p.store.Journal().Settle(d.p.run, d.seq, d.c.Change, o); err != nil {
		if taken, ok := errors.AsType[*state.TakenError](err); ok {
			return d.conflict(err.Error(), !taken.Expected)
		}
		out.result, out.halt = state.Unknown, err
	}
	return out, true
}

// afterDoubt is what an answer means when an earlier attempt had none. A create was looked up in between and not found; what an
// update may have altered is unverified from now on. Not known: the journal keeps it.
func (d *delivery) afterDoubt(o state.Outcome) (state.Outcome, bool) {
	switch o.Result {
	case state.Succeeded, state.Adopted:
		return o, true
	case state.Unsent:
		return o, false
	}
	if d.c.Action != plan.Create {
		o.Result = state.Lost
	}
	return o, true
}

// held settles what the target refuses, and remembers the change so that it is not sent again soon.
func (d *delivery) held(e *sinks.Error, r state.Result, why plan.Reason) (delivered, bool) {
	out, _ := d.settle(state.Outcome{Result: r, Code: e.Code, Detail: e.Error()})
	out.hold, out.until = why, d.p.now.Add(d.p.Job.Delivery.RetryRefused)
	return out, true
}

func (d *delivery) unsent(e *sinks.Error) (delivered, bool) {
	if d.throttled++; e.Throttled && d.throttled < mostThrottled || !e.Throttled && d.again() {
		if d.pause.wait(d.ctx) == nil {
			return delivered{}, false
		}
	}
	out, _ := d.settle(state.Outcome{Result: state.Unsent, Detail: e.Error()})
	if d.ctx.Err() == nil {
		out.hold = plan.Failed
	}
	return out, true
}

// doubtful repeats what is idempotent; a create is looked up first.
func (d *delivery) doubtful(e *sinks.Error) (delivered, bool) {
	d.unknown = true
	if !d.again() || d.pause.wait(d.ctx) != nil {
		return d.unsettled(e)
	}
	if d.c.Action != plan.Create {
		return delivered{}, false
	}
	found, err := d.p.Job.lookup(d.flight, d.c.Change)
	switch looked := asError(err); {
	case looked != nil:
		return d.blind(looked)
	case found == nil || !d.p.Job.ours(found, d.c.Change):
		return delivered{}, false
	}
	return d.settle(d.p.Job.foundOut(found))
}

// blind leaves a change to the journal that could not be looked up, and stops the run where nothing can be.
func (d *delivery) blind(e *sinks.Error) (delivered, bool) {
	out, _ := d.unsettled(e)
	out.halt = d.ends(e)
	return out, true
}

// ends is what a look-up's error means for the run; nil: it goes on.
func (d *delivery) ends(e *sinks.Error) error {
	switch {
	case e.RetryAfter > d.p.Job.Delivery.MaxWait:
		return d.p.parked(e)
	case e.Class == sinks.Halt:
		return fmt.Errorf("stopped: %w", e)
	}
	return nil
}

// unsettled leaves a change to the journal: the next run settles it first.
func (d *delivery) unsettled(e *sinks.Error) (delivered, bool) {
	return delivered{result: state.Unknown, code: e.Code, hold: plan.Failed,
		detail: fmt.Sprintf("no certain answer after %d attempts, the next run finds out: %v", d.attempts, e)}, true
}

// again reports whether another attempt is left.
func (d *delivery) again() bool {
	d.attempts++
	return d.attempts < d.p.Job.Delivery.Attempts
}

func (d *delivery) park(e *sinks.Error) (delivered, bool) {
	d.unknown = d.unknown || e.Class == sinks.Unknown
	out, _ := d.settle(state.Outcome{Result: state.Unsent, Detail: e.Error()})
	out.halt = d.p.parked(e)
	return out, true
}

func (p *Plan) parked(e *sinks.Error) error {
	now := p.Job.Now()
	return errParked{at: now, until: now.Add(e.RetryAfter), why: e.Error()}
}

// notFound: what is gone need not be switched off; anything else is held, or created anew.
func (d *delivery) notFound(e *sinks.Error) (delivered, bool) {
	switch {
	case d.c.Action == plan.Deactivate:
		return d.settle(state.Outcome{Result: state.Succeeded, Code: e.Code, Detail: "it is not in the target any more"})
	case d.c.Action == plan.Create:
		return d.held(e, state.Refused, plan.Refused)
	case d.p.Job.Delivery.Recreate:
		d.unknown = false // whatever an attempt did, the record is not there
		return d.settle(state.Outcome{Result: state.Gone, Code: e.Code, Detail: "it is not in the target any more"})
	}
	return d.held(e, state.NotFound, plan.MissingThen)
}

func asError(err error) *sinks.Error {
	var e *sinks.Error
	if err == nil || errors.As(err, &e) {
		return e
	}
	return &sinks.Error{Class: sinks.Unknown, Message: err.Error(), Err: err}
}
