package reconcile_test

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestAnApprovalExpires(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate = plan.Limit{}
	w.run()
	w.feed.rows = staff(10, 1)
	w.run()
	w.approve()
	w.now = w.now.Add(state.ApprovalLasts)
	if p, log := w.run(); p.Status != reconcile.Blocked || len(log) > 0 {
		t.Errorf("%s, sent %q", p.Status, log)
	}
}

func TestWhatMayHaveBeenDoneCountsAlong(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate, w.job.Delivery.Attempts = plan.Limit{AtLeast: 2}, 1
	w.run()
	w.feed.rows = staff(10, 1, 2)
	w.target.answer = func(plan.Change) (*sinks.Error, bool) { return noAnswer(), true }
	w.run()
	w.target.answer = nil
	w.feed.rows = staff(10, 3) // those two are back, but may have been switched off
	if p, log := w.run(); p.Status != reconcile.Blocked || len(log) > 0 {
		t.Errorf("%s with %+v, sent %q", p.Status, p.Limits[2], log)
	}
}

func TestAPercentageIsOfThoseBeforeTheDay(t *testing.T) {
	w := newWorld(t, staff(20)...)
	w.job.Limits.Deactivate = plan.Limit{Percent: 50 * plan.OnePercent}
	w.run()
	w.feed.rows = staff(20, 1, 2, 3, 4, 5)
	w.run()
	w.feed.rows = staff(20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) // the rest of a run that was cut short: half of 20, not of the 15 that are left
	if p, log := w.run(); p.Status != reconcile.Succeeded || len(log) != 5 {
		t.Errorf("%s with %+v, sent %q", p.Status, p.Limits[2], log)
	}
}

func TestEveryKindOfChangeHasItsLimit(t *testing.T) {
	for _, c := range []struct {
		kind   string
		limit  func(*plan.Limits) *plan.Limit
		before []string
		after  []string
	}{
		{"create", func(l *plan.Limits) *plan.Limit { return &l.Create }, staff(2), staff(3)},
		{"update", func(l *plan.Limits) *plan.Limit { return &l.Update }, staff(2), append(staff(1), "2,p2@x,Other,it,1,")},
		{"deactivate", func(l *plan.Limits) *plan.Limit { return &l.Deactivate }, staff(2), staff(2, 2)},
		{"reactivate", func(l *plan.Limits) *plan.Limit { return &l.Reactivate }, staff(2, 2), staff(2)},
	} {
		w := newWorld(t, staff(2)...)
		w.run()
		w.feed.rows = c.before
		w.run()
		*c.limit(&w.job.Limits) = plan.Limit{}
		w.feed.rows = c.after
		if p, log := w.run(); p.Status != reconcile.Blocked || len(log) > 0 {
			t.Errorf("%s: %s, sent %q", c.kind, p.Status, log)
		}
		*c.limit(&w.job.Limits) = plan.Limit{AtLeast: 1}
		if p, log := w.run(); p.Status != reconcile.Succeeded || len(log) != 1 {
			t.Errorf("%s within its limit: %s, sent %q", c.kind, p.Status, log)
		}
	}
}

// TestAnEntryOfAnotherKeySaysNothingOfThisOne: under another key expression a record meets the entry of somebody else, who has left.
func TestAnEntryOfAnotherKeySaysNothingOfThisOne(t *testing.T) {
	w := newWorld(t, "1,p1@x,Ann,2,1,", "2,p2@x,Bob,1,1,")
	w.run()
	w.remap("dept", `scope != "no" && key != ""`, `on == "1"`)
	w.feed.rows = []string{"1,p1@x,Ann,2,0,", "2,p2@x,Bob,1,1,"} // Ann has left; by the new key that is record 2, which is Bob's
	p, log := w.run()
	if strings.Contains(strings.Join(log, "\n"), "deactivate") || p.Waiting == 0 {
		t.Errorf("%d wait, sent %q", p.Waiting, log)
	}
}

func TestNothingFollowsAStepThatWasRefused(t *testing.T) {
	w := stepWorld(t, "1,a@x,Ann,hr,0,")
	w.run()
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
		if c.Action == plan.Reactivate {
			return &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, false
		}
		return nil, false
	}
	w.feed.rows = []string{"1,a@x,Anna,hr,1,"}
	p, log := w.run()
	if w.wantLog(log, "reactivate 1 !refused"); p.HeldRows != 1 {
		t.Errorf("%d held", p.HeldRows)
	}
}
