package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// whileWaiting runs the job while somebody else has its target's lock: what they do happens after the job has read, and before it gets
// the lock.
func (w *world) whileWaiting(do func()) (*reconcile.Plan, []string) {
	w.t.Helper()
	release, err := state.Lock(context.Background(), w.job.State, state.LockTarget, w.job.Target, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	w.target.log = nil
	w.feed.day++
	w.feed.read = func() {
		w.feed.read = nil
		do()
		time.AfterFunc(200*time.Millisecond, release)
	}
	p := reconcile.Run(context.Background(), []*reconcile.Job{w.job}, reconcile.Options{First: true, Wait: -1})[0]
	if err := p.Close(); err != nil {
		w.t.Fatal(err)
	}
	return p, w.target.log
}

func TestAPauseThatTheTargetAskedForMeanwhileIsKept(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,")
	w.run()
	w.feed.rows = []string{"1,a@x,Anna,hr,1,"}
	p, log := w.whileWaiting(func() {
		s, err := state.Open(w.job.State)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Park(1, w.now, w.now.Add(time.Hour), "429"); err != nil {
			t.Fatal(err)
		}
	})
	if p.Status != reconcile.Parked || len(log) > 0 {
		t.Errorf("%s, sent %q", p.Status, log)
	}
}

func TestACreateOfAnotherJobWithoutAnAnswerIsSettledBeforeOurs(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,")
	p, _ := w.whileWaiting(func() {
		s, err := state.Open(w.job.State)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		other, err := s.Begin("others", "", w.job.Target, schema, w.now)
		if err != nil {
			t.Fatal(err)
		}
		c := plan.Change{Action: plan.Create, Key: "1", After: record.Attrs{{Name: "email", Value: record.TextOf("a@x")}, {Name: "ref", Value: record.TextOf("1")}}}
		if _, _, err := s.Journal().Intend(other, c); err != nil {
			t.Fatal(err)
		}
		if _, err := w.target.Apply(context.Background(), c); err != nil { // done, and the answer was lost
			t.Fatal(err)
		}
	})
	if n := len(w.target.records); n != 1 || p.Summary.Held != 1 {
		t.Errorf("%d records, %+v, %v", n, p.Summary, p.Err)
	}
	v, err := state.OpenView(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	job, err := v.Job("others", "", w.job.Target)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := v.KnownOf(job, "1"); err != nil || k == nil || k.Owner != "others" {
		t.Errorf("the record is not that of who created it: %+v, %v", k, err)
	}
}

func TestWhatOthersLinkedMeanwhileIsNotLinkedAgain(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,")
	w.feed.read = func() {
		w.feed.read = nil
		other := *w.job
		other.Name, other.Source = "others", &feed{rows: []string{"K1,a@x,Ann,hr,1,"}}
		if a, err := other.Adopt(context.Background(), reconcile.AdoptOptions{}); err != nil || a.Counts[reconcile.Matched] != 1 {
			t.Fatal(a, err)
		}
	}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 taken 100"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
