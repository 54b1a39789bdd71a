package reconcile_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// What TestWhateverHappens has found, each as short as it gets.

func TestWhoIsInactiveAndGoneIsNotCreatedAnew(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,")
	w.job.Delivery.Recreate, w.job.Rules.UpdateInactive, w.job.Delivery.Workers = true, true, 1
	w.run()
	w.feed.rows = []string{"1,a@x,Ann,hr,0,"}
	w.run()
	delete(w.target.records, remoteID(w, "1"))
	w.feed.rows = []string{"1,a@x,Anna,hr,0,"}
	p, log := w.run()
	w.wantLog(log, "update 1 !not_found")
	if p.Status != reconcile.Succeeded || p.Summary.NotNeeded != 1 || p.Summary.Changes() != 0 {
		t.Errorf("%s, %+v", p.Status, p.Summary)
	}
	_, log = w.run()
	w.wantLog(log)
}

// TestARecordThatAnotherJobMakesMeanwhileIsNoneOfOurs: what a job knows of its own entries was judged before, and is written after both have sent.
func TestARecordThatAnotherJobMakesMeanwhileIsNoneOfOurs(t *testing.T) {
	for name, c := range map[string]struct {
		row  string
		want plan.Summary
	}{
		"out of scope": {"1,z@x,Ann,hr,1,no", plan.Summary{}},
		"active":       {"1,z@x,Ann,hr,1,", plan.Summary{Held: 1}},
	} {
		for _, again := range []string{"", "2,b@x,Bob,it,1,no"} { // the same file, and one of which a row is recognised
			t.Run(name+again, func(t *testing.T) {
				w := newWorld(t, "1,a@x,Ann,hr,1,")
				other := *w.job
				rest := &feed{rows: []string{c.row}}
				other.Name, other.Source = "others", rest
				for _, p := range reconcile.Run(context.Background(), []*reconcile.Job{w.job, &other}, reconcile.Options{First: true}) {
					if err := errors.Join(p.Err, p.Close()); err != nil {
						t.Fatal(err)
					}
				}
				if rest.day++; again != "" {
					rest.rows = append(rest.rows, again)
				}
				p := other.Plan(context.Background())
				defer p.Close()
				if p.Err != nil || p.Summary != c.want {
					t.Errorf("%v, %+v; want %+v", p.Err, p.Summary, c.want)
				}
			})
		}
	}
}

// TestWhatAnAdoptedRecordHasAndItsEntryHasNotIsCleared: what the target showed counts as last applied, whoever asked for it.
func TestWhatAnAdoptedRecordHasAndItsEntryHasNotIsCleared(t *testing.T) {
	for name, adopt := range map[string]func(*world){
		"by the command":           func(w *world) { w.adopt(reconcile.AdoptOptions{}) },
		"and it was said to trust": func(w *world) { w.adopt(reconcile.AdoptOptions{Trust: true}) },
		"by a conflict":            func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,,1,")
			w.job.Sink = telling{open{target: w.target}}
			w.target.records["77"] = map[string]string{"email": "a@x", "name": "Ann", "dept": "it", "on": "true"}
			adopt(w)
			for range 2 {
				w.run()
			}
			if got := w.target.records["77"]["dept"]; got != "null" {
				t.Errorf("dept is %q in the target still", got)
			}
			_, log := w.run()
			w.wantLog(log)
		})
	}
}

// telling is a target that shows to a look-up what it shows in a list.
type telling struct{ open }

func (s telling) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	for f, err := range s.List(ctx) {
		if err == nil && f.Attrs.Get("email").Equal(a.Get("email")) {
			return &f, nil
		}
	}
	return nil, nil
}

// TestWhatACreateWithoutAnAnswerMadeIsNotAdopted: it is that of the job that sent it, which could never settle it otherwise, and would stop at it
// in every run. By its key and, where the target does not show it, by its natural key.
func TestWhatACreateWithoutAnAnswerMadeIsNotAdopted(t *testing.T) {
	for _, row := range []string{"8,h@x,Zed,it,1,", "9,h@x,Zed,it,1,"} {
		t.Run(row, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,hr,1,")
			w.job.Sink, w.job.Delivery.Attempts, w.job.Delivery.Workers = listing{target: w.target}, 1, 1
			w.run()
			other := *w.job
			other.Name, other.Source = "others", &feed{rows: []string{"8,h@x,Hal,it,1,"}}
			runOther := func() *reconcile.Plan {
				p := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
				return p
			}
			w.target.answer = unknown
			runOther()
			w.target.answer = nil
			w.feed.rows = append(w.feed.rows, row)
			if got, want := w.adopt(reconcile.AdoptOptions{}), row[:1]+" undecided"; got[:min(len(got), len(want))] != want {
				t.Errorf("%s, want %s", got, want)
			}
			if p := runOther(); p.Err != nil || p.Summary.Unchanged != 1 {
				t.Errorf("%v, %+v", p.Err, p.Summary)
			}
			if p, _ := w.run(); p.Err != nil || p.Summary.Held != 1 {
				t.Errorf("%v, %+v; want its entry held", p.Err, p.Summary)
			}
		})
	}
}

// TestWhatIsFoundAfterACrashIsAsItIsShown: a create that was never sent finds a record with its natural key, which is not as it would have
// made it; what differs is planned.
func TestWhatIsFoundAfterACrashIsAsItIsShown(t *testing.T) {
	for _, c := range []struct{ was, row, want, status string }{
		{"true", "1,a@x,Ann,it,1,", "Ann it true", "succeeded"},
		{"true", "1,a@x,Ann,it,0,", "Old null false", "succeeded"},
		{"false", "1,a@x,Ann,it,1,", "Old null false", "held"},
	} {
		t.Run(c.was+" "+c.row, func(t *testing.T) {
			w := newWorld(t, c.row)
			w.job.Sink = telling{open{target: w.target}}
			w.job.Rules.CreateInactive, w.job.Delivery.Attempts, w.job.Delivery.Workers = true, 1, 1
			w.target.answer = func(plan.Change) (*sinks.Error, bool) {
				return &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}, false
			}
			w.run()
			w.target.answer = nil
			w.target.records["77"] = map[string]string{"email": "a@x", "name": "Old", "dept": "null", "on": c.was}
			w.run()
			p, _ := w.run()
			r := w.target.records["77"]
			if got := r["name"] + " " + r["dept"] + " " + r["on"]; got != c.want || (p.Summary.Held > 0) != (c.status == "held") {
				t.Errorf("it is %s, %+v; want %s, %s", got, p.Summary, c.want, c.status)
			}
			if _, log := w.run(); len(log) > 0 {
				t.Errorf("still %q", log)
			}
		})
	}
}
