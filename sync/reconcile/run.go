package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/state"
)

// Options are what whoever starts a run may say.
type Options struct {
	First    bool             // send for a job that the state does not know
	Confirm  func(*Plan) bool // asked instead, if not nil: is this new job to be sent?
	Until    time.Time        // no new change is sent afterwards, and the run ends as continued; zero: no such time
	Wait     time.Duration    // for another process that sends to the target; below 0: as long as it takes
	Command  string           // who sends, for others that find the target locked
	Progress func(Progress)   // called after each change, from one goroutine; may be nil
}

// Progress is how far the sending of one job is.
type Progress struct {
	Job         string
	Done, Total int
}

// ErrBusy says that another process is running the job, or sending to its target.
var ErrBusy = errors.New("busy")

// busy is an ErrBusy in words.
type busy struct{ text string }

func (b busy) Error() string      { return b.text }
func (busy) Is(target error) bool { return target == ErrBusy }

// Run runs jobs of one target once: it reads, plans, and sends what their limits allow, deactivations of every job first. The
// caller closes the plans, which say what became of each job. No new request is made after ctx ends; those in flight are settled.
func Run(ctx context.Context, jobs []*Job, o Options) []*Plan {
	var plans []*Plan
	for _, j := range jobs {
		plans = append(plans, j.begin(ctx, o))
	}
	if release, locked := lockTarget(ctx, plans, o); locked {
		defer release()
		for _, p := range plans {
			p.settleDoubts(ctx, o)
		}
	}
	for _, p := range plans {
		p.ready(ctx, o)
	}
	for _, p := range plans { // only those that are sent keep another job from switching its record off
		p.askGivers(ctx, plans)
	}
	send(ctx, plans, o)
	for _, p := range plans {
		p.finish()
	}
	return plans
}

// begin locks the job, reads and plans.
func (j *Job) begin(ctx context.Context, o Options) *Plan {
	release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)
	if err != nil {
		return &Plan{Job: j, now: j.Now(), Err: err}
	}
	j.Log.Info().Str("job", j.Name).Str("target", j.Target).Msg("run started")
	p := j.read(ctx, true)
	p.release = append(p.release, release)
	if p.Err == nil && !p.Same && p.Doubts == 0 { // with doubts it would be judged in vain
		p.Err = p.judge()
	}
	if p.Err == nil && p.known.Parked(p.now) {
		p.Status, p.Resume = Parked, p.known.ParkedUntil
	}
	return p
}

// lock takes one of the job's locks, or says who has it.
func (j *Job) lock(ctx context.Context, class byte, name string, wait time.Duration) (release func(), err error) {
	release, err = state.Lock(ctx, j.State, class, name, wait)
	switch {
	case !errors.Is(err, state.ErrLocked):
		return release, err
	case class == state.LockJob:
		return nil, busy{fmt.Sprintf("job %s is running already%s; %s", j.Name, j.sender(), patience(wait))}
	}
	return nil, busy{fmt.Sprintf("another process is sending to %s%s; %s", j.Target, j.sender(), patience(wait))}
}

// patience says what can be done about a lock that somebody has.
func patience(waited time.Duration) string {
	if waited > 0 {
		return fmt.Sprintf("waited %s for it", waited)
	}
	return "run again when it is done, or with --wait"
}

// sender names who sent to the job's target last, for whoever finds it locked.
func (j *Job) sender() string {
	v, err := state.OpenView(j.State)
	if err != nil {
		return ""
	}
	defer v.Close()
	known, err := v.Job(j.Name, j.Was, j.Target)
	if err != nil || known.Sender == "" {
		return ""
	}
	return " (last sent by: " + known.Sender + ")"
}

// wants reports whether a plan has something to ask of its target.
func (p *Plan) wants() bool {
	return p.Err == nil && p.Status == "" && (p.Doubts > 0 || p.Summary.Changes() > 0)
}

// lockTarget takes the lock of the plans' one target, if any of them is to send.
func lockTarget(ctx context.Context, plans []*Plan, o Options) (release func(), locked bool) {
	var first *Plan
	for _, p := range plans {
		if p.wants() && first == nil {
			first = p
		}
	}
	if first == nil {
		return nil, false
	}
	release, err := first.Job.lock(ctx, state.LockTarget, first.Job.Target, o.Wait)
	if err == nil {
		return release, true
	}
	for _, p := range plans {
		if p.wants() {
			p.Err = err
		}
	}
	return nil, false
}

// ready decides whether a plan may be sent, and makes the job known before its first request.
func (p *Plan) ready(ctx context.Context, o Options) {
	switch {
	case p.Err != nil && ctx.Err() != nil:
		p.Status = Cancelled
	case p.Err != nil:
		p.Status = Failed
	case p.Status != "":
	case p.Exceeded():
		p.Status = Blocked
	case p.New && !o.First && (o.Confirm == nil || !o.Confirm(p)):
		p.Status = Blocked
	case p.New && !o.First && p.Doubts > 0: // confirmed, and somebody else's changes of this target have no answer
		o.First = true
		if p.settleDoubts(ctx, o); p.Status == "" {
			p.ready(ctx, o)
			return
		}
	default:
		p.Status = Succeeded
	}
	if p.view == nil || p.known.ID == 0 && p.Status != Succeeded {
		return // nothing is known of the job, and nothing becomes known
	}
	if err := p.openStore(o); err != nil && p.Err == nil {
		p.Status, p.Err = Failed, err
	}
}

func (p *Plan) openStore(o Options) (err error) {
	if p.store == nil {
		if p.store, err = state.Create(p.Job.State, p.view.Seed()); err != nil {
			return err
		}
	}
	if p.run, err = p.store.Begin(p.Job.Name, p.Job.Was, p.Job.Target, p.Job.Sink.Schema(), p.now); err != nil {
		return err
	}
	p.run.Clock = p.Job.Now
	p.known.ID, p.known.Target = p.run.Job, p.run.Targ
	if p.Status == Succeeded && p.Summary.Changes() > 0 {
		return p.store.SetSender(p.run.Targ, o.Command)
	}
	return nil
}

// finish writes down what the run learnt, and lets go of everything but the draft.
func (p *Plan) finish() {
	if p.run.ID != 0 {
		if err := p.close(); err != nil && p.Err == nil {
			p.Status, p.Err = Failed, err
		}
	}
	if p.store != nil {
		if err := errors.Join(p.view.Release(), p.store.Close()); err != nil && p.Err == nil {
			p.Status, p.Err = Failed, err
		}
	}
	for _, release := range p.release {
		release()
	}
	p.log()
}

// receipt is that of the read as it is stored; nil if nothing was read.
func (p *Plan) receipt() (json.RawMessage, error) {
	if p.reading == nil && len(p.Receipt.Reasons) == 0 {
		return nil, nil
	}
	return json.Marshal(p.Receipt)
}

func (p *Plan) close() error {
	receipt, err := p.receipt()
	if err != nil {
		return err
	}
	end := state.End{Status: string(p.Status), Receipt: receipt, Last: p.Receipt.Complete && (p.Same || p.judged), Summary: p.Summary, At: p.Job.Now(), Approved: p.Approved}
	if p.Err != nil {
		end.Error = p.Err.Error()
	}
	if !p.Receipt.Complete || !p.judged {
		return p.store.End(p.run, end)
	}
	if err := p.view.Refresh(); err != nil {
		return err
	}
	held, err := p.view.HeldCount(p.known, p.now)
	if err != nil {
		return err
	}
	p.HeldRows = held
	c := state.Closing{End: end, Known: p.digestOfChange, Granted: p.granted, Digest: p.digest, NoIndex: p.Job.Mapping.Volatile(), Entries: p.counted, Mark: p.mark}
	c.Setup, c.Thaw = p.setup, p.Waiting == 0 && (p.Status == Succeeded || p.Status == Partial || p.Status == Continued)
	if p.Status == Succeeded && held == 0 && p.Summary.Held == 0 && p.Summary.Absent == 0 && p.Waiting == 0 {
		c.Clean = p.clean
	}
	return p.store.Finish(p.run, p.view, p.index, c)
}

// log writes the one line with which a run ends.
func (p *Plan) log() {
	s, e := p.Summary, p.Job.Log.Info()
	if p.Err != nil {
		e = p.Job.Log.Error().Err(p.Err)
	}
	if len(p.Receipt.Notes) > 0 {
		e.Strs("notes", p.Receipt.Notes)
	}
	e.Str("job", p.Job.Name).Str("status", string(p.Status)).Int64("entries", p.Receipt.Entries).
		Int("create", s.Create).Int("update", s.Update).Int("deactivate", s.Deactivate).Int("reactivate", s.Reactivate).
		Int("unchanged", s.Unchanged).Int("held", s.Held).Int("waiting", s.Waiting).Dur("took_ms", p.Job.Now().Sub(p.now)).Msg("run ended")
}
