package reconcile_test

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// TestWhatIsOverALimitWaitsAndTheRestIsSent: of an action all of it, of an attribute it alone, and whoever wants a natural key that is not
// given up now.
func TestWhatIsOverALimitWaitsAndTheRestIsSent(t *testing.T) {
	some := plan.Limit{AtLeast: 1}
	for _, c := range []struct {
		name    string
		limits  plan.Limits
		rows    []string // of people 1 to 4, who were p1@x to p4@x, in it
		sent    []string
		waiting int
		summary plan.Summary
	}{
		{"deactivations", plan.Limits{Create: plan.Limit{None: true}, Update: plan.Limit{None: true}, Deactivate: some, Reactivate: plan.Limit{None: true}},
			[]string{"1,p1@x,Name 1,it,0,", "2,p2@x,Name 2,it,0,", "3,p3@x,New,it,1,", "4,p4@x,Name 4,it,1,", "5,p5@x,Name 5,it,1,"},
			[]string{"update 3 name", "create 5 dept,email,name,on,ref"}, 2, plan.Summary{Create: 1, Update: 1, Waiting: 2, Unchanged: 1}},
		{"an attribute", plan.Limits{Create: plan.Limit{None: true}, Update: plan.Limit{None: true}, Deactivate: some, Reactivate: some, Attribute: map[string]plan.Limit{"dept": some}},
			[]string{"1,p1@x,Name 1,hr,1,", "2,p2@x,New,hr,1,", "3,p3@x,Name 3,it,1,", "4,p4@x,Name 4,it,1,"},
			[]string{"update 2 name"}, 2, plan.Summary{Update: 1, Waiting: 1, Unchanged: 2}},
		{"a chain behind an attribute", plan.Limits{Create: plan.Limit{None: true}, Update: plan.Limit{None: true}, Deactivate: some, Reactivate: some, Attribute: map[string]plan.Limit{"email": some}},
			[]string{"1,free@x,New,it,1,", "2,p1@x,Name 2,it,1,", "3,p3@x,Name 3,it,1,", "4,p4@x,Name 4,it,1,", "5,p2@x,Name 5,it,1,"},
			[]string{"update 1 name"}, 3, plan.Summary{Update: 1, Waiting: 2, Unchanged: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, staff(4)...)
			w.run()
			w.job.Limits, w.job.Withhold = c.limits, true
			w.feed.rows = c.rows
			p, log := w.run()
			w.wantLog(log, c.sent...)
			if p.Status != reconcile.Succeeded || p.Waiting != c.waiting || p.Summary != c.summary || p.Requests != len(c.sent) {
				t.Errorf("%s, %d waiting, %d requests, %+v; want %d and %+v", p.Status, p.Waiting, p.Requests, p.Summary, c.waiting, c.summary)
			}
			p, log = w.run()
			if w.wantLog(log); p.Waiting != c.waiting {
				t.Errorf("the next run has %d waiting, want %d still: %s", p.Waiting, c.waiting, strings.Join(log, ", "))
			}
			w.job.Limits = plan.Limits{Create: plan.Limit{None: true}, Update: plan.Limit{None: true}, Deactivate: plan.Limit{None: true}, Reactivate: plan.Limit{None: true}}
			w.run()
			if p, log = w.run(); p.Waiting != 0 || len(log) > 0 {
				t.Errorf("without limits it ends with %d waiting and %q", p.Waiting, log)
			}
		})
	}
}

// TestAnAttributeThatWasApprovedStaysSoUntilItWasSent: though the change that has it has others too, and the run that sends it is cut short.
func TestAnAttributeThatWasApprovedStaysSoUntilItWasSent(t *testing.T) {
	w := newWorld(t, staff(4)...)
	w.job.Delivery.Workers, w.job.Withhold = 1, true
	w.run()
	w.job.Limits.Attribute = map[string]plan.Limit{"dept": {AtLeast: 1}}
	halt := func(plan.Change) (*sinks.Error, bool) {
		return &sinks.Error{Class: sinks.Halt, Message: "the door is shut"}, false
	}
	w.target.answer = halt
	w.feed.rows = []string{"1,p1@x,Name 1,hr,1,", "2,p2@x,New,hr,1,", "3,p3@x,Name 3,it,1,", "4,p4@x,Name 4,it,1,"}
	w.run()
	w.approve()
	w.run()
	w.target.answer = nil
	p, log := w.run()
	w.wantLog(log, "update 1 dept", "update 2 dept,name")
	if p.Waiting != 0 {
		t.Errorf("%d wait, and all was approved", p.Waiting)
	}
}
