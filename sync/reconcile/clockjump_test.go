package reconcile_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// jumping is a world whose clock jumps within runs.
type jumping struct {
	*world
	ahead atomic.Int64 // by which it is wrong
}

func newJumping(t *testing.T, rows ...string) *jumping {
	t.Helper()
	j := &jumping{world: newWorld(t, rows...)}
	j.job.Now = func() time.Time { return j.now.Add(time.Duration(j.ahead.Load())) }
	return j
}

func (j *jumping) jump(d time.Duration) { j.ahead.Store(int64(d)) }

// inRead has the clock jump while the feed is read, in the next run.
func (j *jumping) inRead(d time.Duration) {
	j.feed.read = func() { j.jump(d) }
}

// atAnswers has it jump at the third request, whose answer is given, and at the sixth.
func (j *jumping) atAnswers(first, second time.Duration, answer *sinks.Error) {
	n := 0
	j.target.answer = func(plan.Change) (*sinks.Error, bool) { // called with the target's lock held
		switch n++; n {
		case 3:
			j.jump(first)
			return answer, false
		case 6:
			j.jump(second)
		}
		return nil, false
	}
}

// TestAClockThatJumpsWithinARunChangesNothingOfIt: everything is sent, once, and the run after it has nothing to do.
func TestAClockThatJumpsWithinARunChangesNothingOfIt(t *testing.T) {
	again := &sinks.Error{Class: sinks.Unsent, Message: "connection refused"}
	for name, prepare := range map[string]func(*jumping){
		"forward in the read":              func(j *jumping) { j.inRead(time.Hour) },
		"back in the read":                 func(j *jumping) { j.inRead(-time.Hour) },
		"forward between answers":          func(j *jumping) { j.atAnswers(time.Hour, time.Hour, nil) },
		"back between answers":             func(j *jumping) { j.atAnswers(-time.Hour, -time.Hour, nil) },
		"forward and back":                 func(j *jumping) { j.atAnswers(time.Hour, 0, nil) },
		"back and forward":                 func(j *jumping) { j.atAnswers(-time.Hour, 0, nil) },
		"forward before a second attempt":  func(j *jumping) { j.atAnswers(time.Hour, time.Hour, again) },
		"back before a second attempt":     func(j *jumping) { j.atAnswers(-time.Hour, -time.Hour, again) },
		"forward over midnight, in a read": func(j *jumping) { j.now = j.now.Add(17*time.Hour + 30*time.Minute); j.inRead(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			j := newJumping(t, staff(12)...)
			prepare(j)
			p, log := j.run()
			if p.Err != nil || p.Status != reconcile.Succeeded || len(j.target.records) != 12 || len(log) < 12 || len(log) > 13 {
				t.Errorf("%s, %v: %d records, asked %q", p.Status, p.Err, len(j.target.records), log)
			}
			j.feed.read, j.target.answer = nil, nil
			if p, log := j.run(); p.Err != nil || len(log) != 0 {
				t.Errorf("the next run: %s, %v, sent %q", p.Status, p.Err, log)
			}
		})
	}
}

// TestAPauseThatIsToldAfterAJumpIsAsLongAsItWasAskedFor: by the clock that is right from then on.
func TestAPauseThatIsToldAfterAJumpIsAsLongAsItWasAskedFor(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			j := newJumping(t, staff(12)...)
			j.atAnswers(jump, jump, &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: time.Hour, Message: "slow down"})
			if p, _ := j.run(); p.Status != reconcile.Parked {
				t.Fatalf("%s, %v", p.Status, p.Err)
			}
			j.target.answer = nil
			j.now = j.now.Add(59 * time.Minute)
			if p, log := j.run(); len(log) != 0 || p.Status != reconcile.Parked {
				t.Errorf("within the pause: %s, sent %q", p.Status, log)
			}
			j.now = j.now.Add(2 * time.Minute)
			if p, _ := j.run(); p.Err != nil || len(j.target.records) != 12 {
				t.Errorf("after the pause: %s, %v, %d records", p.Status, p.Err, len(j.target.records))
			}
		})
	}
}

// TestAbsenceGoesByTheBeginningOfTheRun: a jump within the run that counts makes nobody absent an hour too soon, nor keeps anybody.
func TestAbsenceGoesByTheBeginningOfTheRun(t *testing.T) {
	for _, c := range []struct {
		later, jump time.Duration
		off         int
	}{{23*time.Hour + 30*time.Minute, time.Hour, 0}, {24*time.Hour + 30*time.Minute, -time.Hour, 1}} {
		t.Run(fmt.Sprint(c.jump), func(t *testing.T) {
			j := newJumping(t, staff(5)...)
			j.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
			j.run()
			j.feed.rows = staff(5)[1:]
			j.run()
			j.now = j.now.Add(c.later)
			j.inRead(c.jump)
			if p, log := j.run(); p.Err != nil || len(log) != c.off {
				t.Errorf("%s, %v, sent %q, want %d", p.Status, p.Err, log, c.off)
			}
		})
	}
}

// TestARunThatMakesWayGoesByTheClockOnTheWall, as its schedule does; the next one sends what it left, and nothing twice.
func TestARunThatMakesWayGoesByTheClockOnTheWall(t *testing.T) {
	for jump, want := range map[time.Duration]reconcile.Status{time.Hour: reconcile.Continued, -time.Hour: reconcile.Succeeded} {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			j := newJumping(t, staff(60)...)
			j.atAnswers(jump, jump, nil)
			p := reconcile.Run(context.Background(), []*reconcile.Job{j.job}, reconcile.Options{First: true, Until: j.now.Add(30 * time.Minute)})[0]
			if err := p.Close(); err != nil || p.Err != nil || p.Status != want {
				t.Errorf("%s, want %s: %v, %v", p.Status, want, p.Err, err)
			}
			sent := len(j.target.log)
			j.target.answer = nil
			if p, log := j.run(); p.Err != nil || sent+len(log) != 60 || len(j.target.records) != 60 {
				t.Errorf("%s, %v: %d requests and %d, %d records", p.Status, p.Err, sent, len(log), len(j.target.records))
			}
		})
	}
}
