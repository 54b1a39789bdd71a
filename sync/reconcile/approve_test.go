package reconcile_test

import (
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// pending is how many changes wait for approval.
func (w *world) pending() int {
	w.t.Helper()
	a, _ := w.wanted()
	return a.Changes
}

func (w *world) wanted() (a state.Approval, job state.Job) {
	w.t.Helper()
	v, err := state.OpenView(w.job.State)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.Close()
	if job, err = v.Job(w.job.Name, "", w.job.Target); err != nil {
		w.t.Fatal(err)
	}
	if a, _, err = v.Pending(job, w.now); err != nil {
		w.t.Fatal(err)
	}
	return a, job
}

// approve lets go ahead what waits.
func (w *world) approve() {
	w.t.Helper()
	a, job := w.wanted()
	s, err := state.Open(w.job.State)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	if ok, err := s.Approve(job, a, "Ann", w.now); err != nil || !ok {
		w.t.Fatalf("approve: %v, %v", ok, err)
	}
}

// TestTheLifeOfAnApproval: wanted by a run, kept by another that wants the same, replaced, removed, expired.
func TestTheLifeOfAnApproval(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate = plan.Limit{AtLeast: 1}
	w.run()
	w.feed.rows = staff(10, 1, 2)
	w.run()
	first, _ := w.wanted()
	w.now = w.now.Add(time.Hour)
	w.run()
	if again, _ := w.wanted(); again.ID != first.ID || !again.Made.After(first.Made) || again.Changes != 2 {
		t.Errorf("the same is wanted as %+v, want %+v of now", again, first)
	}
	w.feed.rows = staff(10, 1, 2, 3)
	w.run()
	if n := w.pending(); n != 3 {
		t.Errorf("%d changes wait, want the 3 of the last run", n)
	}
	w.feed.torn = true
	w.run()
	if n := w.pending(); n != 3 {
		t.Errorf("after an incomplete read %d changes wait, want 3 still", n)
	}
	w.feed.torn, w.feed.rows = false, staff(10)
	w.run()
	if n := w.pending(); n != 0 {
		t.Errorf("%d changes wait, and none is planned", n)
	}
	w.feed.rows = staff(10, 1, 2)
	w.run()
	w.now = w.now.Add(state.ApprovalLasts)
	if n := w.pending(); n != 0 {
		t.Errorf("after 72 hours %d changes wait still", n)
	}
}

// TestWhatWasApprovedIsSentAlthoughMoreIsBlocked: everything else meets the limits on its own.
func TestWhatWasApprovedIsSentAlthoughMoreIsBlocked(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate, w.job.Delivery.Workers = plan.Limit{AtLeast: 1}, 1
	w.run()
	w.feed.rows = staff(10, 1, 2)
	w.run()
	w.approve()
	w.feed.rows = append(staff(10, 1, 2, 3, 4), "11,p11@x,New,it,1,")
	p, log := w.run()
	w.wantLog(log, "deactivate 1 on", "deactivate 2 on")
	if p.Waiting != 3 || w.pending() != 2 || p.Approved != "Ann" {
		t.Errorf("%d wait, %d for approval, approved by %q; want 3, 2 and Ann", p.Waiting, w.pending(), p.Approved)
	}
	if p, log = w.run(); p.Status != reconcile.Blocked || len(log) > 0 {
		t.Errorf("then it is %s and sends %q, want blocked", p.Status, log)
	}
	w.feed.rows = append(staff(10, 1, 2, 3), "11,p11@x,New,it,1,")
	_, log = w.run()
	w.wantLog(log, "deactivate 3 on", "create 11 dept,email,name,on,ref") // those that were approved do not count along
}

// TestWhatWasApprovedStaysSoUntilItWasSent: a run that is cut short leaves the rest approved.
func TestWhatWasApprovedStaysSoUntilItWasSent(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate, w.job.Delivery.Workers, w.job.Withhold = plan.Limit{}, 1, true
	w.run()
	w.feed.rows = staff(10, 1, 2, 3)
	w.run()
	w.approve()
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
		if c.Key == "1" {
			return nil, false
		}
		return &sinks.Error{Class: sinks.Halt, Message: "the door is shut"}, false
	}
	w.run()
	w.target.answer = nil
	w.feed.rows = staff(10, 1, 2, 3, 4)
	p, log := w.run()
	w.wantLog(log, "deactivate 2 on", "deactivate 3 on")
	if p.Waiting != 1 || w.pending() != 1 {
		t.Errorf("%d wait, want who left since", p.Waiting)
	}
	w.now = w.now.Add(time.Hour)
	w.approve()
	w.feed.rows = staff(10, 1, 2, 3)
	w.run()
	w.feed.rows = staff(10, 1, 2, 3, 4)
	if p, log := w.run(); len(log) > 0 || p.Waiting != 1 {
		t.Errorf("what was approved and was not planned in between is sent: %q", log)
	}
}

// clocked is a world in which the department is what an expression makes of the clock.
func clocked(t *testing.T, dept string) *world {
	t.Helper()
	w := newWorld(t, staff(2)...)
	expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
	m, problems := mapping.Compile(mapping.Spec{Key: expr("key"), Zone: time.UTC, Map: []mapping.Field{{Attribute: "email", Expression: expr("email")},
		{Attribute: "name", Expression: expr("name")}, {Attribute: "dept", Expression: expr(dept)}, {Attribute: "on", Expression: expr(`on == "1"`)}}}, schema, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.job.Mapping, w.job.Rules.Mapped, w.job.Rules.Clocked = m, m.Attributes(), m.Clocked()
	w.run()
	return w
}

// TestAnApprovalFitsThoughTheClockMakesAValue: it is another at each run, and nobody could ever approve it.
func TestAnApprovalFitsThoughTheClockMakesAValue(t *testing.T) {
	w := clocked(t, `name == "Name 3" ? now() : "it"`)
	w.job.Limits.Create = plan.Limit{AtLeast: 0}
	w.feed.rows = staff(3)
	w.run()
	w.approve()
	w.now = w.now.Add(time.Hour)
	_, log := w.run()
	w.wantLog(log, "create 3 dept,email,name,on,ref")
}

// TestAnApprovalCoversNoOtherValueThoughTheClockIsAsked: the clock only decides whether there is a role, the entry which one.
func TestAnApprovalCoversNoOtherValueThoughTheClockIsAsked(t *testing.T) {
	w := clocked(t, `valid("2020-01-01", "") ? dept : "none"`)
	w.job.Limits.Update = plan.Limit{AtLeast: 0}
	row := func(dept string) { w.feed.rows[0] = "1,p1@x,Name 1," + dept + ",1," }
	row("picker")
	w.run()
	shown, _ := w.wanted()
	row("admin")
	w.run()
	if now, _ := w.wanted(); now.ID == shown.ID {
		t.Errorf("it is still number %d, though something else waits", now.ID)
	}
	row("picker")
	w.run()
	w.approve()
	row("admin")
	_, log := w.run()
	w.wantLog(log)
}
