package daemon

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestStoppingWaitsForWhatIsInFlight(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("hr", "wms", "* * * * *", func(ctx context.Context, _ int, _ time.Time) Outcome {
			<-ctx.Done()
			time.Sleep(20 * time.Second) // what the engine takes at most
			return Outcome{Status: reconcile.Cancelled}
		}), l.job("next", "wms", "* * * * *", takes(0)))
		l.wait("2026-01-05 12:01:10")
		l.stop()
		synctest.Wait()
		if !l.daemon.Health().Stopping {
			t.Error("it does not say that it is stopping")
		}
		began := time.Now()
		<-l.over
		if d := time.Since(began); d != 20*time.Second {
			t.Errorf("it took %s", d)
		}
		l.wantRuns("hr 05 12:01:00")
		if !slices.Contains(l.told, "READY=1") || !slices.Contains(l.told, "STOPPING=1") {
			t.Errorf("systemd was told: %q", l.told)
		}
	})
}

func TestARunThatDoesNotEndIsLeftToTheJournal(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		release := make(chan struct{})
		l.start(l.job("hr", "wms", "* * * * *", func(context.Context, int, time.Time) Outcome {
			<-release
			return Outcome{Status: reconcile.Cancelled}
		}))
		l.wait("2026-01-05 12:01:10")
		l.stop()
		began := time.Now()
		<-l.over
		if d := time.Since(began); d != stopTime {
			t.Errorf("it took %s", d)
		}
		l.wantLogged("runs that did not end", 1)
		close(release)
		<-l.daemon.ended // the process would have ended
	})
}

// TestTheWatchdogHearsFromTheLoopAlone: as long as the loop turns, and no longer.
func TestTheWatchdogHearsFromTheLoopAlone(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.watchdog = 20 * time.Second
		l.start(l.job("hr", "wms", "0 0 1 1 *", takes(0)))
		beats := func() (n int) {
			l.mu.Lock()
			defer l.mu.Unlock()
			for _, s := range l.told {
				if s == "WATCHDOG=1" {
					n++
				}
			}
			return n
		}
		l.wait("2026-01-05 12:10:30")
		if n := beats(); n < 60 { // twice in each 20 s at least
			t.Errorf("%d in ten minutes", n)
		}
		stands := make(chan struct{})
		l.mu.Lock()
		l.hold = stands
		l.mu.Unlock()
		l.wait("2026-01-05 12:10:50")
		before := beats()
		l.wait("2026-01-05 13:00:00")
		if n := beats() - before; n > 0 {
			t.Errorf("%d while the loop stood still", n)
		}
		l.mu.Lock()
		l.hold = nil
		l.mu.Unlock()
		close(stands)
	})
}

func TestTheStatusLineSaysWhatMatters(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		l.start(l.job("users", "wms", "0 * * * *", takes(10*time.Minute)),
			l.job("bad", "b", "0 * * * *", func(context.Context, int, time.Time) Outcome { return Outcome{Status: reconcile.Failed} }),
			l.job("new", "c", "0 * * * *", func(context.Context, int, time.Time) Outcome { return Outcome{Status: reconcile.Blocked, New: true} }),
			l.job("away", "d", "0 * * * *", func(context.Context, int, time.Time) Outcome {
				return Outcome{Status: reconcile.Parked, Resume: l.now().Add(20 * time.Minute)}
			}))
		l.wait("2026-01-05 13:05:00")
		const want = "STATUS=4 jobs; running: users; failing: bad; waiting for you: new; parked: away; next: users at Mon 14:00:00 UTC"
		if last := l.told[len(l.told)-1]; !slices.Contains(l.told, want) {
			t.Errorf("the last was %s\nwant %s\nall: %s", last, want, strings.Join(l.told, "\n"))
		}
	})
}
