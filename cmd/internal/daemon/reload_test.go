package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestAWrongConfigurationIsRefusedAndTheOldOneStays(t *testing.T) {
	for name, wrong := range map[string]error{"problems": Refused{"a.yaml:1:2: one", "a.yaml:3:4: two"}, "no file": errors.New("a.yaml:1:2: one; a.yaml:3:4: two")} {
		t.Run(name, func(t *testing.T) {
			at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
				l.load = func() (Setup, error) { return Setup{}, wrong }
				l.start(l.job("hr", "wms", "*/10 * * * *", takes(0)))
				l.wait("2026-01-05 12:15:00")
				l.reload <- syscall.SIGHUP
				l.wait("2026-01-05 12:25:00")
				l.wantRuns("hr 05 12:10:00", "hr 05 12:20:00")
				l.wantLogged("a.yaml:1:2: one", 1)
				l.wantLogged("a.yaml:3:4: two", 1)
				if at := l.daemon.Health().Refused; at.Format("15:04") != "12:15" {
					t.Errorf("refused at %s", at)
				}
				l.stop()
				<-l.over
				if !strings.Contains(l.daemon.status, "the configuration was refused at Mon 12:15:00 UTC") {
					t.Error(l.daemon.status)
				}
			})
		})
	}
}

func TestAGoodConfigurationTakesEffectWithoutDisturbingAnybody(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		closed := []string{}
		first := l.setup(l.job("same", "a", "0 * * * *", takes(0)), l.job("runs", "b", "5 * * * *", takes(30*time.Minute)),
			l.job("gone", "c", "5 * * * *", takes(30*time.Minute)), l.job("moved", "d", "20 * * * *", takes(0)))
		first.Close = func() { closed = append(closed, "first "+l.now().Format("15:04")) }
		l.start()
		l.stop()
		<-l.over
		l.over = make(chan struct{})
		l.load = func() (Setup, error) { return first, nil }
		l.start()
		l.reload <- syscall.SIGHUP // onto the first one
		l.wait("2026-01-05 12:10:00")
		second := l.setup(l.job("new", "a", "15 * * * *", takes(0)), l.job("runs", "b", "5 * * * *", takes(0)),
			l.job("moved", "d", "25 * * * *", takes(0)), l.job("same", "a", "0 * * * *", takes(0)))
		second.Close = func() { closed = append(closed, "second") }
		l.load = func() (Setup, error) { return second, nil }
		l.reload <- syscall.SIGHUP
		l.wait("2026-01-05 13:06:00")
		slices.Sort(l.runs[:2]) // at the same moment
		l.wantRuns("gone 05 12:05:00", "runs 05 12:05:00", "new 05 12:15:00", "moved 05 12:25:00", "same 05 13:00:00", "runs 05 13:05:00")
		if !slices.Equal(closed, []string{"first 12:35"}) { // when the last run begun with it had ended
			t.Errorf("closed: %q", closed)
		}
		l.stop()
		<-l.over
		if !slices.Equal(closed, []string{"first 12:35", "second"}) {
			t.Errorf("closed: %q", closed)
		}
	})
}

// TestReadingTheConfigurationAgainCostsNobodyATurn: what is due stays due, what waits goes on waiting, unless it is no longer there.
func TestReadingTheConfigurationAgainCostsNobodyATurn(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:00", func(l *lab) {
		busy, waits := l.job("busy", "a", "5 * * * *", takes(20*time.Minute)), l.job("waits", "a", "5 * * * *", takes(0))
		every := l.job("every", "b", "@every 15m", takes(0))
		l.start(busy, waits, l.job("gone", "a", "5 * * * *", takes(0)), l.job("moves", "a", "5 * * * *", takes(0)), every)
		moved := l.job("moves", "c", "5 * * * *", takes(0))
		l.load = func() (Setup, error) { return l.setup(busy, waits, moved, every), nil }
		l.wait("2026-01-05 12:10:00")
		l.reload <- syscall.SIGHUP
		l.wait("2026-01-05 12:28:00")
		l.wantRuns("busy 05 12:05:00", "moves 05 12:10:00", "every 05 12:15:00", "waits 05 12:25:00")
	})
}

func TestAConfigurationThatComesTooLateIsPutAway(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:00", func(l *lab) {
		var closed atomic.Bool
		l.load = func() (Setup, error) {
			time.Sleep(10 * time.Second)
			s := l.setup()
			s.Close = func() { closed.Store(true) }
			return s, nil
		}
		l.start(l.job("hr", "wms", "0 * * * *", takes(0)))
		l.reload <- syscall.SIGHUP
		synctest.Wait()
		l.stop()
		<-l.over
		if !closed.Load() {
			t.Error("it stays open")
		}
	})
}

// TestAJobThatComesBackWhileItRunsDoesNotOverlapItself takes a job out and puts it back, on another target even, during a run.
func TestAJobThatComesBackWhileItRunsDoesNotOverlapItself(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		under, most := 0, 0
		run := func(ctx context.Context, _ int, _ time.Time) Outcome {
			under++
			most = max(most, under)
			sleep(ctx, 90*time.Second)
			under--
			return Outcome{Status: reconcile.Succeeded}
		}
		l.start(l.job("hr", "a", "* * * * *", run))
		l.wait("2026-01-05 12:01:10")
		for _, s := range []Setup{l.setup(), l.setup(l.job("hr", "b", "* * * * *", run))} {
			l.load = func() (Setup, error) { return s, nil }
			l.reload <- syscall.SIGHUP
			synctest.Wait()
		}
		l.wait("2026-01-05 12:06:00")
		l.wantRuns("hr 05 12:01:00", "hr 05 12:02:30", "hr 05 12:04:00", "hr 05 12:05:30")
		if most != 1 {
			t.Errorf("%d runs at a time", most)
		}
	})
}

func TestASlowConfigurationDoesNotHoldTheJobsUp(t *testing.T) {
	at(t, "UTC", "2026-01-05 12:00:30", func(l *lab) {
		job := l.job("hr", "wms", "* * * * *", takes(0))
		reads := 0
		l.load = func() (Setup, error) {
			reads++
			time.Sleep(150 * time.Second) // a secret on a disk that does not answer
			return l.setup(job), nil
		}
		l.start(job)
		l.wait("2026-01-05 12:01:30")
		for range 3 { // wishes that come meanwhile are one
			l.reload <- syscall.SIGHUP
			synctest.Wait()
		}
		l.wait("2026-01-05 12:10:30")
		if len(l.runs) != 10 || reads != 2 {
			t.Errorf("%d reads, and runs %q", reads, l.runs)
		}
		if n := strings.Count(strings.Join(l.told, "\n"), "RELOADING=1\nMONOTONIC_USEC="); n != 2 {
			t.Errorf("systemd was told: %q", l.told)
		}
	})
}
