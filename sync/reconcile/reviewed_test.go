package reconcile_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

func unknown(c plan.Change) (*sinks.Error, bool) {
	return &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}, true
}

// settledAlone journals and settles a change as a run does that is killed right after.
func (w *world) settledAlone(c plan.Change, o state.Outcome) {
	w.t.Helper()
	s, err := state.Open(w.job.State)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Begin(w.job.Name, "", w.job.Target, schema, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	seq, _, err := s.Journal().Intend(r, c)
	if err == nil {
		err = s.Journal().Settle(r, seq, c, o)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestAFileThatLeftNothingOverIsReadAgainAfterAKilledRun(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.run()
	if p, _ := w.run(); !p.Same {
		t.Fatal("the short cut was not taken, so this test shows nothing")
	}
	w.settledAlone(plan.Change{Action: plan.Deactivate, Key: "1", RemoteID: remoteID(w, "1"), After: record.Attrs{{Name: "on", Value: record.BoolOf(false)}}},
		state.Outcome{Result: state.Succeeded})
	_, log := w.run()
	w.wantLog(log, "reactivate 1 on")
}

func remoteID(w *world, ref string) string {
	for id, r := range w.target.records {
		if r["ref"] == ref {
			return id
		}
	}
	w.t.Fatalf("no record of %s", ref)
	return ""
}

func TestAnAccountThatCouldNotBeLookedUpIsNotTakenOver(t *testing.T) {
	w := newWorld(t, "1,admin@x,Ann,hr,1,")
	w.job.Delivery.Adopt, w.job.Delivery.Attempts = false, 1
	w.target.records["99"] = map[string]string{"email": "admin@x", "name": "ADMIN", "on": "true"}
	w.job.Sink = blind{w.target}
	if p, _ := w.run(); p.Results[state.Failed] != 1 {
		t.Errorf("results %v", p.Results)
	}
	w.job.Sink = w.target
	if p, _ := w.run(); p.Summary.Held != 1 {
		t.Errorf("%+v", p.Summary)
	}
	w.feed.rows = []string{"2,z@x,Zed,hr,1,"}
	w.run()
	w.run()
	if w.target.records["99"]["on"] != "true" {
		t.Error("the account of somebody else was switched off")
	}
}

// blind is a target whose look-ups have no answer.
type blind struct{ *target }

func (blind) Lookup(context.Context, record.Key, record.Attrs) (*sinks.Found, error) {
	return nil, &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}
}

func TestARecordThatAnotherJobsRunFoundIsNotLostToItsOwn(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.job.Delivery.Attempts = 1
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
		if c.Key == "1" {
			return unknown(c)
		}
		return nil, false
	}
	w.run()
	w.target.answer = nil
	other := *w.job
	other.Name, other.Source = "others", &feed{rows: []string{"8,h@x,Hal,it,1,"}}
	for _, p := range []*reconcile.Plan{reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]} {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	w.feed.rows = []string{"2,b@x,Bob,it,1,"}
	_, log := w.run()
	w.wantLog(log, "deactivate 1 on")
}

func TestWhatIsGoneIsCreatedOnceAmongOtherCreates(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,")
	w.job.Delivery.Recreate, w.job.Delivery.Workers = true, 1
	w.run()
	delete(w.target.records, remoteID(w, "1"))
	w.feed.rows = []string{"1,a@x,Anna,hr,1,", "2,b@x,Bob,it,1,"}
	p, log := w.run()
	w.wantLog(log, "update 1 !not_found", "create 1 dept,email,name,on,ref", "create 2 dept,email,name,on,ref")
	if p.HeldRows != 0 || p.Summary.Create != 2 || p.Summary.Update != 0 {
		t.Errorf("%d held, %+v", p.HeldRows, p.Summary)
	}
	if _, log = w.run(); len(log) > 0 {
		t.Errorf("once more: %q", log)
	}
}

func TestAnOldAbsenceIsForgottenByARunWithoutIndex(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
	steady := w.job.Mapping
	w.run()
	volatile, problems := mapping.Compile(mapping.Spec{Key: mapping.Expression{Text: "key"}, Zone: time.UTC, Map: []mapping.Field{
		{Attribute: "email", Expression: mapping.Expression{Text: "email"}}, {Attribute: "name", Expression: mapping.Expression{Text: "name"}},
		{Attribute: "on", Expression: mapping.Expression{Text: `on == "1" && now().Year() > 2000`}}}}, schema, nil)
	if volatile == nil {
		t.Fatal(problems)
	}
	w.job.Mapping, w.feed.rows = volatile, []string{"2,b@x,Bob,it,1,"}
	w.run() // 1 is absent once
	w.job.Mapping, w.feed.rows = steady, []string{"1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,"}
	w.now = w.now.Add(time.Hour)
	w.run() // and there again
	w.now, w.feed.rows = w.now.Add(30*24*time.Hour), []string{"2,b@x,Bob,it,1,"}
	_, log := w.run()
	w.wantLog(log)
}

func TestNothingMoreIsSentOnceARunHasStopped(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.feed.rows = append(w.feed.rows, fmt.Sprintf("%d,%d@x,Ann,it,1,", i, i))
	}
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		return &sinks.Error{Class: sinks.Halt, Status: 401, Message: "who are you"}, false
	}
	p, log := w.run()
	if p.Status != reconcile.Failed || len(log) > w.job.Delivery.Workers {
		t.Errorf("%s after %d requests, %d in flight", p.Status, len(log), w.job.Delivery.Workers)
	}
}

func TestARequiredKeyThatIsHeldIsThere(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.job.Contract.Require = []record.Key{"1"}
	w.run()
	w.feed.rows = []string{"1,,Ann,hr,1,", "2,b@x,Bob,it,0,"}
	p, log := w.run()
	if w.wantLog(log, "deactivate 2 on"); p.Err != nil || p.Summary.Held != 1 {
		t.Errorf("%v, %+v", p.Err, p.Summary)
	}
}

func TestThePreferredEntryIsTheRecord(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	m, problems := mapping.Compile(mapping.Spec{Key: mapping.Expression{Text: "key"}, Prefer: mapping.Expression{Text: "int(scope)"}, Zone: time.UTC, Map: []mapping.Field{
		{Attribute: "email", Expression: mapping.Expression{Text: "email"}}, {Attribute: "name", Expression: mapping.Expression{Text: "name"}},
		{Attribute: "on", Expression: mapping.Expression{Text: `on == "1"`}}}}, schema, nil)
	if m == nil {
		t.Fatal(problems)
	}
	w.job.Mapping, w.job.Rules.Prefer, w.job.Rules.Mapped, w.job.Delivery.Workers = m, true, m.Attributes(), 1
	w.feed.rows = []string{"1,a@x,Old,hr,1,1", "1,a@x,New,hr,1,2", "2,b@x,Bob,it,1,9"}
	_, log := w.run()
	w.wantLog(log, "create 1 email,name,on,ref", "create 2 email,name,on,ref")
	if got := w.target.records[remoteID(w, "1")]["name"]; got != "New" {
		t.Errorf("name %s", got)
	}
	w.feed.rows = []string{"2,b@x,Bob,it,1,9", "1,a@x,Old,hr,1,1", "2,b@x,Older,it,1,8", "1,a@x,New,hr,1,2"}
	if p, log := w.run(); len(log) > 0 || p.Summary.Held > 0 {
		t.Errorf("an older entry beside one that is only recognised: %q, %d held", log, p.Summary.Held)
	}
	w.feed.rows = []string{"2,b@x,Bob,it,1,9", "2,b@x,Rob,it,1,9", "1,a@x,New,hr,1,2"}
	if p, _ := w.run(); p.Summary.Held != 1 {
		t.Errorf("a tie: %+v", p.Summary)
	}
}
