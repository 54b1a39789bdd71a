package reconcile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
)

// remap gives the job another mapping.
func (w *world) remap(key, where, on string) {
	w.t.Helper()
	expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
	m, problems := mapping.Compile(mapping.Spec{Key: expr(key), Where: expr(where), Zone: time.UTC, Map: []mapping.Field{
		{Attribute: "email", Expression: expr("email")}, {Attribute: "name", Expression: expr("name")}, {Attribute: "dept", Expression: expr("dept")},
		{Attribute: "on", Expression: expr(on)}}}, schema, nil)
	if m == nil {
		w.t.Fatal(problems)
	}
	w.job.Mapping = m
}

// TestWhomOnlyAConfigurationSwitchesOffWaits: with no limit at all. What the data says is sent meanwhile.
func TestWhomOnlyAConfigurationSwitchesOffWaits(t *testing.T) {
	const key, where, on = "key", `scope != "no"`, `on == "1"`
	for _, c := range []struct {
		name    string
		change  func(*world)
		rows    []string // from then on
		sent    []string
		waiting int
	}{
		{"where", func(w *world) { w.remap(key, `dept != "it"`, on) }, staff(4), nil, 4},
		{"where, and one has left by both", func(w *world) { w.remap(key, `scope != "no" && email != "p1@x"`, on) }, staff(4, 2), []string{"deactivate 2 on"}, 1},
		{"where, and one goes out of scope by both", func(w *world) { w.remap(key, `scope != "no" && email != "p1@x"`, on) },
			append(staff(3), "4,p4@x,Name 4,it,1,no"), []string{"deactivate 4 on"}, 1},
		{"where, and others are updated", func(w *world) { w.remap(key, `scope != "no" && email != "p1@x"`, on) },
			append(staff(3), "4,p4@x,New,it,1,"), []string{"update 4 name"}, 1},
		{"the active attribute", func(w *world) { w.remap(key, where, `on == "yes"`) }, staff(4), nil, 4},
		{"the active attribute, asking for less than before", func(w *world) { w.remap(key, where, `dept == "hr"`) }, staff(4, 1), nil, 4},
		{"the selection: who is missing may be so for it", func(w *world) { w.job.Selection = "another filter" }, staff(2), nil, 2},
		{"the selection, and one says that he has left", func(w *world) { w.job.Selection = "another filter" }, staff(3, 3), []string{"deactivate 3 on"}, 1},
		{"where: who is missing is so for the data", func(w *world) { w.remap(key, `scope != "out"`, on) }, staff(3), []string{"deactivate 4 on"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, staff(4)...)
			w.job.Rules.DeactivateOut, w.job.Delivery.Workers = true, 1
			w.run()
			c.change(w)
			w.feed.rows = c.rows
			p, log := w.run()
			w.wantLog(log, c.sent...)
			if p.Waiting != c.waiting || p.Summary.Waiting != c.waiting || len(p.Changed) == 0 {
				t.Errorf("%d wait, %+v, changed %q; want %d", p.Waiting, p.Summary, p.Changed, c.waiting)
			}
			if p, log = w.run(); len(log) > 0 || p.Waiting != c.waiting {
				t.Errorf("the next run sends %q, and %d wait", log, p.Waiting)
			}
			if c.waiting == 0 {
				if len(p.Changed) > 0 {
					t.Errorf("a run in which nothing waited has not thawed it: %q", p.Changed)
				}
				return
			}
			w.approve()
			p, log = w.run()
			if len(log) != c.waiting || strings.Count(strings.Join(log, ""), "deactivate") != c.waiting || p.Waiting != 0 || len(p.Changed) > 0 {
				t.Errorf("approved, it sends %q, %d wait, changed %q", log, p.Waiting, p.Changed)
			}
		})
	}
}

// TestAnAbsenceThatBeganWithAConfigurationStaysItsOwn: nobody is due at first, so that nothing waits and the configuration is kept; days later
// they are due, and wait all the same. Who was absent before is absent for the data.
func TestAnAbsenceThatBeganWithAConfigurationStaysItsOwn(t *testing.T) {
	w := newWorld(t, staff(4)...)
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
	w.job.Delivery.Workers = 1
	w.run()
	w.feed.rows = staff(3)
	w.run()
	w.now = w.now.Add(time.Hour)
	w.job.Selection = "another filter"
	w.feed.rows = staff(1)
	if p, _ := w.run(); p.Waiting != 0 || len(p.Changed) != 1 {
		t.Errorf("at first %d wait, changed %q", p.Waiting, p.Changed)
	}
	w.now = w.now.Add(25 * time.Hour)
	p, log := w.run()
	w.wantLog(log, "deactivate 4 on")
	if p.Waiting != 2 {
		t.Errorf("%d wait, want the two whom the filter left out", p.Waiting)
	}
	w.feed.rows = staff(4)
	if p, log := w.run(); p.Waiting != 0 || len(log) != 1 {
		t.Errorf("seen again, %d wait and %q is sent; want one reactivation", p.Waiting, log)
	}
	w.feed.rows = staff(3)
	w.run()
	w.now = w.now.Add(25 * time.Hour)
	_, log = w.run()
	w.wantLog(log, "deactivate 4 on")
}

// TestAConfigurationPutBackThaws: what waited is not planned any more.
func TestAConfigurationPutBackThaws(t *testing.T) {
	w := newWorld(t, staff(4)...)
	w.job.Rules.DeactivateOut = true
	w.run()
	w.remap("key", `dept != "it"`, `on == "1"`)
	w.run()
	if w.pending() != 4 {
		t.Errorf("%d wait, want all", w.pending())
	}
	w.remap("key", `scope != "no"`, `on == "1"`)
	if p, log := w.run(); len(log) > 0 || p.Waiting > 0 || w.pending() != 0 || len(p.Changed) > 0 {
		t.Errorf("%q is sent, %d wait, %d for approval, changed %q", log, p.Waiting, w.pending(), p.Changed)
	}
}

// TestAnEntryOfAnotherKeySaysNothingOfThisOne: under another key expression a record meets the entry of somebody else, who has left.

// TestAnApprovalTakenBackFreezesAgain: the configuration that it made the one to keep is not that any more.
func TestAnApprovalTakenBackFreezesAgain(t *testing.T) {
	w := newWorld(t, staff(4)...)
	w.job.Rules.DeactivateOut = true
	w.run()
	w.remap("key", `dept != "it"`, `on == "1"`)
	w.run()
	w.approve()
	_, job := w.wanted()
	v, err := state.OpenView(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	granted, err := v.Granted(job, w.now)
	if err := errors.Join(err, v.Close()); err != nil || len(granted) != 1 {
		t.Fatal(granted, err)
	}
	s, err := state.Open(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	ok, err := s.Reject(job, granted[0])
	if err := errors.Join(err, s.Close()); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for range 2 {
		if p, log := w.run(); len(log) > 0 || p.Waiting != 4 || len(p.Changed) == 0 {
			t.Errorf("%q is sent, %d wait, changed %q", log, p.Waiting, p.Changed)
		}
	}
}
