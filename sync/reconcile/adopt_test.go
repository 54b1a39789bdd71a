package reconcile_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// listing is a target that can enumerate itself: e-mail and name, and the reference if it is asked to.
type listing struct {
	*target
	references bool
}

func (l listing) List(context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		ids := make([]string, 0, len(l.records))
		for id := range l.records {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			r := l.records[id]
			f := sinks.Found{RemoteID: id, Attrs: record.Attrs{{Name: "email", Value: record.TextOf(r["email"])}, {Name: "name", Value: record.TextOf(r["name"])}}}
			if l.references {
				f.Reference = r["ref"]
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (w *world) adopt(o reconcile.AdoptOptions) string {
	w.t.Helper()
	a, err := w.job.Adopt(context.Background(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, one := range a.Each {
		out = append(out, fmt.Sprintf("%s %s %s", one.Key, one.Match, one.RemoteID))
	}
	return strings.TrimSpace(strings.Join(out, ", "))
}

func populated(t *testing.T, rows ...string) *world {
	w := newWorld(t, rows...)
	w.job.Delivery.Workers = 1
	for id, r := range map[string]string{"100": "A@x Ann", "101": "b@x Bert", "102": "ops@x Ops", "103": "z@x Zed"} {
		email, name, _ := strings.Cut(r, " ")
		w.target.records[id] = map[string]string{"email": email, "name": name, "on": "true"}
	}
	w.job.Sink = listing{target: w.target}
	return w
}

func TestAdoptLinksWhatIsThereAndWritesNothing(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,", "4,d@x,Dan,it,1,no")
	if got, want := w.adopt(reconcile.AdoptOptions{DryRun: true}), "1 matched 100, 2 matched 101, 3 not_found"; got != want {
		t.Errorf("dry run: %s, want %s", got, want)
	}
	if p := w.job.Plan(context.Background()); !p.New {
		t.Error("the dry run made the job known")
	} else if err := p.Close(); err != nil {
		t.Error(err)
	}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 matched 100, 2 matched 101, 3 not_found"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(w.target.log) > 0 {
		t.Errorf("it wrote %q", w.target.log)
	}
	p, log := w.run()
	// What was shown is compared, what was not shown is sent once; of the active attribute nothing, for it says the same.
	w.wantLog(log, "update 1 dept,email", "update 2 dept,name", "create 3 dept,email,name,on,ref")
	if p.Err != nil || p.HeldRows != 0 {
		t.Errorf("%v, %d held", p.Err, p.HeldRows)
	}
	if _, log = w.run(); len(log) > 0 {
		t.Errorf("once more: %q", log)
	}
}

func TestAdoptWithTrustTakesTheRestForEqual(t *testing.T) {
	w := populated(t, "1,A@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.adopt(reconcile.AdoptOptions{Trust: true})
	_, log := w.run()
	w.wantLog(log, "update 2 name")
}

func TestAdoptedAndInactiveInTheSourceIsADeactivationUnderItsLimit(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,0,", "2,b@x,Bob,it,1,")
	w.adopt(reconcile.AdoptOptions{Trust: true})
	w.job.Limits.Deactivate = plan.Limit{}
	if p, log := w.run(); p.Status != reconcile.Blocked || len(log) > 0 {
		t.Errorf("%s, sent %q", p.Status, log)
	}
	w.job.Limits.Deactivate = plan.Limit{AtLeast: 1}
	_, log := w.run()
	w.wantLog(log, "deactivate 1 on", "update 2 name")
}

func TestAdoptLeavesAloneWhatIsNotSurelyOurs(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,", "2,a@x,Bob,it,1,", "3,b@x,Cyd,it,1,", "4,ops@x,Dan,it,1,", "5,z@x,Eve,it,1,", "6,y@x,A,,1,", "6,y@x,B,,1,")
	w.target.records["104"] = map[string]string{"email": "b@x", "name": "Another"}
	w.target.records["103"]["ref"] = "somebody else"
	w.job.Sink = listing{target: w.target, references: true}
	w.job.Rules.NeverTouch = plan.NeverTouch{"email": {"OPS@*"}}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 ambiguous 100, 2 ambiguous 100, 3 ambiguous , 4 never_touch 102, 5 taken 103, 6 undecided"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAdoptFindsByReferenceBeforeTheNaturalKey(t *testing.T) {
	w := populated(t, "1,new@x,Ann,hr,1,", "2,a@x,Bob,it,1,")
	w.target.records["100"]["ref"] = "1"
	w.job.Sink = listing{target: w.target, references: true}
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 matched 100, 2 ambiguous 100"; got == want {
		t.Errorf("%s: record 100 carries the reference 1, so it is not 2's", got)
	}
}

func TestWhoIsInactiveInTheTargetIsNotSwitchedOnByUs(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,")
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) { return nil, false }
	w.target.records["100"]["on"] = "false"
	w.job.Sink = shown{listing{target: w.target}}
	w.adopt(reconcile.AdoptOptions{})
	p, log := w.run()
	if len(log) > 0 || p.Summary.Held != 1 {
		t.Errorf("%d held, sent %q", p.Summary.Held, log)
	}
}

// shown also shows whether a record is switched on.
type shown struct{ listing }

func (s shown) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for f, err := range s.listing.List(ctx) {
			f.Attrs = append(f.Attrs, record.Attr{Name: "on", Value: record.BoolOf(s.records[f.RemoteID]["on"] == "true")}).Sort()
			if !yield(f, err) {
				return
			}
		}
	}
}
