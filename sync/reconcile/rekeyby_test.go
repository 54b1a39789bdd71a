package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// unsettled leaves a change of a key in the journal that has no answer.
func unsettled(t *testing.T, w *world, key record.Key) {
	t.Helper()
	s, err := state.Open(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Begin(w.job.Name, "", w.job.Target, schema, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Journal().Intend(r, plan.Change{Action: plan.Update, Key: key, RemoteID: "1", After: record.Attrs{{Name: "name", Value: record.TextOf("X")}}}); err != nil {
		t.Fatal(err)
	}
}

func TestRekeyByPairsOnlyWhatIsClear(t *testing.T) {
	const rest = "9,z@x,Zed,hr,1,"
	for _, c := range []struct {
		name      string
		before    string // rows, between them |
		after     string
		attribute string
		want      string
	}{
		{"one new key, one that is gone, without case", "1,a@x,Ann,hr,1,", "11,A@X,Ann,hr,1,", "email", "1>11"},
		{"several", "1,a@x,Ann,hr,1,|2,b@x,Bob,it,1,", "12,b@x,Bob,it,1,|11,a@x,Ann,hr,1,", "email", "1>11 2>12"},
		{"by another attribute, with a new address", "1,a@x,Ann,hr,1,", "11,new@x,ann,hr,1,", "name", "1>11"},
		{"who is inactive too", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,0,", "email", "1>11"},
		{"nobody is gone", "1,a@x,Ann,hr,1,", "1,a@x,Ann,hr,1,|11,new@x,Ann,hr,1,", "email", "1+"},
		{"nobody that is gone had it", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,", "email", "1+"},
		{"two new keys", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,1,|12,A@x,Ann,hr,1,", "email", "11? 12?"},
		{"two that are gone", "1,a@x,Ann,hr,1,|2,b@x,Ann,hr,1,", "11,new@x,Ann,hr,1,", "name", "11?"},
		{"one that is gone and one that is there", "1,a@x,Ann,hr,1,|2,b@x,Ann,hr,1,", "2,b@x,Ann,hr,1,|11,new@x,Ann,hr,1,", "name", "11?"},
		{"one that is there and now says the same", "1,a@x,Ann,hr,1,|2,b@x,Bob,hr,1,", "2,b@x,Ann,hr,1,|11,new@x,Ann,hr,1,", "name", "11?"},
		{"one that is there and said the same", "1,a@x,Ann,hr,1,|2,b@x,Ann,hr,1,", "2,b@x,Bob,hr,1,|11,new@x,Ann,hr,1,", "name", "11?"},
		{"entries of a new key that differ", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,1,|11,a@x,Ann,it,1,", "email", ""},
		{"nothing is the same as nothing", "1,a@x,Ann,,1,", "11,new@x,Bob,,1,", "dept", ""},
		{"a new key out of scope is none", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,1,no", "email", ""},
		{"another one out of scope says the same", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,|12,c@x,ann,hr,1,no", "name", "11?"},
		{"another one out of scope, without a key", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,|,c@x,Ann,hr,1,no", "name", "11?"},
		{"a new key that is out of scope too", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,1,|11,a@x,Ann,hr,1,no", "email", "1>11"},
		{"one with a defect says the same", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,|12,,Ann,hr,1,", "name", "11?"},
		{"one with a defect says something else", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,|12,,Cyd,hr,1,", "name", "1>11"},
		{"one with a defect has the address of who is gone", "1,a@x,Ann,hr,1,", "11,new@x,Ann,hr,1,|12,a@x,,hr,1,", "name", "11?"},
		{"an empty value is known to be nothing", "1,a@x,Ann,hr,1,", "11,a@x,Ann,hr,1,|12,,Cyd,hr,1,", "email", "1>11"},
		{"who is out of scope is not gone", "1,a@x,Ann,hr,1,", "1,a@x,Ann,hr,1,no|11,a@x,Ann,hr,1,", "email", "1+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := settled(t, strings.Split(c.before+"|"+rest, "|")...)
			w.feed.rows = strings.Split(c.after+"|"+rest, "|")
			if got := moved(w.job.RekeyBy(context.Background(), c.attribute, reconcile.RekeyOptions{})); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestRekeyByCountsWhoCannotBeReadWhole(t *testing.T) {
	for _, c := range []struct {
		name  string
		after string
		want  string
	}{
		{"whether one is in scope can't be told, and it says the same", "11,new@x,Ann,hr,1,|12,c@x,Ann,hr,1,oops", "11?"},
		{"and it says something else", "11,new@x,Ann,hr,1,|12,c@x,Cyd,hr,1,oops", "1>11"},
		{"and it has the address of who is gone", "11,new@x,Ann,hr,1,|12,a@x,Cyd,hr,1,oops", "11?"},
		{"what can't be read could be anybody's", "11,new@x,Ann,hr,1,|12,c@x,?,hr,1,", "11?"},
		{"of who has a record too", "11,new@x,Ann,hr,1,|9,z@x,?,hr,1,", "11?"},
		{"but nobody's where nothing would be paired", "11,new@x,Eve,hr,1,|12,c@x,?,hr,1,", "1+"},
		{"nor out of scope", "11,new@x,Ann,hr,1,|12,c@x,?,hr,1,0", "1>11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,hr,1,", "9,z@x,Zed,hr,1,")
			expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
			m, problems := mapping.Compile(mapping.Spec{Key: expr("key"), Where: expr(`scope == "" || number(scope, ".") > 0`), Zone: time.UTC, Map: []mapping.Field{
				{Attribute: "email", Expression: expr("email")}, {Attribute: "name", Expression: expr(`name == "?" ? string(int(name)) : name`)},
				{Attribute: "dept", Expression: expr("dept")}, {Attribute: "on", Expression: expr(`on == "1"`)}}}, schema, nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			w.job.Mapping = m
			w.run()
			w.feed.rows = strings.Split(c.after, "|")
			if !strings.Contains(c.after, "|9,") {
				w.feed.rows = append(w.feed.rows, "9,z@x,Zed,hr,1,")
			}
			if got := moved(w.job.RekeyBy(context.Background(), "name", reconcile.RekeyOptions{})); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestRekeyByLeavesOutWhatAnotherJobHas(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,hr,1,")
	other := *w.job
	other.Name, other.Source = "others", &feed{rows: []string{"o,o@x,Ann,it,1,"}}
	p := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]
	if err := p.Close(); err != nil || p.Err != nil {
		t.Fatal(err, p.Err)
	}
	w.feed.rows = []string{"11,new@x,Ann,hr,1,", "2,b@x,Bob,hr,1,"}
	if got := moved(w.job.RekeyBy(context.Background(), "name", reconcile.RekeyOptions{})); got != "11?" {
		t.Error(got)
	}
}

func TestTransferredIsNeitherCreatedNorSwitchedOff(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,hr,1,")
	other := *w.job
	other.Name, other.Source = "others", &feed{rows: []string{"1,a@x,Ann,it,1,", "o,o@x,Oda,it,1,"}}
	w.feed.rows = []string{"2,b@x,Bob,hr,1,"}
	if got, err := reconcile.Transfer(context.Background(), "1", w.job, &other, 0); err == nil || !strings.Contains(err.Error(), "`rosterd sync --first others`") {
		t.Fatalf("%+v, %v: the record would make the job known", got, err)
	}
	first := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{})[0]
	if err := first.Close(); err != nil || first.Status != reconcile.Blocked {
		t.Fatalf("%s, %v: it is as new as before", first.Status, err)
	}
	first = reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]
	if err := first.Close(); err != nil || first.Summary.Held != 1 {
		t.Fatalf("%+v, %v", first.Summary, err)
	}
	got, err := reconcile.Transfer(context.Background(), "1", w.job, &other, 0)
	if err != nil || got.RemoteID != "1" || got.Natural != "a@x" {
		t.Fatalf("%+v, %v", got, err)
	}
	_, log := w.run()
	w.wantLog(log)
	w.job = &other
	_, log = w.run()
	w.wantLog(log, "update 1 dept")
	if _, err := reconcile.Transfer(context.Background(), "1", w.job, w.job, 0); err == nil {
		t.Error("to itself")
	}
}

func TestTransferNeverWaitsForOneJobWhileItHasTheOther(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,")
	other := *w.job
	other.Name, other.Source = "others", &feed{rows: []string{"o,o@x,Oda,it,1,"}}
	first := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]
	if err := errors.Join(first.Err, first.Close()); err != nil {
		t.Fatal(err)
	}
	release, err := state.Lock(context.Background(), w.job.State, state.LockJob, "others", 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := reconcile.Transfer(context.Background(), "1", w.job, &other, -1)
		done <- err
	}()
	// Whoever has the other job's lock can have this one's too: the transfer lets go of it.
	mine, err := state.Lock(context.Background(), w.job.State, state.LockJob, "hr", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	mine()
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
