package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// takeOver lets a claimant that would be held have the record whose natural key it has, where the job wants that and it is certain. If not,
// the verdict says what is in the way.
//
//	plan     the create gives way to what the record needs under its new key; the old key is missed by nobody
//	run      the record gets its key, and the change is journalled, in one commit; then the request is sent (state.Journal.Intend)
func (p *Plan) takeOver(c plan.Claimant, held *plan.Held) (taken bool, err error) {
	if !p.Job.Rules.TakeOverSame || held.Reason != plan.Rekey && held.Reason != plan.Reuse {
		return false, nil
	}
	created, err := p.view.ChangeOf(c.N)
	if err != nil {
		return false, err
	}
	s, v, err := p.succession(c, created.Change)
	switch {
	case err != nil:
		return false, err
	case v.Outcome == plan.IsHeld && v.Held.Reason != "":
		held.Reason = v.Held.Reason
		fallthrough
	case v.Outcome == plan.IsHeld:
		held.Detail += " It is not taken over: " + v.Held.Detail + "."
		return false, nil
	}
	if _, err := p.view.Withdraw(c.N); err != nil {
		return false, err
	}
	p.Requests -= p.Job.Sink.Requests(created.Change)
	p.Summary.Create--
	return true, p.succeed(s, v)
}

// succession decides on one claimant.
func (p *Plan) succession(c plan.Claimant, created plan.Change) (plan.Succession, plan.Verdict, error) {
	s, err := p.view.Succession(p.known, p.index, c, p.reading.Origin)
	if err != nil {
		return s, plan.Verdict{}, err
	}
	s.Created = created
	if why, unclear := p.unclear[s.Old.Key]; unclear {
		return s, plan.Verdict{Outcome: plan.IsHeld, Held: &plan.Held{Detail: why}}, nil
	}
	return s, p.rules().TakeOver(s), nil
}

// succeed plans what becomes of a record under its new key.
func (p *Plan) succeed(s plan.Succession, v plan.Verdict) error {
	p.Requests += p.requests(*v.Change)
	p.Summary.Count(plan.Changed, v.Change.Action)
	p.suspect = p.suspect || v.Change.Action == plan.Deactivate && v.Change.Cause == plan.Configuration
	s.Known = s.Old.Known // whose natural key is shown
	if err := p.view.AddVerdict(s.Case, 0, v, p.Job.Sink.Schema(), s.Created.Origin); err != nil {
		return err
	}
	return errors.Join(p.view.Doubt(s.Key), p.view.Doubt(s.Old.Key))
}

// leaves notes a key that was never seen, says that somebody has left, and has the natural key of a record that is switched on.
func (p *Plan) leaves(c plan.Case, v plan.Verdict) error {
	if !p.Job.Rules.TakeOverSame || v.Outcome != plan.NotNeeded || c.Known != nil || len(c.Wants) == 0 {
		return nil
	}
	natural := record.Fold(c.Wants[0].Attrs.Get(p.Job.Sink.Schema().Natural).Text())
	has, err := p.view.HasOn(p.known, natural)
	if err != nil || !has {
		return err
	}
	p.leavers++
	return p.view.Leave(c.Key, natural)
}

// takeOverLeavers switches the records off, under their new keys, of those who have left and have got a new key at once: leaving wins.
// Whose record that is not for certain needs none, as before.
func (p *Plan) takeOverLeavers() error {
	if p.leavers == 0 {
		return nil
	}
	for c, err := range p.view.Leavers(p.known, p.index) {
		if err != nil {
			return err
		}
		s, v, err := p.succession(c, plan.Change{})
		if err != nil {
			return err
		}
		if v.Outcome == plan.IsHeld {
			continue
		}
		p.Summary.NotNeeded--
		if err := p.succeed(s, v); err != nil {
			return err
		}
	}
	return nil
}

// requests is how many a change takes: a record that only gets its key takes none.
func (p *Plan) requests(c plan.Change) int {
	if len(c.After) == 0 {
		return 0
	}
	return p.Job.Sink.Requests(c)
}

// askGivers makes sure of the jobs from which records are taken over. One that runs by itself may be reading just now that its record has an
// entry again; of one that runs along, its plan says so.
func (p *Plan) askGivers(ctx context.Context, plans []*Plan) {
	if !p.Job.Rules.TakeOverSame || p.Status != Succeeded || p.Summary.Changes() == 0 {
		return
	}
	taken, err := p.view.TakenFromOthers()
	asked := map[string]string{} // what each job that does not run along says, "" for nothing
	for _, t := range taken {
		if err != nil {
			break
		}
		why := ""
		if giver := among(plans, t.Giver); giver != nil {
			why, err = giver.gives(t)
		} else if before, known := asked[t.Giver]; known {
			why = before
		} else {
			why, err = p.lockGiver(ctx, t.Giver)
			asked[t.Giver] = why
		}
		if err == nil && why != "" {
			err = p.leave(t, why)
		}
	}
	if err != nil {
		p.stopped(err)
	}
}

func among(plans []*Plan, job string) *Plan {
	for _, p := range plans {
		if p.Job.Name == job || p.Job.Was == job {
			return p
		}
	}
	return nil
}

// lockGiver keeps a job from running until this run has ended.
func (p *Plan) lockGiver(ctx context.Context, job string) (why string, err error) {
	release, err := state.Lock(ctx, p.Job.State, state.LockJob, job, 0)
	switch {
	case errors.Is(err, state.ErrLocked):
		return fmt.Sprintf("job %s, whose record it is, is running now; the next run looks again", job), nil
	case err != nil:
		return "", err
	}
	p.release = append(p.release, release)
	return "", nil
}

// gives says why a record of this plan's job is not to be taken, "" if it is; then its own deactivation is not sent.
func (p *Plan) gives(t state.Taken) (why string, err error) {
	if unread := p.Err != nil || !p.judged && !p.Same; unread {
		return fmt.Sprintf("job %s, whose record it is, could not read its source in this run", p.Job.Name), nil
	}
	mine, err := p.view.ChangesOfKey(t.Key)
	if err != nil {
		return "", err
	}
	known, err := p.view.KnownOf(p.known, t.Key)
	if err != nil {
		return "", err
	}
	shown, err := p.view.Shown(p.known, p.index, t.Key)
	if err != nil {
		return "", err
	}
	if shown && known != nil && known.Status == plan.Active {
		return fmt.Sprintf("%s is in the source of job %s", t.Key, p.Job.Name), nil
	}
	for _, c := range mine {
		if c.Action != plan.Deactivate || c.Cause != plan.Absence || c.Waiting {
			return fmt.Sprintf("job %s changes %s itself in this run", p.Job.Name, t.Key), nil
		}
	}
	for _, c := range mine {
		if _, err := p.view.Withdraw(c.N); err != nil {
			return "", err
		}
		p.Summary.Deactivate--
		p.Requests -= p.Job.Sink.Requests(c.Change)
	}
	return "", nil
}

// leave holds a change that would have taken a record over.
func (p *Plan) leave(t state.Taken, why string) error {
	c, err := p.view.Withdraw(t.N)
	if err != nil {
		return err
	}
	p.Requests -= p.requests(c.Change)
	p.Summary.Hold(c.Action)
	detail := fmt.Sprintf("its %s is that of %s of job %s. It is not taken over: %s.", p.Job.Sink.Schema().Natural, t.Key, t.Giver, why)
	claimant := plan.Claimant{Key: c.Key, Holder: &plan.Holder{Key: t.Key, Job: t.Giver}}
	return p.view.Hold(state.Held{Ident: string(c.Key), Key: c.Key, Origin: c.Origin, Reason: plan.Rekey, About: t.Key, Detail: detail + p.settledBy(claimant, plan.Rekey)})
}
