package daemon

import (
	"context"
	"slices"
	"time"
)

// Run runs the jobs until ctx ends. Then no new request is made; it returns when every run has ended, after 27 s at the latest.
// What a run has in flight then is left to the journal.
func (d *Daemon) Run(ctx context.Context) {
	d.options.Notify("READY=1")
	d.log.Info().Int(keyJobs, len(d.order)).Msg("daemon started")
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		d.turn(ctx)
		timer.Reset(d.rest())
		select {
		case <-ctx.Done():
		case <-timer.C:
		case e := <-d.ended:
			d.tick()
			d.end(e)
		case <-d.options.Reload:
			d.load(ctx)
		case l := <-d.loaded:
			d.tick()
			d.reloaded(ctx, l)
		}
	}
	d.stop()
}

// tick looks at the clock on the wall.
func (d *Daemon) tick() { d.now = d.options.Now().Round(0) }

// turn starts what is due and tells how things are.
func (d *Daemon) turn(ctx context.Context) {
	before := d.now
	d.tick()
	if d.now.Before(before.Add(-time.Minute)) {
		d.setBack(before.Sub(d.now))
	}
	for _, t := range d.order {
		if t.due.IsZero() || t.due.After(d.now) {
			continue
		}
		if late := d.now.Sub(t.due); late > 2*glance && t.run == nil {
			d.log.Warn().Str(keyJob, t.job.Name).Time(keyDue, t.due).Msg("schedule missed; it is made up once, now")
		}
		t.due = t.job.Schedule.Next(d.now)
		d.enqueue(t)
	}
	for _, l := range d.lanes {
		d.start(ctx, l)
	}
	d.publish()
}

// setBack makes up for a clock that was set back: what was due in its future may now be due sooner, and a pause is no longer than it was.
func (d *Daemon) setBack(by time.Duration) {
	for _, l := range d.lanes {
		l.parked = l.parked.Add(-by)
	}
	for _, t := range d.order {
		if next := t.job.Schedule.Next(d.now); next.Before(t.due) {
			t.due = next
		}
	}
}

// rest is how long nothing is to be done, unless somebody calls.
func (d *Daemon) rest() time.Duration {
	rest := glance
	if w := d.options.Watchdog; w > 0 {
		rest = min(rest, w/3)
	}
	for _, t := range d.order {
		if !t.due.IsZero() {
			rest = min(rest, t.due.Sub(d.now))
		}
	}
	for _, l := range d.lanes {
		if l.parked.After(d.now) && len(l.queue) > 0 {
			rest = min(rest, l.parked.Sub(d.now))
		}
	}
	return max(rest, 0)
}

// stop waits for the runs, which ctx has told to end.
func (d *Daemon) stop() {
	d.options.Notify("STOPPING=1")
	d.log.Info().Int(keyRunning, d.running).Msg("daemon stopping: no new request, what is in flight is settled")
	d.setStopping()
	limit := time.NewTimer(stopTime)
	defer limit.Stop()
	for d.running > 0 || d.loading {
		beat := time.NewTimer(time.Second)
		select {
		case e := <-d.ended:
			d.end(e)
		case l := <-d.loaded:
			d.loading = false
			if l.err == nil && l.setup.Close != nil {
				l.setup.Close()
			}
		case <-beat.C:
			d.wake()
		case <-limit.C:
			d.log.Warn().Strs(keyJobs, d.runningJobs()).Msg("daemon stopped over runs that did not end; the journal has what they sent, and the next run settles it")
			return
		}
		beat.Stop()
	}
	d.setup.retired = true
	d.setup.closeIfDone()
	d.log.Info().Msg("daemon stopped")
}

func (d *Daemon) runningJobs() (names []string) {
	for name, t := range d.tasks {
		if t.run != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
