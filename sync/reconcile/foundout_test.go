package reconcile_test

import (
	"context"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// TestAKeyIsWrittenToWhatWasThereBefore: a create had no answer, and what is found by its e-mail carries no key, so it may be one that was
// there already. Where its key can be written it is, once; where it can't, nothing is sent.
func TestAKeyIsWrittenToWhatWasThereBefore(t *testing.T) {
	for _, c := range []struct {
		name     string
		attempts int // 1: it is found in the next run
		sink     func(*target) sinks.Sink
		ref      string
	}{
		{"in the next run", 1, func(t *target) sinks.Sink { return renaming{t} }, "1"},
		{"in the same run", 3, func(t *target) sinks.Sink { return renaming{t} }, "1"},
		{"a key that only a create takes", 1, func(t *target) sinks.Sink { return t }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, staff(1)...)
			w.job.Sink, w.job.Delivery.Attempts = c.sink(w.target), c.attempts
			email := ""
			w.target.answer = func(ch plan.Change) (*sinks.Error, bool) {
				email = ch.After.Get("email").Text()
				w.target.records["100"] = map[string]string{"email": email, "on": "true"}
				return &sinks.Error{Class: sinks.Unknown, Status: 502, Message: "bad gateway"}, false
			}
			w.run()
			w.target.answer = nil
			w.run()
			w.run()
			if r := w.target.records["100"]; len(w.target.records) != 1 || r["ref"] != c.ref {
				t.Errorf("%v, want the key %q", w.target.records, c.ref)
			}
			if p, log := w.run(); p.Status != reconcile.Succeeded || len(log) != 0 {
				t.Errorf("%s, and sent %q after all was done", p.Status, log)
			}
		})
	}
}

// TestWhatALookUpShowedIsCompared: a create had no answer and was found in the same run, and is not as it was sent. The next run, of the same
// feed, puts that right.
func TestWhatALookUpShowedIsCompared(t *testing.T) {
	w := newWorld(t, staff(1)...)
	w.job.Sink = candid{w.target}
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
		w.target.records["100"] = map[string]string{"email": c.After.Get("email").Text(), "name": "Somebody", "on": "true"}
		return &sinks.Error{Class: sinks.Unknown, Status: 502, Message: "bad gateway"}, false
	}
	w.run()
	w.target.answer = nil
	_, log := w.run()
	w.wantLog(log, "update 1 name")
	if p, log := w.run(); p.Status != reconcile.Succeeded || len(log) != 0 {
		t.Errorf("%s, and sent %q after all was done", p.Status, log)
	}
}

// candid is a target whose look-ups show names too.
type candid struct{ *target }

func (c candid) Lookup(ctx context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	found, err := c.target.Lookup(ctx, k, a)
	if found != nil {
		found.Attrs = append(found.Attrs, record.Attr{Name: "name", Value: record.TextOf(c.records[found.RemoteID]["name"])})
	}
	return found, err
}
