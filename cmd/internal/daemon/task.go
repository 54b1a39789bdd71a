package daemon

import (
	"context"
	"slices"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// task is a job and where it stands.
type task struct {
	job    Job
	due    time.Time // on the wall
	queued bool      // in the lane of its target
	run    *run      // the one under way; nil: none
	again  bool      // it fell due while it ran
	gone   bool      // no longer configured; its last run goes on

	before   time.Duration // how long the last run took before its first change
	status   reconcile.Status
	failures int       // runs in a row that failed
	since    time.Time // the first of them
	stuck    string    // why nothing goes on until somebody does something; "" for nothing
	told     time.Time // when the log said so
}

// run is one run under way.
type run struct {
	setup *generation
	lane  *lane
	began time.Time
}

// ended is how a run tells the loop.
type ended struct {
	task    *task
	outcome Outcome
}

// lane is a target: one run at a time, first come, first served.
type lane struct {
	target string
	queue  []*task
	busy   bool
	parked time.Time // nothing is sent before
}

func (d *Daemon) lane(target string) *lane {
	l, ok := d.lanes[target]
	if !ok {
		l = &lane{target: target}
		d.lanes[target] = l
	}
	return l
}

// enqueue has a task run when its turn comes. One that runs has its turn afterwards.
func (d *Daemon) enqueue(t *task) {
	switch {
	case t.run != nil:
		t.again = true
	case !t.queued:
		t.queued = true
		l := d.lane(t.job.Target)
		l.queue = append(l.queue, t)
	}
}

// dequeue takes a task out of its lane, and reports whether it was in.
func (d *Daemon) dequeue(t *task) bool {
	was := t.queued
	t.queued = false
	l := d.lane(t.job.Target)
	l.queue = slices.DeleteFunc(l.queue, func(other *task) bool { return other == t })
	return was
}

// start runs the first of a lane.
func (d *Daemon) start(ctx context.Context, l *lane) {
	if l.busy || len(l.queue) == 0 || l.parked.After(d.now) {
		return
	}
	t := l.queue[0]
	l.queue = slices.Delete(l.queue, 0, 1)
	t.queued, l.busy = false, true
	t.run = &run{setup: d.setup, lane: l, began: d.now}
	d.setup.runs++
	d.running++
	job, until := t.job, t.until(d.now)
	go func() { d.ended <- ended{t, job.Run(ctx, until)} }() // the loop waits for it, see stop
}

// until is when a run makes way for the next one: at the job's next schedule, but it is given twice the time that the last one took
// to read. A job that is due more often than its source can be read would send nothing otherwise, for ever.
func (t *task) until(now time.Time) time.Time { return t.job.Schedule.Next(now.Add(2 * t.before)) }
