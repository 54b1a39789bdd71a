package daemon

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Health is how the daemon is.
type Health struct {
	Beat     time.Time // when the loop turned last
	Stopping bool
	Refused  time.Time // when the last configuration was refused, so that an older one is in use; zero: it was not
	Jobs     []JobHealth
}

// JobHealth is how a job is.
type JobHealth struct {
	Name     string
	Running  bool
	Next     time.Time // its next schedule
	Parked   time.Time // its target rests until then; zero or past: it does not
	Failures int       // runs in a row that failed
	Since    time.Time // when the first of them began
	Stuck    bool      // nothing goes on until somebody does something
}

// Health may be called from any goroutine.
func (d *Daemon) Health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.health
}

// publish tells everybody how things are.
func (d *Daemon) publish() {
	h := Health{Beat: time.Now(), Refused: d.refused}
	for _, t := range d.order {
		h.Jobs = append(h.Jobs, JobHealth{Name: t.job.Name, Running: t.run != nil, Next: t.due, Parked: d.lane(t.job.Target).parked,
			Failures: t.failures, Since: t.since, Stuck: t.stuck != ""})
	}
	d.mu.Lock()
	d.health = h
	d.mu.Unlock()
	if s := h.line(d.now); s != d.status {
		d.status = s
		d.options.Notify("STATUS=" + s)
	}
	d.wake()
}

func (d *Daemon) setStopping() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.health.Stopping = true
}

// wake tells systemd's watchdog that the loop is alive. Nothing else does.
func (d *Daemon) wake() {
	if w := d.options.Watchdog; w > 0 && time.Since(d.beat) >= w/4 {
		d.beat = time.Now()
		d.options.Notify("WATCHDOG=1")
	}
}

// line is the status line of `systemctl status`.
func (h Health) line(now time.Time) string {
	var running, failing, stuck, parked []string
	var next JobHealth
	for _, j := range h.Jobs {
		if j.Running {
			running = append(running, j.Name)
		}
		if j.Failures > 0 {
			failing = append(failing, j.Name)
		}
		if j.Stuck {
			stuck = append(stuck, j.Name)
		}
		if j.Parked.After(now) {
			parked = append(parked, j.Name)
		}
		if next.Next.IsZero() || !j.Next.IsZero() && j.Next.Before(next.Next) {
			next = j
		}
	}
	parts := []string{fmt.Sprintf("%d jobs", len(h.Jobs))}
	for _, p := range []struct {
		word string
		jobs []string
	}{{"running", running}, {"failing", failing}, {"waiting for you", stuck}, {"parked", parked}} {
		if len(p.jobs) > 0 {
			parts = append(parts, p.word+": "+strings.Join(p.jobs, ", "))
		}
	}
	if !next.Next.IsZero() {
		parts = append(parts, fmt.Sprintf("next: %s at %s", next.Name, next.Next.Format("Mon 15:04:05 MST")))
	}
	if !h.Refused.IsZero() {
		parts = append(parts, "the configuration was refused at "+h.Refused.Format("Mon 15:04:05 MST"))
	}
	return strings.Join(parts, "; ")
}

// monotonic is the time of systemd's clock (sd_notify(3), MONOTONIC_USEC).
func monotonic() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
