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

// tagged is a target whose look-ups show more than the mapping names.
type tagged struct{ *target }

func (t tagged) Lookup(ctx context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	f, err := t.target.Lookup(ctx, k, a)
	if f != nil {
		f.Attrs = append(f.Attrs, record.Attr{Name: "kind", Value: record.TextOf("service")}).Sort()
	}
	return f, err
}

func TestWhatIsNeverToBeTouchedIsNotLinkedByAConflict(t *testing.T) {
	w := newWorld(t, "1,robot@x,Ann,hr,1,")
	w.target.records["99"] = map[string]string{"email": "robot@x", "name": "Robot", "on": "true"}
	w.job.Sink, w.job.Rules.NeverTouch = tagged{w.target}, plan.NeverTouch{"kind": {"service"}}
	if p, _ := w.run(); p.Summary.Held != 1 {
		t.Errorf("%+v", p.Summary)
	}
	w.feed.rows = []string{"1,robot@x,Ann,hr,0,"}
	w.run()
	if w.target.records["99"]["on"] != "true" {
		t.Error("it was switched off")
	}
}

func TestARenamedJobKeepsItsRecordsAtOnce(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.job.Delivery.Workers = 1
	w.run()
	w.job.Name, w.job.Was = "people", "hr"
	w.feed.rows = []string{"1,a@x,Anna,hr,1,"}
	p, log := w.run()
	if w.wantLog(log, "deactivate 2 on", "update 1 name"); p.HeldRows > 0 {
		t.Errorf("%d held", p.HeldRows)
	}
	if _, log = w.run(); len(log) > 0 {
		t.Errorf("once more: %q", log)
	}
}

func TestAJobOfWhichNothingWasLinkedStaysNew(t *testing.T) {
	w := newWorld(t, "1,a@x,Ann,hr,1,")
	w.job.Sink = listing{target: w.target}
	w.adopt(reconcile.AdoptOptions{})
	p := w.job.Plan(context.Background())
	if !p.New {
		t.Error("adoption of nothing has made the job known, so that a sync would create everybody unasked")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhoWasSwitchedOnByHandIsAdoptedAgain(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,")
	w.target.records["100"]["on"] = "false"
	w.job.Sink = shown{listing{target: w.target}}
	w.adopt(reconcile.AdoptOptions{Trust: true})
	if p, _ := w.run(); p.Summary.Held != 1 {
		t.Fatalf("%+v", p.Summary)
	}
	w.target.records["100"]["on"] = "true"
	w.adopt(reconcile.AdoptOptions{})
	if p, _ := w.run(); p.Summary.Held != 0 {
		t.Errorf("%+v", p.Summary)
	}
	w.feed.rows = []string{"1,a@x,Ann,hr,0,"}
	_, log := w.run()
	w.wantLog(log, "deactivate 1 on")
}

func TestATornRowIsNotAdopted(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,", "2,,Bob,it,1,")
	if got, want := w.adopt(reconcile.AdoptOptions{}), "1 matched 100, 2 undecided"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// asking is a target whose listing may show ids of another kind.
type asking struct {
	listing
	confirm func(id, natural string) error
	doubts  map[string]string
	proven  bool
}

func (a *asking) Confirm(_ context.Context, id, natural string) error    { return a.confirm(id, natural) }
func (a *asking) Doubt(id, natural string)                               { a.doubts[id] = natural }
func (a *asking) Proven() bool                                           { return a.proven }
func (a *asking) List(ctx context.Context) iter.Seq2[sinks.Found, error] { return a.listing.List(ctx) }

func TestAnIdOfAListingIsProvenBeforeTheFirstUpdate(t *testing.T) {
	w := populated(t, "1,a@x,Anna,hr,1,")
	sink := &asking{listing: listing{target: w.target}, doubts: map[string]string{}}
	w.job.Sink = sink
	w.adopt(reconcile.AdoptOptions{})
	asked := 0
	sink.confirm = func(id, natural string) error {
		asked++
		if id != "100" || natural != "A@x" {
			t.Errorf("asked for %s %s", id, natural)
		}
		return &sinks.Error{Class: sinks.Halt, Code: "wrong_id", Message: "that is somebody else"}
	}
	if p, log := w.run(); p.Status != reconcile.Failed || len(log) > 0 {
		t.Errorf("%s, sent %q", p.Status, log)
	}
	sink.confirm = func(string, string) error {
		asked++
		return &sinks.Error{Class: sinks.Refused, Message: "an empty update"}
	}
	p, log := w.run()
	if w.wantLog(log, "update 1 dept,email,name"); sink.doubts["100"] != "A@x" {
		t.Errorf("nothing proves the id, and its answer is not looked at: %v, %s", sink.doubts, p.Status)
	}
	sink.confirm = func(string, string) error { asked++; return nil }
	w.feed.rows = []string{"1,a@x,Ann,hr,1,"}
	w.run()
	w.feed.rows = []string{"1,a@x,Annie,hr,1,"}
	if w.run(); asked != 3 {
		t.Errorf("asked %d times, want no more once it is proven", asked)
	}
}
