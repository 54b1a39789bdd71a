package reconcile_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestDriftSaysWhyItCannotTell(t *testing.T) {
	lost := func() *sinks.Error { return &sinks.Error{Class: sinks.Halt, Message: "no such tenant"} }
	for promise, c := range map[string]struct {
		do   func(w *world)
		want string
	}{
		"a target that lists nothing":    {func(w *world) { w.job.Sink = w.target }, "can't list its records"},
		"a job that the state lacks":     {func(w *world) { w.job.Name = "new" }, "the state does not know job new"},
		"a job whose target is another":  {func(w *world) { w.job.Target = "elsewhere" }, "belongs to target"},
		"a listing that breaks off":      {func(w *world) { w.job.Sink = open{w.target, lost} }, "no such tenant"},
		"a job that runs":                {func(w *world) { w.locked(state.LockJob, "hr") }, "running already"},
		"a target that is being sent to": {func(w *world) { w.locked(state.LockTarget, "memory") }, "another process is sending"},
		"a listing of other ids":         {func(w *world) { w.job.Sink = otherIDs{open{target: w.target}} }, "ids of another kind"},
	} {
		t.Run(promise, func(t *testing.T) {
			w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,")
			c.do(w)
			before := w.stateBytes()
			_, err := w.job.Drift(context.Background(), reconcile.DriftOptions{Fix: true})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if w.stateBytes() != before {
				t.Error("the state was written")
			}
		})
	}
}

func (w *world) locked(class byte, name string) {
	release, err := state.Lock(context.Background(), w.job.State, class, name, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(release)
}

func (w *world) stateBytes() string {
	b, err := os.ReadFile(w.job.State)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// otherIDs lists the ids of a neighbour.
type otherIDs struct{ open }

func (o otherIDs) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for f, err := range o.open.List(ctx) {
			f.RemoteID, f.Reference = map[string]string{"1": "2", "2": "1"}[f.RemoteID], ""
			if !yield(f, err) {
				return
			}
		}
	}
}
func (otherIDs) Confirm(context.Context, string, string) error { return nil }
func (otherIDs) Doubt(string, string)                          {}
func (otherIDs) Proven() bool                                  { return false }

func TestAListingThatWasCutIsReadAgain(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,")
	cuts := 0
	w.job.Sink = open{w.target, func() *sinks.Error {
		if cuts++; cuts < 3 {
			return &sinks.Error{Class: sinks.Unknown, Message: "cut"}
		}
		return nil
	}}
	if d, got := w.drift(reconcile.DriftOptions{}); len(got) > 0 || d.Listed != 1 || cuts != 3 {
		t.Errorf("%q, %d listed, %d listings", got, d.Listed, cuts)
	}
}

func TestALongPauseParksTheTarget(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,")
	asked := 0
	w.job.Sink = open{w.target, func() *sinks.Error {
		asked++
		return &sinks.Error{Class: sinks.Unsent, Status: 429, Throttled: true, RetryAfter: time.Hour, Message: "later"}
	}}
	for range 2 {
		if _, err := w.job.Drift(context.Background(), reconcile.DriftOptions{}); !errors.Is(err, reconcile.ErrParked) {
			t.Errorf("%v", err)
		}
	}
	w.feed.rows[0] = "1,a@x,Anna,hr,1,"
	if p, log := w.run(); asked != 1 || p.Status != reconcile.Parked || len(log) > 0 {
		t.Errorf("asked %d times, then %s, %q", asked, p.Status, log)
	}
}
