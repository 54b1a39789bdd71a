package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/daemon"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// jobsOf are the jobs that have a schedule, with when each of them ran last.
func jobsOf(w *wire.Wiring, log zerolog.Logger) (jobs []daemon.Job) {
	last, err := lastRuns(w)
	if err != nil {
		log.Warn().Err(err).Msg("when jobs ran last can't be seen, so no schedule is made up that was missed before")
	}
	for _, j := range w.Jobs {
		if s, ok := w.Schedules[j.Name]; ok {
			r := runner{job: j}
			jobs = append(jobs, daemon.Job{Name: j.Name, Target: j.Target, Schedule: s, Last: last[j.Name].Started, Parked: last[j.Name].Status == string(reconcile.Parked), Run: r.run})
		}
	}
	return jobs
}

// lastRuns is the last run of each job with a schedule.
func lastRuns(w *wire.Wiring) (map[string]state.PastRun, error) {
	last := map[string]state.PastRun{}
	if len(w.Jobs) == 0 {
		return last, nil
	}
	v, err := state.OpenView(w.Jobs[0].State)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	for _, j := range w.Jobs {
		known, err := v.Job(j.Name, j.Was, j.Target)
		if err != nil {
			return nil, err
		}
		if _, scheduled := w.Schedules[j.Name]; !scheduled || known.ID == 0 {
			continue
		}
		for r, err := range v.Runs(known.ID, 1) {
			if err != nil {
				return nil, err
			}
			last[j.Name] = r
		}
	}
	return last, nil
}

// runner runs a job for the daemon. It is called from one goroutine at a time.
type runner struct {
	job     *reconcile.Job
	unknown bool // to the state, when it ran last
}

// run runs the job once. It waits for another process that runs the job or sends to its target, until its next schedule.
func (r *runner) run(ctx context.Context, until time.Time) daemon.Outcome {
	if r.unknown && !r.known() {
		return daemon.Outcome{Status: reconcile.Blocked, New: true} // not read again and again, to be told the same
	}
	began, first := time.Now(), time.Duration(0)
	plans := reconcile.Run(ctx, []*reconcile.Job{r.job}, reconcile.Options{
		Until: until, Wait: max(time.Until(until), 0), Command: "rosterd run",
		Progress: func(reconcile.Progress) {
			if first == 0 {
				first = time.Since(began)
			}
		}})
	p := plans[0]
	if err := p.Close(); err != nil {
		r.job.Log.Warn().Str("job", r.job.Name).Err(err).Msg("close plan")
	}
	if first == 0 {
		first = time.Since(began)
	}
	r.unknown = p.New && p.Status == reconcile.Blocked
	return daemon.Outcome{Status: p.Status, Err: p.Err, New: r.unknown, Waits: p.Waiting, Resume: p.Resume, Before: first}
}

// known reports whether the state knows the job by now. If the state can't be read, the run is to say so.
func (r *runner) known() bool {
	v, err := state.OpenView(r.job.State)
	if err != nil {
		return true
	}
	defer v.Close()
	known, err := v.Job(r.job.Name, r.job.Was, r.job.Target)
	return err != nil || known.ID != 0
}
