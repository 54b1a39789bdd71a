package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestFailuresInARowStopTheRun(t *testing.T) {
	for _, c := range []struct {
		promise string
		answer  func(plan.Change) *sinks.Error
		most    int // changes that are sent, of 40; one more may be on its way
	}{
		{"twenty refusals with the same words, but for a value of the record's own", func(c plan.Change) *sinks.Error {
			return &sinks.Error{Class: sinks.Refused, Status: 422, Message: "422: " + c.After.Get("email").Text() + " is no address"}
		}, 21},
		{"three records denied", func(plan.Change) *sinks.Error {
			return &sinks.Error{Class: sinks.Denied, Status: 403, Message: "not you"}
		}, 4},
		{"twenty records that can't be sent", func(plan.Change) *sinks.Error {
			return &sinks.Error{Class: sinks.Unsent, Message: "connection refused"}
		}, 21},
	} {
		w := newWorld(t, people(10, 40)...)
		w.job.Delivery.Workers, w.job.Delivery.Attempts = 1, 1
		w.target.answer = func(ch plan.Change) (*sinks.Error, bool) { return c.answer(ch), false }
		if p, log := w.run(); p.Status != reconcile.Failed || len(log) > c.most {
			t.Errorf("%s: %s, %d sent", c.promise, p.Status, len(log))
		}
	}
}

func TestAfterADenialTheNextRunBeginsWithOthers(t *testing.T) {
	w := newWorld(t, people(500, 40)...)
	w.job.Delivery.Workers = 1
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		return &sinks.Error{Class: sinks.Denied, Status: 403, Message: "not you"}, false
	}
	w.run()
	w.target.answer = nil
	if _, log := w.run(); len(log) == 0 || log[0] == "create 500 email,name,dept,on,ref" || len(log) == 40 {
		t.Errorf("%d sent, first %q", len(log), log[:min(1, len(log))])
	}
}

func TestFailuresThatDifferStopNothing(t *testing.T) {
	w := newWorld(t, people(500, 40)...)
	w.job.Delivery.Workers, w.job.Delivery.Attempts = 1, 1
	n := 0
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		if n++; n%2 == 0 {
			return &sinks.Error{Class: sinks.Refused, Status: 422, Message: fmt.Sprintf("not number %d", n)}, false
		}
		return &sinks.Error{Class: sinks.Denied, Status: 403, Message: "not you"}, false
	}
	if p, log := w.run(); p.Status != reconcile.Partial || len(log) != 40 {
		t.Errorf("%s, %d sent: %v", p.Status, len(log), p.Err)
	}
}
