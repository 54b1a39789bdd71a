package daemon

import (
	"context"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestADailyJobRunsOnceOnEachDayOfSpringAndAutumn(t *testing.T) {
	for _, c := range []struct{ season, begin, end, first, second, third string }{
		{"spring", "2026-03-28 12:00:00", "2026-03-30 12:00:00", "hr 29 03:00:00", "hr 30 02:30:00", ""},
		{"autumn", "2026-10-24 12:00:00", "2026-10-26 12:00:00", "hr 25 02:30:00", "hr 26 02:30:00", ""},
	} {
		t.Run(c.season, func(t *testing.T) {
			at(t, "Europe/Berlin", c.begin, func(l *lab) {
				l.start(l.job("hr", "wms", "30 2 * * *", takes(time.Minute)))
				l.wait(c.end)
				l.wantRuns(c.first, c.second)
			})
		})
	}
}

func TestEveryCountsFromTheStart(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:00", func(l *lab) {
		l.start(l.job("hr", "wms", "@every 15m", takes(0)))
		l.wait("2026-01-05 12:40:00")
		l.wantRuns("hr 05 12:15:00", "hr 05 12:30:00")
	})
}

func TestAMissedScheduleIsMadeUpOnce(t *testing.T) {
	t.Run("the machine slept over three of them", func(t *testing.T) {
		at(t, "UTC", "2026-01-05 12:01:00", func(l *lab) {
			l.start(l.job("hr", "wms", "0 * * * *", takes(0)))
			l.wait("2026-01-05 12:10:10")
			l.shift.Store(int64(3*time.Hour + 20*time.Minute)) // timers stood still
			l.wait("2026-01-05 16:10:00")
			l.wantRuns("hr 05 15:30:30", "hr 05 16:00:00") // at the first glance at the clock
			l.wantLogged("schedule missed", 1)
		})
	})
	t.Run("the process was down", func(t *testing.T) {
		at(t, "UTC", "2026-01-05 12:01:00", func(l *lab) {
			missed, fresh, unknown := l.job("missed", "a", "30 2 * * *", takes(0)), l.job("fresh", "b", "30 2 * * *", takes(0)), l.job("unknown", "c", "30 2 * * *", takes(0))
			missed.Last = l.now().AddDate(0, 0, -3)
			fresh.Last = l.now().Add(-9 * time.Hour)
			l.start(missed, fresh, unknown)
			l.wait("2026-01-05 23:00:00")
			l.wantRuns("missed 05 12:01:00")
		})
	})
	t.Run("the clock was set back: nothing waits for the old time", func(t *testing.T) {
		at(t, "UTC", "2026-01-05 12:01:00", func(l *lab) {
			l.start(l.job("hr", "wms", "0 * * * *", takes(0)))
			l.wait("2026-01-05 12:30:10")
			l.shift.Store(int64(-5 * time.Hour))
			l.wait("2026-01-05 09:10:00")
			l.wantRuns("hr 05 08:00:00", "hr 05 09:00:00")
		})
	})
}

func TestARunThatIsStillSendingMakesWayForTheNext(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:01:00", func(l *lab) {
		l.start(l.job("hr", "wms", "0 * * * *", func(ctx context.Context, n int, until time.Time) Outcome {
			if n == 1 {
				return takes(90*time.Minute)(ctx, n, until)
			}
			return takes(20*time.Minute)(ctx, n, until)
		}))
		l.wait("2026-01-05 14:30:00")
		l.wantRuns("hr 05 13:00:00", "hr 05 14:00:00")
		if l.ends[0] != "hr 05 14:00:00 continued" {
			t.Error(l.ends)
		}
	})
}

// TestContinuedIsTheRunsOwnWord: the next one starts at once, whatever the loop's clock says.
func TestContinuedIsTheRunsOwnWord(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:01:00", func(l *lab) {
		l.start(l.job("hr", "wms", "0 * * * *", func(ctx context.Context, n int, _ time.Time) Outcome {
			sleep(ctx, time.Minute)
			if n == 1 {
				return Outcome{Status: reconcile.Continued}
			}
			return Outcome{Status: reconcile.Succeeded}
		}))
		l.wait("2026-01-05 13:30:00")
		l.wantRuns("hr 05 13:00:00", "hr 05 13:01:00")
	})
}

// TestASlowReadDoesNotStarveTheSending: a job that is due more often than its source can be read sends nevertheless.
func TestASlowReadDoesNotStarveTheSending(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		sent := time.Duration(0)
		l.start(l.job("hr", "wms", "* * * * *", func(ctx context.Context, _ int, until time.Time) Outcome {
			const read = 150 * time.Second
			sleep(ctx, read)
			if rest := time.Until(until); rest > 0 {
				sleep(ctx, rest)
				sent += rest
			}
			return Outcome{Status: reconcile.Continued, Before: read}
		}))
		l.wait("2026-01-05 13:00:00")
		if sent < 20*time.Minute {
			t.Errorf("of an hour it sent for %s", sent)
		}
	})
}

func TestAJobNeverOverlapsItself(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		under, most := 0, 0
		l.start(l.job("hr", "wms", "* * * * *", func(ctx context.Context, _ int, _ time.Time) Outcome {
			under++
			most = max(most, under)
			sleep(ctx, 150*time.Second) // over two schedules, which are made up once
			under--
			return Outcome{Status: reconcile.Succeeded}
		}))
		l.wait("2026-01-05 12:10:00")
		l.wantRuns("hr 05 12:01:00", "hr 05 12:03:30", "hr 05 12:06:00", "hr 05 12:08:30")
		if most != 1 {
			t.Errorf("%d runs at a time", most)
		}
	})
}
