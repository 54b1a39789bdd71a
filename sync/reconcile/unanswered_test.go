package reconcile_test

import (
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func noAnswer() *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Status: 504, Message: "no answer"}
}

// leaveInDoubt creates everybody, and hears nothing of it.
func (w *world) leaveInDoubt() {
	sink := w.job.Sink
	w.job.Sink, w.job.Delivery.Attempts = blind{w.target}, 1
	w.target.answer = func(plan.Change) (*sinks.Error, bool) { return noAnswer(), true }
	if p, _ := w.run(); p.HeldRows == 0 {
		w.t.Fatalf("it was settled: %+v", p.Summary)
	}
	w.job.Sink, w.target.answer = sink, nil
}

// answers lets the target answer its next changes so, each done or not, and well after that.
func (w *world) answers(all ...*sinks.Error) {
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		if len(all) == 0 {
			return nil, false
		}
		next := all[0]
		all = all[1:]
		return next, next != nil && next.Class == sinks.Unknown
	}
}

func TestACreateThatCanNotBeLookedUpIsNotSentAgain(t *testing.T) {
	w := newWorld(t, people(1, 1)...)
	w.job.Sink, w.job.Delivery.Attempts = blind{w.target}, 2
	w.answers(noAnswer())
	p, log := w.run()
	if w.wantLog(log, "create 1 !unknown"); p.HeldRows != 1 {
		t.Errorf("%+v", p.Summary)
	}
}

// An update that may have been done, and then surely was not: what the target has is not known, whatever came last.
func TestWhatAnUpdateMayHaveAlteredIsSentAgain(t *testing.T) {
	for _, c := range []struct {
		promise string
		last    *sinks.Error
	}{
		{"a refusal at last", &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}},
		{"a long pause at last", &sinks.Error{Class: sinks.Unsent, Status: 429, Throttled: true, RetryAfter: time.Hour, Message: "slowly"}},
	} {
		w := newWorld(t, people(1, 1)...)
		w.run()
		w.answers(noAnswer(), c.last)
		w.feed.rows = []string{"1,p1@x,Anna,hr,1,"}
		w.run()
		w.now = w.now.Add(2 * time.Hour)
		w.feed.rows = people(1, 1) // as it was before
		w.run()
		if name := w.target.records["1"]["name"]; name != "Ann" {
			t.Errorf("%s: the target has %s, and the feed says Ann", c.promise, name)
		}
	}
}

func TestAttemptsComeToAnEnd(t *testing.T) {
	w := newWorld(t, people(1, 1)...)
	w.run()
	w.answers(noAnswer(), noAnswer(), noAnswer(), noAnswer(), noAnswer())
	w.feed.rows = []string{"1,p1@x,Anna,hr,1,"}
	p, log := w.run()
	if w.wantLog(log, "update 1 !unknown", "update 1 !unknown", "update 1 !unknown"); p.Status != reconcile.Partial || p.HeldRows != 1 {
		t.Errorf("%s, %d held", p.Status, p.HeldRows)
	}
}

func TestACreateWithoutAnAnswerIsLookedUpBeforeItIsSentAgain(t *testing.T) {
	w := newWorld(t, people(1, 1)...)
	w.answers(noAnswer())
	p, log := w.run()
	if w.wantLog(log, "create 1 !unknown"); p.Status != reconcile.Succeeded || w.target.lookups != 1 {
		t.Errorf("%s, %d look-ups", p.Status, w.target.lookups)
	}
}

func TestALongPauseIsNotSleptThrough(t *testing.T) {
	w := newWorld(t, people(1, 1)...)
	w.answers(&sinks.Error{Class: sinks.Unsent, Status: 429, Throttled: true, RetryAfter: time.Hour, Message: "slowly"})
	if p, log := w.run(); p.Status != reconcile.Parked || len(log) != 1 {
		t.Errorf("%s, sent %q", p.Status, log)
	}
}
