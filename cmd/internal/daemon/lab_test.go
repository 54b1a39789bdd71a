package daemon

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/cmd/internal/schedule"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is a daemon in a bubble of its own time, and what its jobs did.
type lab struct {
	t      *testing.T
	zone   *time.Location
	shift  atomic.Int64 // nanoseconds by which the clock on the wall is ahead of time as it passes: a machine slept
	reload chan os.Signal
	load   func() (Setup, error)
	stop   context.CancelFunc
	over   chan struct{}
	daemon *Daemon

	watchdog time.Duration

	mu     sync.Mutex
	hold   chan struct{} // not nil: the loop stands still until it is closed
	runs   []string      // name and when it began, on the wall
	ends   []string
	beside map[string]int // by target: runs under way
	most   map[string]int
	told   []string
	log    bytes.Buffer
}

// Write is the log's.
func (l *lab) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(b)
}

// at runs a test at a time of the wall's clock in a zone. A bubble begins in 2000, so that comes first.
func at(t *testing.T, zone, wall string, do func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		begin, err := time.ParseInLocation(time.DateTime, wall, loc)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(begin))
		l := &lab{t: t, zone: loc, reload: make(chan os.Signal, 1), over: make(chan struct{}), beside: map[string]int{}, most: map[string]int{}}
		do(l)
		if l.daemon != nil {
			l.stop()
			<-l.over
		}
	})
}

func (l *lab) now() time.Time { return time.Now().Add(time.Duration(l.shift.Load())).In(l.zone) }

// clock is what the loop looks at.
func (l *lab) clock() time.Time {
	l.mu.Lock()
	hold := l.hold
	l.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return l.now()
}

// job is a job whose n-th run does what do says.
func (l *lab) job(name, target, text string, do func(ctx context.Context, n int, until time.Time) Outcome) Job {
	s, err := schedule.Parse(text, l.zone)
	if err != nil {
		l.t.Fatal(err)
	}
	n := 0
	return Job{Name: name, Target: target, Schedule: s, Run: func(ctx context.Context, until time.Time) Outcome {
		l.mu.Lock()
		l.runs = append(l.runs, name+" "+l.now().Format("02 15:04:05"))
		l.beside[target]++
		l.most[target] = max(l.most[target], l.beside[target])
		l.mu.Unlock()
		n++
		o := do(ctx, n, until)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.beside[target]--
		l.ends = append(l.ends, fmt.Sprintf("%s %s %s", name, l.now().Format("02 15:04:05"), o.Status))
		return o
	}}
}

// takes is a run that reads and sends for so long, then makes way or ends well.
func takes(d time.Duration) func(context.Context, int, time.Time) Outcome {
	return func(ctx context.Context, _ int, until time.Time) Outcome {
		select {
		case <-ctx.Done():
			return Outcome{Status: reconcile.Cancelled, Err: ctx.Err()}
		case <-time.After(min(d, time.Until(until))):
		}
		if d > 0 && !time.Now().Before(until) {
			return Outcome{Status: reconcile.Continued}
		}
		return Outcome{Status: reconcile.Succeeded}
	}
}

// sleep is a run at work, which ends when it is told to.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// start starts the daemon.
func (l *lab) start(jobs ...Job) {
	var ctx context.Context
	ctx, l.stop = context.WithCancel(l.t.Context())
	l.daemon = New(l.setup(jobs...), Options{Reload: l.reload, Now: l.clock, Watchdog: l.watchdog,
		Load: func(context.Context) (Setup, error) { return l.load() },
		Notify: func(s string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.told = append(l.told, s)
		}})
	go func() {
		defer close(l.over)
		l.daemon.Run(ctx)
	}()
}

func (l *lab) setup(jobs ...Job) Setup {
	return Setup{Jobs: jobs, Log: zerolog.New(l)}
}

// wait lets time pass until the clock on the wall shows that.
func (l *lab) wait(wall string) {
	l.t.Helper()
	until, err := time.ParseInLocation(time.DateTime, wall, l.zone)
	if err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(until.Sub(l.now()))
	synctest.Wait()
}

func (l *lab) wantRuns(want ...string) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.runs, want) {
		l.t.Errorf("runs\n  %s\nwant\n  %s", strings.Join(l.runs, "\n  "), strings.Join(want, "\n  "))
	}
}

func (l *lab) wantLogged(text string, times int) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := strings.Count(l.log.String(), text); n != times {
		l.t.Errorf("%q was logged %d times, want %d:\n%s", text, n, times, l.log.String())
	}
}
