package daemon

import (
	"slices"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// The log's keys.
const (
	keyJob      = "job"
	keyJobs     = "jobs"
	keyTarget   = "target"
	keyDue      = "due"
	keyNext     = "next"
	keyResume   = "resume"
	keySince    = "since"
	keyFailures = "failures"
	keyRunning  = "running"
	keyProblems = "problems"
)

// end takes note of how a run ended. The run itself has logged what it did.
func (d *Daemon) end(e ended) {
	t, o := e.task, e.outcome
	r := t.run
	t.run, r.lane.busy = nil, false
	d.running--
	r.setup.runs--
	r.setup.closeIfDone()
	t.before, t.status = o.Before, o.Status
	again := t.again || o.Status == reconcile.Continued
	t.again = false
	d.count(t, o, r.began)
	if t.gone {
		delete(d.tasks, t.job.Name)
		return
	}
	if o.Status == reconcile.Parked {
		d.park(t, r.lane, o.Resume)
	} else if again {
		d.enqueue(t)
	}
}

// park lets a target rest. The job that was parked goes first then; what falls due meanwhile waits behind it.
func (d *Daemon) park(t *task, l *lane, resume time.Time) {
	resume = latest(resume.Round(0), d.now.Add(time.Second)) // one that is past already is no reason to hurry
	l.parked = latest(l.parked, resume)
	d.log.Warn().Str(keyJob, t.job.Name).Str(keyTarget, l.target).Time(keyResume, l.parked).
		Msg("parked: the target asked for a long pause; its jobs go on by themselves, with a fresh read")
	d.enqueue(t)
	if front := d.lane(t.job.Target); front == l {
		i := slices.Index(l.queue, t)
		l.queue = slices.Insert(slices.Delete(l.queue, i, i+1), 0, t)
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// count keeps the account of failures, and says what somebody has to do: once, and every day again.
func (d *Daemon) count(t *task, o Outcome, began time.Time) {
	name, stuck := t.job.Name, ""
	switch {
	case o.Status == reconcile.Cancelled:
		return
	case o.Status == reconcile.Failed:
		if t.failures++; t.failures == 1 {
			t.since = began
		}
		d.log.Warn().Str(keyJob, name).Int(keyFailures, t.failures).Time(keySince, t.since).Time(keyNext, t.due).
			Msg("the run failed; it is tried again at the next schedule")
		return
	case o.New:
		stuck = "the job is new to the state, so nothing is sent: look at `rosterd plan " + name + "`, then `rosterd sync --first " + name +
			"`, or `rosterd adopt " + name + "` if the target has records already"
	case o.Status == reconcile.Blocked:
		stuck = "the plan is over a limit, so nothing is sent: look at `rosterd approve " + name +
			"`, which lets it go ahead; or correct the source, or raise the limit"
	case o.Waits > 0:
		stuck = "changes wait for approval: look at `rosterd approve " + name + "`"
	}
	if t.failures > 0 {
		d.log.Info().Str(keyJob, name).Int(keyFailures, t.failures).Time(keySince, t.since).Msg("the job no longer fails")
		t.failures, t.since = 0, time.Time{}
	}
	if stuck != "" && (stuck != t.stuck || d.now.Sub(t.told) >= remind) {
		d.log.Warn().Str(keyJob, name).Msg(stuck)
		t.told = d.now
	}
	t.stuck = stuck
}
