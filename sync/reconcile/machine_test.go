package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
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
	deleted map[claim]bool // in the target, by somebody
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
	m := &machine{t: t, dir: dir, state: filepath.Join(dir, "state.db"), now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), cancel: func() {}, deleted: map[claim]bool{}}
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

func anyLine(t *rapid.T) line {
	key := rapid.SampledFrom(slices.Concat(keys, keys, []string{""})).Draw(t, "key")
	own := "p" + key + "@x"
	return line{key, rapid.SampledFrom([]string{own, own, own, own, "a@x", "b@x", "B@x", "c@x", ""}).Draw(t, "email"), rapid.SampledFrom([]string{"Ann", "Ann", "Bob", "Bob", "Cyd", ""}).Draw(t, "name"),
		rapid.SampledFrom([]string{"", "it", "hr"}).Draw(t, "dept"), rapid.SampledFrom([]string{"1", "1", "1", "0", "?"}).Draw(t, "on"), rapid.SampledFrom([]string{"", "", "", "", "no"}).Draw(t, "scope")}
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
	if m.now.Before(o.parked) {
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

func (m *machine) some(rt *rapid.T) *office { return m.offices[rapid.IntRange(0, 1).Draw(rt, "job")] }

// adopt links what is nobody's.
func (m *machine) adopt(o *office) {
	m.faults, m.calls, m.off = nil, 0, false
	a, err := o.job.Adopt(context.Background(), reconcile.AdoptOptions{})
	if err == nil {
		m.log("%s adopts: %v", o.name, a.Counts)
	}
}

func (m *machine) Run(rt *rapid.T) { m.run(nil, m.some(rt)) }

func (m *machine) RunBoth(rt *rapid.T) { m.run(nil, m.offices...) }

var weather = []fault{fine, fine, fine, fine, before, after, after, refuse, deny, throttle, parks, halt, cancelled, crashBefore, crashAfter, crashAfter}

func (m *machine) RunInBadWeather(rt *rapid.T) {
	which := [][]*office{m.offices[:1], m.offices[1:], m.offices}[rapid.IntRange(0, 2).Draw(rt, "jobs")]
	m.run(rapid.SliceOfN(rapid.SampledFrom(weather), 1, 8).Draw(rt, "faults"), which...)
}

func (m *machine) RunAndCrash(rt *rapid.T) {
	faults := make([]fault, rapid.IntRange(0, 6).Draw(rt, "fine"))
	for i := range faults {
		faults[i] = fine
	}
	m.run(append(faults, rapid.SampledFrom([]fault{crashBefore, crashAfter}).Draw(rt, "then")), m.some(rt))
}

// RunTwice is about the second time: over the same source, nothing is left to be done.
func (m *machine) RunTwice(rt *rapid.T) {
	o := m.some(rt)
	p := m.run(nil, o)[0]
	if p.Status != reconcile.Succeeded || p.Waiting > 0 || p.Results[state.Adopted]+p.Results[state.Gone] > 0 || o.set.updateInactive && p.Results[state.Succeeded] > 0 {
		return
	}
	again := m.run(nil, o)[0]
	if o.asked > 0 || again.Summary.Changes() > 0 || again.Waiting > 0 {
		o.wrong("after a run that succeeded %d requests, %+v", o.asked, again.Summary)
	}
}

func (m *machine) ReadBadly(rt *rapid.T) {
	o := m.some(rt)
	o.feed.torn = true
	m.run(nil, o)
	o.feed.torn = false
}

func (m *machine) Hire(rt *rapid.T) {
	o := m.some(rt)
	o.write(append(slices.Clone(o.lines), anyLine(rt)))
}

func (m *machine) Leave(rt *rapid.T) {
	if o := m.some(rt); len(o.lines) > 0 {
		i := rapid.IntRange(0, len(o.lines)-1).Draw(rt, "line")
		o.write(slices.Delete(slices.Clone(o.lines), i, i+1))
	}
}

// Alter gives some lines other values, and their keys stay.
func (m *machine) Alter(rt *rapid.T) {
	o := m.some(rt)
	lines := slices.Clone(o.lines)
	for i := range lines {
		if rapid.IntRange(0, 2).Draw(rt, "alter") == 0 {
			key := lines[i].key
			lines[i] = anyLine(rt)
			lines[i].key = key
		}
	}
	o.write(lines)
}

func (m *machine) Another(rt *rapid.T) {
	m.some(rt).write(rapid.SliceOfN(rapid.Custom(anyLine), 0, 8).Draw(rt, "feed"))
}

func (m *machine) Configure(rt *rapid.T) {
	o := m.some(rt)
	o.configure(anySetting(rt))
	m.log("%s: %+v", o.name, o.set)
}

func anySetting(t *rapid.T) setting {
	often := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	none := plan.Limit{None: true}
	limit := func(label string) plan.Limit {
		return rapid.SampledFrom([]plan.Limit{none, none, none, {AtLeast: 1}, {AtLeast: 2}}).Draw(t, label)
	}
	s := plain()
	s.where = rapid.SampledFrom([]string{s.where, s.where, `dept != "hr"`, ""}).Draw(t, "where")
	s.on = rapid.SampledFrom([]string{s.on, s.on, `lookup("states", on)`}).Draw(t, "on")
	s.name = rapid.SampledFrom([]string{s.name, s.name, "upper(name)"}).Draw(t, "name")
	s.noDept, s.prefer, s.outOff, s.createInactive, s.updateInactive = often("no dept"), often("prefer"), !often("keep who is out"), often("create inactive"), often("update inactive")
	s.withhold, s.hold, s.recreate = rapid.Bool().Draw(t, "withhold"), often("hold"), rapid.Bool().Draw(t, "recreate")
	s.absent = rapid.SampledFrom([]plan.Absent{{Deactivate: true, Reads: 1}, {Deactivate: true, Reads: 2, After: 24 * time.Hour}, {Deactivate: true, Reads: 2}, {Deactivate: true, After: 5 * time.Hour}, {Reads: 1}}).Draw(t, "absent")
	s.limits = plan.Limits{Create: limit("create"), Update: limit("update"), Deactivate: rapid.SampledFrom([]plan.Limit{none, {AtLeast: 1}, {AtLeast: 2}, {}}).Draw(t, "deactivate"), Reactivate: limit("reactivate")}
	if often("attribute") {
		s.limits.Attribute = map[string]plan.Limit{"*": {AtLeast: 1}}
	}
	return s
}

func (m *machine) Wait(rt *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour)
}

// Jump is a clock that was wrong, or is.
func (m *machine) Jump(rt *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(-100, 100).Draw(rt, "hours")) * time.Hour)
}

func (m *machine) Decide(rt *rapid.T) {
	m.some(rt).decide(rapid.IntRange(0, 3).Draw(rt, "approve") > 0)
}

func (m *machine) Retry(rt *rapid.T) { m.some(rt).retry() }

func (m *machine) Rekey(rt *rapid.T) {
	o := m.some(rt)
	m.faults, m.calls = nil, 0
	move := reconcile.Move{Old: record.Key(rapid.SampledFrom(keys).Draw(rt, "old")), New: record.Key(rapid.SampledFrom(keys).Draw(rt, "new"))}
	out, err := o.job.Rekey(context.Background(), []reconcile.Move{move}, reconcile.RekeyOptions{Ahead: rapid.Bool().Draw(rt, "ahead")})
	if err != nil {
		return
	}
	for _, moved := range out.Moved {
		m.log("%s: %s is %s now, as %s", o.name, moved.Old, moved.New, moved.RemoteID)
		m.gives(moved.RemoteID, claim{o.name, string(moved.Old)}, claim{o.name, string(moved.New)})
		delete(o.missed, string(moved.Old))
		delete(o.missed, string(moved.New))
	}
}

// gives notes that an account has another owner.
func (m *machine) gives(id string, from, to claim) {
	a := m.estate.accounts[id]
	switch {
	case a == nil:
		m.deleted[to] = true
	case a.owner == from:
		a.owner = to
	case a.owner == claim{} && a.shown[from]:
		a.shown[to] = true
	default:
		m.faulty = append(m.faulty, fmt.Sprintf("%s is of %v, and %v gives it to %v", id, a.owner, from, to))
	}
}

func (m *machine) Transfer(rt *rapid.T) {
	from, to := m.offices[0], m.offices[1]
	if rapid.Bool().Draw(rt, "back") {
		from, to = to, from
	}
	key := rapid.SampledFrom(keys).Draw(rt, "key")
	out, err := reconcile.Transfer(context.Background(), record.Key(key), from.job, to.job, 0)
	if err != nil {
		return
	}
	m.log("%s of %s is given to %s, as %s", key, from.name, to.name, out.RemoteID)
	m.gives(out.RemoteID, claim{from.name, key}, claim{to.name, key})
	delete(to.missed, key)
}

// Vanish deletes somebody in the target.
func (m *machine) Vanish(rt *rapid.T) {
	if ids := m.estate.ids(); len(ids) > 0 {
		id := rapid.SampledFrom(ids).Draw(rt, "id")
		a := m.estate.accounts[id]
		m.log("%s of %v is deleted by somebody", id, a.owner)
		m.deleted[a.owner] = true
		for c := range a.shown {
			m.deleted[c] = true
		}
		delete(m.estate.accounts, id)
	}
}

// LoseTheState is a disk that broke. What the target shows of references is what there is to go on.
func (m *machine) LoseTheState(rt *rapid.T) {
	if !m.estate.shows || rapid.IntRange(0, 2).Draw(rt, "lose") > 0 {
		return
	}
	m.log("the state is lost")
	m.states++
	m.state, m.lost = filepath.Join(m.dir, fmt.Sprint(m.states), "state.db"), true
	m.must(os.Mkdir(filepath.Dir(m.state), 0o700))
	clear(m.deleted)
	for _, a := range m.estate.accounts {
		a.owner, a.shown = claim{}, nil
	}
	for _, o := range m.offices {
		o.job.State = m.state
		o.forget()
	}
}

// Shuffle is about the order of the input and about the index: neither can be seen in a plan.
func (m *machine) Shuffle(rt *rapid.T) {
	o := m.some(rt)
	m.faults, m.calls = nil, 0
	w := &world{t: m.t, job: o.job, feed: o.feed}
	first := described(rt, w)
	if slices.ContainsFunc(o.lines, func(l line) bool {
		what, _ := o.set.judged(o.lines, l.key)
		return what == leaving && m.ownedBy(m.others(o).name, l.key)
	}) {
		return // the file that was read last is not read again: see below
	}
	rows := o.feed.rows
	o.feed.rows = rapid.Permutation(rows).Draw(rt, "order")
	if other := described(rt, w); other != first {
		o.wrong("in the order %q:\n%s\nand in the order %q:\n%s", rows, first, o.feed.rows, other)
	}
	o.feed.rows = rows
	if slices.ContainsFunc(o.lines, func(l line) bool { return m.ownedBy(m.others(o).name, l.key) }) {
		return // whose key another job has taken meanwhile, and who is inactive, is held only once its entry is parsed again
	}
	job := *o.job
	m.states++
	dir := filepath.Join(m.dir, fmt.Sprint(m.states))
	m.must(os.Mkdir(dir, 0o700))
	job.State = filepath.Join(dir, "state.db")
	m.must(withoutIndex(m.state, job.State))
	if other := described(rt, &world{t: m.t, job: &job, feed: o.feed}); other != first {
		o.wrong("with the index:\n%s\nwithout:\n%s", first, other)
	}
}

// others is the other job.
func (m *machine) others(o *office) *office {
	if o == m.offices[0] {
		return m.offices[1]
	}
	return m.offices[0]
}
