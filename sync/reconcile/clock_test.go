package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

const year = 365 * 24 * time.Hour

// TestAClockThatWasWrongHoldsNothingUpForLong: what was noted while the clock was ahead ends soon after it is right again, and an hour more
// or less does nothing.
func TestAClockThatWasWrongHoldsNothingUpForLong(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer *sinks.Error // to an update, while the clock is ahead
		ahead  time.Duration
		later  time.Duration // after it was set right
		sends  int
	}{
		{"a pause of an hour is not over after 59 minutes", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: time.Hour}, 0, 59 * time.Minute, 0},
		{"a pause of an hour is over after an hour", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: time.Hour}, 0, time.Hour, 1},
		{"parked by a clock that is a year ahead", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: time.Hour}, year, time.Minute, 1},
		{"parked by a clock that is an hour ahead", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: 2 * time.Hour}, time.Hour, time.Minute, 0},
		{"that pause is over an hour late", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: 2 * time.Hour}, time.Hour, 3*time.Hour + time.Minute, 1},
		{"a pause that was measured by an hour less", &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: 2 * time.Hour}, -time.Hour, time.Minute, 0},
		{"refused by a clock that is a year ahead", &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, year, time.Minute, 1},
		{"refused by a clock that was an hour behind", &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, -time.Hour, time.Minute, 0},
		{"that is tried again after its time", &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, -time.Hour, 24 * time.Hour, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, staff(3)...)
			w.run()
			right := w.now
			w.feed.rows[0] = strings.Replace(w.feed.rows[0], "Name", "Other", 1)
			w.target.answer = func(plan.Change) (*sinks.Error, bool) { return c.answer, false }
			w.now = right.Add(c.ahead)
			w.run()
			w.target.answer = nil
			w.now = right.Add(c.later)
			if p, log := w.run(); p.Err != nil || len(log) != c.sends {
				t.Errorf("%s, %v, sent %q, want %d", p.Status, p.Err, log, c.sends)
			}
		})
	}
}

// TestAnApprovalOfAClockThatWasAheadExpires: it is asked for anew.
func TestAnApprovalOfAClockThatWasAheadExpires(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration
		sent  int
	}{{year, 0}, {time.Hour, 3}, {-time.Hour, 3}} {
		w := newWorld(t, staff(10)...)
		w.job.Limits.Deactivate = plan.Limit{AtLeast: 1}
		w.run()
		right := w.now
		w.feed.rows = staff(10, 1, 2, 3)
		w.now = right.Add(c.ahead)
		w.run()
		w.approve()
		w.now = right.Add(time.Minute)
		p, log := w.run()
		if len(log) != c.sent || c.sent == 0 && (p.Status != reconcile.Blocked || w.pending() != 3) {
			t.Errorf("%s ahead: %s, sent %q, want %d; %d wait", c.ahead, p.Status, log, c.sent, w.pending())
		}
	}
}

// TestAbsenceIsCountedByTheClockAsItIsNow: a clock that jumps makes nobody absent who was not for so many reads, and one that was ahead
// keeps nobody for ever.
func TestAbsenceIsCountedByTheClockAsItIsNow(t *testing.T) {
	for _, c := range []struct {
		name  string
		jumps []time.Duration // from the right time, of each run without the entry; a run every 13 hours
		off   []int           // requests of each
	}{
		{"right", []time.Duration{0, 0, 0, 0}, []int{0, 0, 1, 0}},
		{"an hour ahead for one run", []time.Duration{0, time.Hour, 0, 0}, []int{0, 0, 1, 0}},
		{"an hour behind for one run", []time.Duration{0, 0, -time.Hour, 0}, []int{0, 0, 1, 0}},
		{"a year ahead for the first", []time.Duration{year, 0, 0, 0}, []int{0, 0, 0, 1}},
		{"a year behind for the second", []time.Duration{0, -year, 0, 0}, []int{0, 0, 1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, staff(5)...)
			w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
			w.run()
			right := w.now
			w.feed.rows = staff(5)[1:]
			for i, jump := range c.jumps {
				right = right.Add(13 * time.Hour)
				w.now = right.Add(jump)
				if _, log := w.run(); len(log) != c.off[i] {
					t.Errorf("run %d: %q, want %d", i, log, c.off[i])
				}
			}
		})
	}
}
