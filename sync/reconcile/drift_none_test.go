package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestDriftIsTheJobsOwnRecordsOnly(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,")
	other := *w.job
	other.Name, other.Source = "it", &feed{rows: []string{"9,i@x,Ivo,,1,"}}
	if p := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]; p.Err != nil {
		t.Fatal(p.Err)
	} else if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	w.of("9")["name"] = "Eve"
	d, got := w.drift(reconcile.DriftOptions{Fix: true})
	if len(got) > 0 || d.Listed != 2 || d.Records != 1 {
		t.Errorf("%q, %d listed, %d records", got, d.Listed, d.Records)
	}
}

func TestWhatIsUnverifiedOrNeverShownIsNoDrift(t *testing.T) {
	w := populated(t, "1,a@x,Ann,hr,1,", "2,b@x,Bert,it,1,")
	w.adopt(reconcile.AdoptOptions{})
	d, got := w.drift(reconcile.DriftOptions{})
	if len(got) > 0 || strings.Join(d.NotShown, ",") != "dept,on,ref" {
		t.Errorf("%q, not shown: %q", got, d.NotShown)
	}
	w.job.Sink = open{target: w.target}
	w.target.records["100"]["dept"] = "whatever it was"
	if d, got = w.drift(reconcile.DriftOptions{}); len(got) > 0 || strings.Join(d.NotShown, ",") != "ref" {
		t.Errorf("%q, not shown: %q", got, d.NotShown)
	}
}

func TestWhoWasFoundSwitchedOffIsNoDriftUntilSomebodySwitchesThemOn(t *testing.T) {
	w := populated(t, "1,b@x,Bert,it,1,")
	w.target.records["101"]["on"] = "false"
	w.job.Sink = shown{listing{target: w.target}}
	w.adopt(reconcile.AdoptOptions{Trust: true})
	if _, got := w.drift(reconcile.DriftOptions{Fix: true}); len(got) > 0 {
		t.Errorf("%q", got)
	}
	if p, log := w.run(); len(log) > 0 || p.Summary.Held != 1 {
		t.Errorf("%d held, sent %q", p.Summary.Held, log)
	}
	w.target.records["101"]["on"] = "true"
	if _, got := w.drift(reconcile.DriftOptions{Fix: true}); strings.Join(got, "") != "switched_on 1 on:false→true" {
		t.Errorf("%q", got)
	}
	if p, log := w.run(); len(log) > 0 || p.Summary.Held != 0 {
		t.Errorf("%d held, sent %q", p.Summary.Held, log)
	}
}

func TestAChangeWithoutAnAnswerIsNotCounted(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,")
	w.job.Delivery.Attempts = 1
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		return &sinks.Error{Class: sinks.Unknown, Message: "cut"}, true
	}
	w.feed.rows[0] = "1,a@x,Anna,hr,1,"
	w.run()
	w.of("2")["name"] = "Eve"
	d, got := w.drift(reconcile.DriftOptions{Fix: true})
	if strings.Join(got, "") != `differs 2 name:"Bob"→"Eve"` || d.Unanswered != 1 {
		t.Errorf("%q, %d unanswered", got, d.Unanswered)
	}
	w.target.answer = nil
	_, log := w.run()
	slices.Sort(log)
	w.wantLog(log, "update 1 name", "update 2 name")
}
