package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Refused is a configuration that is wrong, with everything that is wrong with it.
type Refused []string

// Error tells all of it.
func (r Refused) Error() string { return "the configuration is wrong: " + strings.Join(r, "; ") }

// loaded is how a configuration that was read gets to the loop.
type loaded struct {
	setup Setup
	err   error
}

// load has the configuration read beside the loop: a secret on a disk that does not answer must not stop the jobs.
func (d *Daemon) load(ctx context.Context) {
	if d.loading {
		d.again = true
		return
	}
	d.loading = true
	d.options.Notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", monotonic().Microseconds()))
	go func() { // the loop waits for it, see stop
		s, err := d.options.Load(ctx)
		d.loaded <- loaded{s, err}
	}()
}

// reloaded takes a configuration over, or says why not.
func (d *Daemon) reloaded(ctx context.Context, l loaded) {
	d.loading = false
	var refused Refused
	switch {
	case errors.As(l.err, &refused):
		d.log.Error().Strs(keyProblems, refused).Msg("configuration refused; the one from before stays")
		d.refused = d.now
	case l.err != nil:
		d.log.Error().Err(l.err).Msg("configuration refused; the one from before stays")
		d.refused = d.now
	default:
		d.use(l.setup)
		d.refused = time.Time{}
		d.log.Info().Int(keyJobs, len(d.order)).Msg("configuration read again")
	}
	d.options.Notify("READY=1")
	if d.again {
		d.again = false
		d.load(ctx)
	}
}

// use puts a setup in the place of the present one. What runs goes on as it was begun.
func (d *Daemon) use(s Setup) {
	old := d.setup
	d.setup, d.log, d.order = &generation{Setup: s}, s.Log, nil
	named := map[string]bool{}
	for _, j := range s.Jobs {
		named[j.Name] = true
		d.order = append(d.order, d.task(j))
	}
	for name, t := range d.tasks {
		if named[name] {
			continue
		}
		d.dequeue(t)
		if t.gone, t.again = true, false; t.run == nil {
			delete(d.tasks, name)
		}
	}
	if old != nil {
		old.retired = true
		old.closeIfDone()
	}
}

// task is the task of a job, with what was known of it.
func (d *Daemon) task(j Job) *task {
	t, known := d.tasks[j.Name]
	if !known {
		t = &task{job: j, due: first(j, d.now)}
		d.tasks[j.Name] = t
		return t
	}
	if t.gone || !t.job.Schedule.Equal(j.Schedule) {
		t.due = j.Schedule.Next(d.now)
	}
	waited := d.dequeue(t) // the target may be another one
	t.job, t.gone, t.stuck = j, false, ""
	if waited {
		d.enqueue(t)
	}
	return t
}

// first is when a job is due that this process has not run yet: if a schedule has passed since its last run, that was missed.
func first(j Job, now time.Time) time.Time {
	if j.Parked {
		return now
	}
	if j.Last.IsZero() || j.Last.After(now) {
		return j.Schedule.Next(now)
	}
	return j.Schedule.Next(j.Last)
}
