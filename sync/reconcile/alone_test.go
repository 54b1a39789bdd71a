package reconcile_test

import (
	"context"
	"iter"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

func TestAProtectedRecordIsLeftAlone(t *testing.T) {
	w := newWorld(t, people(1, 2)...)
	w.run()
	w.job.Rules.Protect = map[record.Key]bool{"1": true}
	for _, rows := range [][]string{
		{"1,p1@x,Anna,hr,1,", "2,p2@x,Ann,hr,1,"},
		{"1,p1@x,Ann,hr,0,", "2,p2@x,Ann,hr,1,"},
		{"2,p2@x,Ann,hr,1,"},
	} {
		w.feed.rows = rows
		if _, log := w.run(); len(log) > 0 {
			t.Errorf("%q: sent %q", rows[0], log)
		}
	}
}

func TestWhatIsNeverToBeTouchedIsNeverWritten(t *testing.T) {
	w := newWorld(t, "1,ops@x,Ops,hr,1,", "2,p2@x,Ann,hr,1,")
	w.run()
	w.job.Rules.NeverTouch = plan.NeverTouch{"email": {"OPS*@x"}, "id": {"77"}}
	for _, c := range []struct {
		promise, row string
	}{
		{"an update", "1,ops@x,Opera,hr,1,"},
		{"one that would hide what it is", "1,other@x,Ops,hr,1,"},
		{"a deactivation", "1,ops@x,Ops,hr,0,"},
		{"a create", "3,ops3@x,Ops,hr,1,"},
	} {
		w.feed.rows = []string{c.row, "2,p2@x,Ann,hr,1,"}
		w.job.Rules.Absent.Deactivate = false
		if p, log := w.run(); len(log) > 0 || p.Summary.Held != 1 {
			t.Errorf("%s: sent %q, %d held", c.promise, log, p.Summary.Held)
		}
	}
}

// builtIn is a target that marks its records as none of ours.
type builtIn struct{ listing }

func (m builtIn) Lookup(ctx context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	f, err := m.target.Lookup(ctx, k, a)
	if f != nil {
		f.Foreign = "it is built in"
	}
	return f, err
}

func (m builtIn) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for f, err := range m.listing.List(ctx) {
			f.Foreign = "it is built in"
			if !yield(f, err) {
				return
			}
		}
	}
}

func TestWhatIsForeignIsNotLinkedByAConflict(t *testing.T) {
	w := newWorld(t, "1,root@x,Ann,hr,1,")
	w.target.records["99"] = map[string]string{"email": "root@x", "name": "Root", "on": "true"}
	w.job.Sink = builtIn{listing{target: w.target}}
	if p, _ := w.run(); p.Summary.Held != 1 {
		t.Errorf("%+v", p.Summary)
	}
	w.feed.rows = []string{"1,root@x,Ann,hr,0,"}
	if w.run(); w.target.records["99"]["on"] != "true" {
		t.Error("it was switched off")
	}
}

func TestAdoptLeavesAloneWhatTheTargetMarksAsForeign(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,")
	w.job.Sink = builtIn{listing{target: w.target}}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 never_touch 100"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAdoptLinksNobodyTwice(t *testing.T) {
	w := populated(t, "9,a@x,Ann,hr,1,")
	w.adopt(reconcile.AdoptOptions{})
	w.feed.rows = []string{"1,a@x,Ann,hr,1,"}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 taken 100"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
