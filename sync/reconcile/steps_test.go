package reconcile_test

import (
	"slices"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// stepping is a target that switches on and off by a request of its own.
type stepping struct{ *target }

func (s *stepping) Steps(c plan.Change) []plan.Change {
	on := c.After.Get("on")
	if c.Action == plan.Deactivate || on.IsNull() || c.Action == plan.Create && on.True() {
		return []plan.Change{c}
	}
	first, second := c, c
	first.After = slices.DeleteFunc(slices.Clone(c.After), func(a record.Attr) bool { return a.Name == "on" })
	second.After = record.Attrs{{Name: "on", Value: on}}
	if c.Action == plan.Create {
		first.After = append(first.After, record.Attr{Name: "on", Value: record.BoolOf(true)}).Sort()
		second.Action, second.Before = plan.Deactivate, record.Attrs{{Name: "on", Value: record.BoolOf(true)}}
		return []plan.Change{first, second}
	}
	if len(first.After) == 0 {
		return []plan.Change{second}
	}
	first.Action = plan.Update
	return []plan.Change{second, first}
}

func stepWorld(t *testing.T, rows ...string) *world {
	w := newWorld(t, rows...)
	w.job.Sink = &stepping{w.target}
	w.job.Rules.CreateInactive = true
	return w
}

func TestAChangeOfSeveralRequestsIsSeveralJournalledSteps(t *testing.T) {
	w := stepWorld(t, "1,a@x,Ann,hr,0,")
	p, log := w.run()
	w.wantLog(log, "create 1 dept,email,name,on,ref", "deactivate 1 on")
	if p.Results[state.Succeeded] != 1 || w.target.records["1"]["on"] != "false" {
		t.Errorf("results %v, the record %v", p.Results, w.target.records["1"])
	}
	w.feed.rows = []string{"1,a@x,Anna,hr,1,"}
	_, log = w.run()
	w.wantLog(log, "reactivate 1 on", "update 1 name")
	_, log = w.run()
	w.wantLog(log)
}

func TestAStepThatDoesNotSucceedEndsTheChangeAndTheNextRunSendsTheRest(t *testing.T) {
	for _, tt := range []struct {
		class sinks.Class
		next  []string
	}{
		{sinks.Refused, nil}, // held; not again before retry_refused
		{sinks.Unknown, []string{"deactivate 1 on"}},
		{sinks.Halt, []string{"deactivate 1 on"}},
	} {
		t.Run(tt.class.String(), func(t *testing.T) {
			w := stepWorld(t, "1,a@x,Ann,hr,0,")
			w.job.Delivery.Attempts = 1
			w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
				if c.Action == plan.Deactivate {
					return &sinks.Error{Class: tt.class, Message: "no"}, false
				}
				return nil, false
			}
			w.run()
			if len(w.target.records) != 1 {
				t.Fatalf("%d records", len(w.target.records))
			}
			w.target.answer = nil
			_, log := w.run()
			w.wantLog(log, tt.next...)
			if len(w.target.records) != 1 {
				t.Fatalf("%d records", len(w.target.records))
			}
		})
	}
}

func TestAStepKnowsAllThatWasLastApplied(t *testing.T) {
	w := stepWorld(t, "1,a@x,Ann,hr,1,")
	w.run()
	var have record.Attrs
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) { have = c.Have; return nil, false }
	w.feed.rows = []string{"1,a@x,Anna,hr,1,"}
	w.run()
	if have.Get("name").Text() != "Ann" || have.Get("dept").Text() != "hr" {
		t.Errorf("it has %v", have)
	}
}
