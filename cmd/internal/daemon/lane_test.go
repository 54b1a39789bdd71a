package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestJobsOfOneTargetTakeTurnsAndOthersRunBeside(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("users", "wms", "*/10 * * * *", takes(2*time.Minute)), l.job("accounts", "wms", "*/10 * * * *", takes(2*time.Minute)),
			l.job("others", "wms", "*/10 * * * *", takes(2*time.Minute)), l.job("doors", "access", "*/10 * * * *", takes(time.Hour)))
		l.wait("2026-01-05 12:19:00")
		if l.most["wms"] != 1 {
			t.Errorf("%d runs at a time on one target", l.most["wms"])
		}
		var wms []string
		for _, r := range l.runs {
			if !strings.HasPrefix(r, "doors") {
				wms = append(wms, r)
			}
		}
		if l.runs = wms; len(l.beside) != 2 || l.most["access"] != 1 {
			t.Errorf("the other target: %v", l.most)
		}
		l.wantRuns("users 05 12:10:00", "accounts 05 12:12:00", "others 05 12:14:00")
	})
}

// TestALongJobDoesNotKeepTheOthersOfItsTargetOut: what makes way for itself stands at the end of the queue.
func TestALongJobDoesNotKeepTheOthersOfItsTargetOut(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("long", "wms", "* * * * *", takes(time.Hour)), l.job("short", "wms", "* * * * *", takes(5*time.Second)))
		l.wait("2026-01-05 12:03:30")
		l.wantRuns("long 05 12:01:00", "short 05 12:02:00", "long 05 12:02:05", "short 05 12:03:00", "long 05 12:03:05")
	})
}

func TestAParkedTargetGoesOnByItself(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("users", "wms", "0 * * * *", func(_ context.Context, n int, _ time.Time) Outcome {
			if n == 1 {
				return Outcome{Status: reconcile.Parked, Resume: l.now().Add(97 * time.Minute)}
			}
			return Outcome{Status: reconcile.Succeeded}
		}), l.job("accounts", "wms", "30 * * * *", takes(0)), l.job("others", "wms", "0 13 * * *", takes(0)), l.job("doors", "access", "0 14 * * *", takes(0)))
		l.wait("2026-01-05 14:20:00")
		// Nothing is sent to the target meanwhile, and what fell due twice is made up once, after the one that was parked and the one that waited behind it.
		l.wantRuns("accounts 05 12:30:00", "users 05 13:00:00", "doors 05 14:00:00")
		l.wait("2026-01-05 14:50:00")
		l.wantRuns("accounts 05 12:30:00", "users 05 13:00:00", "doors 05 14:00:00", "users 05 14:37:00", "others 05 14:37:00", "accounts 05 14:37:00")
		l.wantLogged("parked", 1)
	})
}

// TestARestartKeepsToThePause: a daemon that is started while a target rests asks the state at once, and goes on when the pause is over.
func TestARestartKeepsToThePause(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		over := l.now().Add(time.Hour)
		users := l.job("users", "wms", "0 0 1 1 *", func(context.Context, int, time.Time) Outcome {
			if l.now().Before(over) {
				return Outcome{Status: reconcile.Parked, Resume: over}
			}
			return Outcome{Status: reconcile.Succeeded}
		})
		users.Last, users.Parked = l.now().Add(-time.Hour), true
		l.start(users, l.job("accounts", "wms", "30 * * * *", takes(0)))
		l.wait("2026-01-05 13:20:00")
		l.wantRuns("users 05 12:00:30", "users 05 13:00:30", "accounts 05 13:00:30")
	})
}

// TestATargetThatIsAwayForAnHourIsTriedAtEachSchedule: the daemon goes on, for that target and for the others.
func TestATargetThatIsAwayForAnHourIsTriedAtEachSchedule(t *testing.T) {
	at(t, "UTC", "2026-01-05 11:55:00", func(l *lab) {
		back := l.now().Add(time.Hour)
		l.start(l.job("users", "wms", "*/10 * * * *", func(context.Context, int, time.Time) Outcome {
			if l.now().Before(back) {
				return Outcome{Status: reconcile.Failed, Err: errors.New("dial tcp: connection refused")}
			}
			return Outcome{Status: reconcile.Succeeded}
		}), l.job("doors", "access", "15 * * * *", takes(0)))
		l.wait("2026-01-05 13:05:00")
		l.wantRuns("users 05 12:00:00", "users 05 12:10:00", "doors 05 12:15:00", "users 05 12:20:00", "users 05 12:30:00", "users 05 12:40:00", "users 05 12:50:00", "users 05 13:00:00")
		l.wantLogged("the run failed", 6)
		l.wantLogged("no longer fails", 1)
	})
}

// TestAPauseIsAsLongAsTheTargetAskedThoughTheClockIsSetBack: a clock that was a year ahead parks nobody for a year.
func TestAPauseIsAsLongAsTheTargetAskedThoughTheClockIsSetBack(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		const year = 365 * 24 * time.Hour
		l.shift.Store(int64(year))
		l.start(l.job("users", "wms", "@every 1h", func(_ context.Context, n int, _ time.Time) Outcome {
			if n == 1 {
				return Outcome{Status: reconcile.Parked, Resume: l.now().Add(2 * time.Hour)}
			}
			return Outcome{Status: reconcile.Succeeded}
		}))
		time.Sleep(time.Hour + 10*time.Minute)
		l.shift.Store(0)
		l.wait("2026-01-05 15:05:00")
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.runs) != 2 || !strings.HasPrefix(l.runs[1], "users 05 15:00") && !strings.HasPrefix(l.runs[1], "users 05 15:01") {
			t.Errorf("it ran at %q", l.runs)
		}
	})
}

func TestAPauseThatIsOverAlreadyIsNoHurry(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("users", "wms", "0 13 * * *", func(_ context.Context, n int, _ time.Time) Outcome {
			if n < 4 {
				return Outcome{Status: reconcile.Parked}
			}
			return Outcome{Status: reconcile.Succeeded}
		}))
		l.wait("2026-01-05 14:00:00")
		l.wantRuns("users 05 13:00:00", "users 05 13:00:01", "users 05 13:00:02", "users 05 13:00:03")
	})
}

func TestAFailureIsCountedAndTriedAgainAtTheNextSchedule(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("users", "wms", "*/10 * * * *", func(_ context.Context, n int, _ time.Time) Outcome {
			if n <= 3 {
				return Outcome{Status: reconcile.Failed, Err: errors.New("the target is down")}
			}
			return Outcome{Status: reconcile.Succeeded}
		}))
		l.wait("2026-01-05 12:35:00")
		h := l.daemon.Health().Jobs[0]
		if h.Failures != 3 || h.Since.Format("15:04") != "12:10" {
			t.Errorf("%+v", h)
		}
		l.wantLogged(`"failures":3`, 1)
		l.wait("2026-01-05 12:45:00")
		l.wantRuns("users 05 12:10:00", "users 05 12:20:00", "users 05 12:30:00", "users 05 12:40:00")
		l.wantLogged("no longer fails", 1)
		if h := l.daemon.Health().Jobs[0]; h.Failures != 0 {
			t.Errorf("%+v", h)
		}
	})
}

func TestWhatSomebodyHasToDoIsSaidOnceADay(t *testing.T) {
	for name, o := range map[string]Outcome{
		"new to the state": {Status: reconcile.Blocked, New: true},
		"over a limit":     {Status: reconcile.Blocked},
	} {
		t.Run(name, func(t *testing.T) {
			at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
				l.start(l.job("users", "wms", "* * * * *", func(context.Context, int, time.Time) Outcome { return o }))
				l.wait("2026-01-06 12:00:00")
				l.wantLogged(name, 1)
				l.wait("2026-01-07 11:00:00")
				l.wantLogged(name, 2)
			})
		})
	}
}
