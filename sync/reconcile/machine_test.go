package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/reconcile"
)

var keys = []string{"1", "2", "3", "4", "5", "6", "7", "8"}

// machine is two jobs on one target, and everything that can happen to them. Its methods are the actions of TestWhateverHappens.
//
// A machine that is switched off leaves the files of its state as they are at that moment, and the target as it is: they are copied in the
// middle of a request, the run that was under way comes to nothing more, and the next one goes on with the copy.
type machine struct {
	t       testing.TB
	mu      sync.Mutex
	dir     string
	state   string
	states  int
	now     time.Time
	estate  estate
	offices []*office
	faults  []fault // of the requests to come; then all is fine
	calls   int
	off     bool // the machine is switched off until the run has ended
	cancel  func()
	claimed map[claim]bool // keys of which a job may have a record that the target does not show as its own: deleted, or without an answer
	lost    bool           // the state was, once: what is not linked is adopted before each run
	trace   []string
	faulty  []string
}

// TestWhateverHappens is about sequences of feeds, faults, crashes, configurations and commands, of two jobs on one target: with requests that
// do a change at once, and with such as take two for it. See office.right for what is never sent, whatever came before; Check and converge
// for the rest.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			m := newMachine(t, rt)
			defer os.RemoveAll(m.dir)
			rt.Repeat(rapid.StateMachineActions(m))
			m.converge(rt)
		})
	})
}

func newMachine(t testing.TB, rt *rapid.T) *machine {
	dir, err := os.MkdirTemp("", "machine")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir, state: filepath.Join(dir, "state.db"), now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), cancel: func() {}, claimed: map[claim]bool{}}
	m.estate = estate{accounts: map[string]*account{}, shows: rapid.Bool().Draw(rt, "shows references")}
	if rapid.IntRange(0, 3).Draw(rt, "strangers") == 0 {
		m.estate.accounts["s1"] = &account{attrs: map[string]string{"email": "a@x", "name": "Old", "on": "true"}}
		m.estate.accounts["s2"] = &account{attrs: map[string]string{"email": "b@x", "name": "Root", "on": "true"}, foreign: true}
	}
	workers := rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(rt, "workers")
	for _, name := range []string{"hr", "ext"} {
		o := newOffice(m, name, rapid.Bool().Draw(rt, "two requests"), workers)
		m.offices = append(m.offices, o)
		o.write(rapid.SliceOfN(rapid.Custom(anyLine), 0, 7).Draw(rt, "feed of "+name))
	}
	return m
}

func (m *machine) log(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf(format, args...))
}

func (m *machine) must(err error) {
	if err != nil {
		m.faulty = append(m.faulty, err.Error())
	}
}

// Check fails with what was noted.
func (m *machine) Check(rt *rapid.T) {
	if len(m.faulty) == 0 {
		return
	}
	m.log("the target has")
	for _, id := range m.estate.ids() {
		m.log("  %s of %v: %v", id, m.estate.accounts[id].owner, m.estate.accounts[id].attrs)
	}
	for _, o := range m.offices {
		m.log("%s has %q under %+v", o.name, o.feed.rows, o.set)
	}
	rt.Fatalf("%s\n\n%s", strings.Join(m.faulty, "\n"), strings.Join(m.trace, "\n"))
}

// request decides what becomes of a request.
func (m *machine) request(o *office, what string) (fault, error) {
	if m.off {
		return halt, gone()
	}
	o.asked++
	f := fine
	if m.calls < len(m.faults) {
		f = m.faults[m.calls]
	}
	m.calls++
	m.log("   %s: %s", what, f)
	if m.now.Before(o.parked) && o.parked.Sub(m.now) <= 2*time.Hour { // the pauses are of an hour: further ahead it was noted by a clock that was wrong
		o.wrong("%s, and it was told to wait until %s", what, o.parked)
	}
	switch f {
	case crashBefore:
		m.crash()
	case cancelled:
		m.cancel()
	}
	if err := f.answer(); err != nil {
		return f, err
	}
	return f, nil
}

// crash switches the machine off.
func (m *machine) crash() {
	m.off = true
	m.states++
	to := filepath.Join(m.dir, fmt.Sprint(m.states), "state.db")
	m.must(os.Mkdir(filepath.Dir(to), 0o700))
	m.must(copyState(m.state, to))
	m.state = to
}

// copyState copies a state as it is at this moment. What another process would do with the file of shared memory, SQLite does as well: it
// makes it anew of the log.
func copyState(from, to string) error {
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(from + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run runs jobs, and holds what they did against the model.
func (m *machine) run(faults []fault, offices ...*office) []*reconcile.Plan {
	var jobs []*reconcile.Job
	for _, o := range offices {
		if m.lost {
			m.adopt(o)
		}
		m.log("%s runs at %s on day %d: %q", o.name, m.now.Format("01-02 15:04"), o.feed.day, o.feed.rows)
		jobs, o.asked, o.written = append(jobs, o.job), 0, 0
	}
	m.faults, m.calls, m.off = faults, 0, false
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m.cancel = cancel
	plans := reconcile.Run(ctx, jobs, reconcile.Options{First: true})
	for i, p := range plans {
		o := offices[i]
		m.log("   %s: %s, %+v, %d wait, %v", o.name, p.Status, p.Summary, p.Waiting, p.Err)
		for h, err := range p.View().DraftHeld() {
			m.must(err)
			m.log("      held: %s %s: %s", h.Ident, h.Reason, h.Detail)
		}
		if o.written > 0 && (p.Status == reconcile.Blocked || !p.Receipt.Complete) {
			o.wrong("%d changes of a run that is %s", o.written, p.Status)
		}
		if !m.off {
			if p.Err != nil && len(faults) == 0 && p.Receipt.Complete {
				o.wrong("%v", p.Err)
			}
			o.learn(p)
		}
		m.must(p.Close())
	}
	if m.off {
		m.log("   the machine was off")
		for _, o := range m.offices {
			o.job.State = m.state
		}
		m.off = false
	}
	return plans
}
