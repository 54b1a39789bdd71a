package reconcile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

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
		m.claimed[to] = true
	case a.owner == from:
		a.owner = to
	case a.owner == claim{} && a.shown[from]:
		a.owner = to
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
		m.claimed[a.owner] = true
		for c := range a.shown {
			m.claimed[c] = true
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
	clear(m.claimed)
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
