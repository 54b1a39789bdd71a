package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// line is a row of a feed.
type line struct{ key, email, name, dept, on, scope string }

func (l line) String() string {
	return strings.Join([]string{l.key, l.email, l.name, l.dept, l.on, l.scope}, ",")
}

// office is a job, its feed, and what the reference model remembers of it.
type office struct {
	m        *machine
	name     string
	stepwise bool
	feed     *feed
	lines    []line
	set      setting
	job      *reconcile.Job

	kept       *setting               // the configuration under which nothing waited last, or that was approved; nil: not known
	wanted     *setting               // the one that waits for approval
	missed     map[string][]time.Time // complete reads, each of another file, that had no entry of a key
	unreadable map[string]time.Time   // rows without a readable key, and since when
	lastDay    int                    // of the file that was counted last
	offs       []time.Time            // when somebody was switched off whom nobody had approved
	parked     time.Time
	asked      int // requests of this run
	written    int // those of them that would change something
}

func newOffice(m *machine, name string, stepwise bool, workers int) *office {
	o := &office{m: m, name: name, stepwise: stepwise, feed: &feed{}}
	o.job = &reconcile.Job{Name: name, Target: "memory", State: m.state, Source: o.feed, Log: zerolog.Nop(), Now: func() time.Time { return m.now },
		Contract: reconcile.Contract{MaxShrink: 100 * plan.OnePercent}, Sink: door{o},
		Delivery: reconcile.Delivery{Workers: workers, Attempts: 2, MaxWait: time.Minute, RetryRefused: 24 * time.Hour}}
	if stepwise {
		o.job.Sink = steps{door{o}}
	}
	o.forget()
	o.configure(plain())
	return o
}

// forget is what losing the state does.
func (o *office) forget() {
	o.kept, o.wanted, o.missed, o.unreadable, o.offs, o.parked, o.lastDay = nil, nil, map[string][]time.Time{}, map[string]time.Time{}, nil, time.Time{}, -1
}

func (o *office) configure(s setting) {
	m := s.mapping()
	o.set, o.job.Mapping, o.job.Limits, o.job.Withhold = s, m, s.limits, s.withhold
	o.job.Rules = plan.Rules{Mapped: m.Attributes(), Absent: s.absent, DeactivateOut: s.outOff, CreateInactive: s.createInactive,
		UpdateInactive: s.updateInactive, Prefer: s.prefer}
	o.job.Delivery.Adopt, o.job.Delivery.Recreate = !s.hold, s.recreate
}

// write makes another file of the lines.
func (o *office) write(lines []line) {
	o.lines = lines
	o.feed.rows = nil
	for _, l := range lines {
		o.feed.rows = append(o.feed.rows, l.String())
	}
	o.feed.day++
}

// right notes what is wrong with sending a change.
func (o *office) right(c plan.Change) {
	o.written++
	key := string(c.Key)
	what, e := o.set.judged(o.lines, key)
	if why := o.set.sends(c, what, e, o.stepwise); why != "" {
		o.wrong("%s %s: %s", c.Action, key, why)
	}
	if c.Action == plan.Deactivate && !c.Part {
		if why := o.stays(key, what, c.Approved != ""); why != "" {
			o.wrong("%s is switched off: %s", key, why)
		}
	}
	a, own := o.m.estate.accounts[c.RemoteID], claim{o.name, key}
	switch {
	case a == nil || a.owner == own:
	case a.owner == claim{} && a.shown[own]:
		a.owner = own
	default:
		o.wrong("%s %s writes %s, which is of %v", c.Action, key, c.RemoteID, a.owner)
	}
}

// stays says why a key is not to be switched off; "" if it is.
func (o *office) stays(key string, what is, approved bool) string {
	if o.kept != nil && !approved {
		former := o.set
		former.where, former.on, former.name, former.noDept, former.prefer = o.kept.where, o.kept.on, o.kept.name, o.kept.noDept, o.kept.prefer
		if was, _ := former.judged(o.lines, key); was == present || was == held {
			return "only another configuration does it, and nobody approved it"
		}
	}
	absent := o.set.absent
	switch missed := o.missed[key]; {
	case what == outside && !o.set.outOff:
		return "who is out of scope is kept"
	case what != missing:
		return ""
	case !absent.Deactivate:
		return "who is absent is kept"
	case o.shadowed(key):
		return "somebody who is held has its e-mail"
	case len(missed) == 0 && o.frozen():
		return "an entry without a key could be anyone"
	case len(missed) == 0 && (absent.Reads > 1 || absent.After > 0 || o.feed.day == o.lastDay):
		return "it is absent for the first time"
	case len(missed) > 0 && len(missed)+o.counts() < absent.Reads:
		return fmt.Sprintf("it was absent from %d reads", len(missed)+o.counts())
	case len(missed) > 0 && o.m.now.Sub(slices.MinFunc(append([]time.Time{o.m.now}, missed...), time.Time.Compare)) < absent.After:
		return "it is absent since " + missed[0].String()
	}
	return ""
}

func (o *office) counts() int {
	if o.feed.day == o.lastDay {
		return 0
	}
	return 1
}

// shadowed reports whether somebody who is surely held has the e-mail of a key's account.
func (o *office) shadowed(key string) bool {
	for _, a := range o.m.estate.accounts {
		if a.owner != (claim{o.name, key}) || a.unsure {
			continue
		}
		for _, l := range o.lines {
			what, e := o.set.judged(o.lines, l.key)
			email := l.email
			switch {
			case l.key == key || o.set.entry(l).scope == plan.OutOfScope:
				continue
			case l.key == "":
				what = held
			case what == present:
				email = e.attrs["email"]
			}
			if (what == held || what == present) && record.Fold(email) == record.Fold(a.attrs["email"]) {
				return true
			}
		}
	}
	return false
}

// frozen reports whether an entry could be anyone.
func (o *office) frozen() bool {
	return slices.ContainsFunc(o.lines, func(l line) bool {
		since, seen := o.unreadable[l.String()]
		return l.key == "" && o.set.entry(l).scope != plan.OutOfScope && (!seen || o.m.now.Before(since.Add(reconcile.UnreadableGrace)))
	})
}

// learn is what the model remembers of a run that came to its end.
func (o *office) learn(p *reconcile.Plan) {
	if p.Status == reconcile.Parked {
		o.parked = p.Resume
	}
	if !p.Receipt.Complete || p.Same {
		return
	}
	frozen := o.frozen()
	here := map[string]bool{}
	rows := map[string]bool{}
	for _, l := range o.lines {
		here[l.key] = true
		if l.key == "" && o.set.entry(l).scope != plan.OutOfScope {
			rows[l.String()] = true
			if since := o.unreadable[l.String()]; since.IsZero() || since.After(o.m.now) { // it was seen by a clock that was ahead
				o.unreadable[l.String()] = o.m.now
			}
		}
	}
	for _, key := range keys {
		switch {
		case here[key] && p.Err == nil, o.shadowed(key) && p.Err == nil:
			delete(o.missed, key)
		case !here[key] && o.counts() == 1 && (len(o.missed[key]) > 0 || !frozen):
			o.missed[key] = append(o.missed[key], o.m.now)
		}
	}
	if p.Err == nil {
		maps.DeleteFunc(o.unreadable, func(row string, _ time.Time) bool { return !rows[row] })
	}
	o.lastDay = o.feed.day
	set := o.set
	if o.wanted = nil; p.Waiting > 0 {
		o.wanted = &set
	} else if p.Status == reconcile.Succeeded || p.Status == reconcile.Partial || p.Status == reconcile.Continued {
		o.kept = &set
	}
}

// opens notes that an account is made for a key.
func (o *office) opens(id string, c plan.Change) {
	for _, other := range o.m.estate.ids() {
		a := o.m.estate.accounts[other]
		if a.owner.key == string(c.Key) || a.owner == (claim{}) && !a.foreign && o.m.estate.shows && a.attrs["ref"] == string(c.Key) {
			o.wrong("create %s makes %s beside %s, which is of %v", c.Key, id, other, a.owner)
		}
	}
	delete(o.missed, string(c.Key))
}

// switchedOff counts who is switched off without anybody's approval.
func (o *office) switchedOff(c plan.Change) {
	o.offs = append(o.offs, o.m.now)
	n := 0
	for _, at := range o.offs {
		if at.After(o.m.now.Add(-plan.Day)) {
			n++
		}
	}
	if l := o.set.limits.Deactivate; !l.None && n > l.AtLeast {
		o.wrong("%s is the %d. within a day, the limit is %d", c.Key, n, l.AtLeast)
	}
}

func (o *office) wrong(format string, args ...any) {
	text := o.name + ": " + fmt.Sprintf(format, args...)
	o.m.log("!! %s", text)
	o.m.faulty = append(o.m.faulty, text)
}

// decide approves what waits, or rejects it.
func (o *office) decide(approve bool) {
	v, err := state.OpenView(o.job.State)
	o.m.must(err)
	job, err := v.Job(o.name, "", o.job.Target)
	o.m.must(err)
	a, ok, err := v.Pending(job, o.m.now)
	o.m.must(err)
	o.m.must(v.Close())
	if !ok {
		return
	}
	s, err := state.Open(o.job.State)
	o.m.must(err)
	if approve {
		_, err = s.Approve(job, a, "Ann", o.m.now)
		o.kept = o.wanted
	} else {
		_, err = s.Reject(job, a)
	}
	o.m.must(err)
	o.m.must(s.Close())
	o.wanted = nil
	o.m.log("%s: what waits is decided: %v", o.name, approve)
}

// retry lets go again what was refused.
func (o *office) retry() {
	v, err := state.OpenView(o.job.State)
	o.m.must(err)
	job, err := v.Job(o.name, "", o.job.Target)
	o.m.must(err)
	o.m.must(v.Close())
	if job.ID == 0 {
		return
	}
	s, err := state.Open(o.job.State)
	o.m.must(err)
	_, err = s.Retry(job, "")
	o.m.must(err)
	o.m.must(s.Close())
	o.m.log("%s: retry", o.name)
}
