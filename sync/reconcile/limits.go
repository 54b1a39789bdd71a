package reconcile

import (
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// portion is how many changes of the draft are looked at in one go.
const portion = 256

// limits holds the plan against its limits: first what was approved, which is over none, and what waits whatever its limit is; then all else
// together, for limits are on the whole plan.
//
//	approved                                sent
//	switched off by the configuration       waits
//	over a limit, on_limit: block           nothing at all is sent but what was approved
//	over a limit, on_limit: withhold        waits, all that counts in the limit; of an attribute, it alone is left out
//	follows a change that waits             waits
func (p *Plan) limits() error {
	granted, err := p.view.Granted(p.known, p.now)
	if err != nil {
		return err
	}
	if p.granted, p.Approved = granted, ""; len(granted) > 0 || p.suspect {
		if err := p.eachChange(p.before); err != nil {
			return err
		}
	}
	totals, err := p.view.Totals(p.Job.Sink.Schema().Active)
	if err != nil {
		return err
	}
	if err := p.check(totals); err != nil {
		return err
	}
	if plan.Exceeded(p.Limits) {
		if err := p.eachChange(p.exceed); err != nil {
			return err
		}
	}
	if p.Waiting, err = p.view.WaitingCount(); err != nil || p.Waiting == 0 {
		return err
	}
	if err := p.followers(); err != nil {
		return err
	}
	p.Waiting, err = p.view.WaitingCount()
	return err
}

// check holds totals against the limits, together with what was done in the last day.
func (p *Plan) check(t plan.Totals) (err error) {
	t.Recent, err = p.view.Recent(p.known, p.now.Add(-plan.Day))
	p.Limits = p.Job.Limits.Check(t, p.known.Active)
	return err
}

// eachChange visits every change that does not wait yet. Those that the visits add are not visited.
func (p *Plan) eachChange(visit func(state.Planned) error) error {
	last, err := p.view.LastChange()
	if err != nil {
		return err
	}
	for after := int64(0); after < last; {
		some, err := p.view.Portion(after, portion)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, c := range some {
			if after = c.N; c.Waiting || c.N > last {
				continue
			}
			if err := visit(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// before decides on what does not depend on the rest of the plan.
func (p *Plan) before(c state.Planned) error {
	if approved, err := p.approve(c, c.Change); approved || err != nil {
		return err
	}
	if over := c.Exceeds(nil); over.Limit != "" {
		return p.withhold(c, over.Limit)
	}
	return nil
}

// approve marks a change as approved if somebody approved just this part of it, or all.
func (p *Plan) approve(c state.Planned, part plan.Change) (approved bool, err error) {
	if len(p.granted) == 0 {
		return false, nil
	}
	digest := p.digestOfChange(part)
	for _, a := range p.granted {
		if a.Covers(digest) {
			p.Approved = a.By
			return true, p.view.MarkApproved(c.N, a.By, digest)
		}
	}
	return false, nil
}

// exceed marks a change that is over a limit, and withholds it if it is to.
func (p *Plan) exceed(c state.Planned) error {
	over := c.Exceeds(p.Limits)
	switch {
	case c.Approved != "":
		return nil
	case p.Exceeded():
		return p.view.MarkOver(c.N, over.Limit, false)
	case !p.Job.Withhold && over.Limit == "":
		return p.withhold(c, plan.OverRest)
	case over.Limit == "":
		return nil
	case over.Attributes == nil, !p.Job.Withhold:
		return p.withhold(c, over.Limit)
	}
	rest, left := c.Split(over.Attributes)
	if approved, err := p.approve(c, left); approved || err != nil {
		return err
	}
	if len(rest.After) == 0 {
		return p.withhold(c, over.Limit)
	}
	sink := p.Job.Sink
	p.Requests += sink.Requests(rest) - sink.Requests(c.Change)
	return p.view.Split(c.N, rest, left, over.Limit, sink.Schema())
}

// withhold has a whole change wait.
func (p *Plan) withhold(c state.Planned, over string) error {
	p.Summary.Withhold(c.Action)
	p.Requests -= p.requests(c.Change)
	return p.view.MarkOver(c.N, over, true)
}

// followers withholds what could only be refused now: whose natural key is not given up.
func (p *Plan) followers() error {
	for {
		some, err := p.view.Followers()
		if err != nil || len(some) == 0 {
			return err
		}
		for _, c := range some {
			if err := p.withhold(c, plan.OverOrder); err != nil {
				return err
			}
		}
	}
}
