package reconcile_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/plan"
)

// converge is the end of every story: the faults stop, each feed is clean, no two want the same, and somebody approves what waits. Then the
// target is soon equal to the sources, whatever came before, and nothing more is sent.
func (m *machine) converge(rt *rapid.T) {
	const rounds = 10
	m.log("-- from here on all is well")
	m.lost = m.lost || rapid.Bool().Draw(rt, "adopt")
	for i, o := range m.offices {
		s := anySetting(rt)
		s.where, s.on, s.hold, s.recreate, s.absent.Deactivate, s.outOff, s.prefer, s.limits.Create = plain().where, plain().on, false, true, true, true, false, plan.Limit{None: true}
		o.configure(s)
		var lines []line
		for k, key := range keys {
			if !m.ownedBy(m.offices[1-i].name, key) && rapid.IntRange(0, 3).Draw(rt, "stays") > 0 && k%2 == i {
				lines = append(lines, line{key, "new." + key + "@x", rapid.SampledFrom([]string{"Dan", "Eve"}).Draw(rt, "name"), rapid.SampledFrom([]string{"", "it"}).Draw(rt, "dept"),
					rapid.SampledFrom([]string{"1", "1", "0"}).Draw(rt, "on"), rapid.SampledFrom([]string{"", "", "no"}).Draw(rt, "scope")})
			}
		}
		o.write(lines)
		o.retry()
	}
	for range rounds {
		for _, o := range m.offices {
			o.feed.day++
			m.run(nil, o)
			o.decide(true)
			o.retry()
		}
		m.switchOn()
		m.now = m.now.Add(25 * time.Hour)
	}
	for _, o := range m.offices {
		p := m.run(nil, o)[0]
		if o.asked > 0 || p.Waiting > 0 || p.HeldRows > 0 {
			o.wrong("%d requests still, %d wait, %d held, %s", o.asked, p.Waiting, p.HeldRows, p.Status)
		}
		o.equal()
	}
	m.Check(rt)
}

// switchOn is an administrator who switches on by hand what is off in the target and was not by us, as far as the state knows.
func (m *machine) switchOn() {
	for _, a := range m.estate.accounts {
		for _, o := range m.offices {
			key := claim{o.name, a.attrs["ref"]}
			if a.owner != (claim{}) {
				key = a.owner
			}
			what, _ := o.set.judged(o.lines, key.key)
			if m.lost && what == present && key.job == o.name {
				a.attrs["on"] = "true"
			}
		}
	}
}

func (m *machine) ownedBy(job, key string) bool {
	if m.claimed[claim{job, key}] {
		return true
	}
	for _, a := range m.estate.accounts {
		if a.owner == (claim{job, key}) || a.shown[claim{job, key}] || a.owner.job == job && a.attrs["ref"] == key {
			return true
		}
	}
	return false
}

// equal holds the target against the job's feed.
func (o *office) equal() {
	for _, key := range keys {
		var mine []*account
		for _, id := range o.m.estate.ids() {
			if a := o.m.estate.accounts[id]; a.owner == (claim{o.name, key}) {
				mine = append(mine, a)
			}
		}
		what, e := o.set.judged(o.lines, key)
		active := slices.DeleteFunc(slices.Clone(mine), func(a *account) bool { return a.attrs["on"] != "true" })
		switch {
		case what != present && len(active) > 0:
			o.wrong("%s is active: %v", key, active[0].attrs)
		case what == present && len(mine) != 1:
			o.wrong("%s has %d accounts", key, len(mine))
		case what == present:
			want := maps.Clone(e.attrs)
			want["on"] = "true"
			got := maps.Clone(mine[0].attrs)
			if o.set.noDept || mine[0].blind && want["dept"] == "" {
				delete(got, "dept")
			}
			if !maps.Equal(got, want) {
				o.wrong("%s is %v, and should be %v", key, got, want)
			}
		}
	}
	if a := o.m.estate.accounts["s2"]; a != nil && (a.attrs["name"] != "Root" || a.attrs["on"] != "true" || strings.Join(slices.Sorted(maps.Keys(a.attrs)), "") != "emailnameon") {
		o.wrong("what is built in was written: %v", a.attrs)
	}
}
