package reconcile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// both runs two jobs of one target at once, as `rosterd sync` does.
func (w *world) both(other *world) (log []string) {
	w.t.Helper()
	w.target.log = nil
	w.feed.day++
	other.feed.day++
	for _, p := range reconcile.Run(context.Background(), []*reconcile.Job{w.job, other.job}, reconcile.Options{First: true}) {
		if p.Err != nil {
			w.t.Fatal(p.Err)
		}
		if err := p.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.target.log
}

// employees is another job on the target, which takes records over.
func (w *world) employees(rows ...string) *world {
	job := *w.job
	other := &world{t: w.t, feed: &feed{rows: rows}, target: w.target, job: &job, now: w.now}
	job.Name, job.Source = "employees", other.feed
	other.run()
	return other
}

// TestAContractorWhoBecomesAnEmployeeKeepsHisRecord: the other job's record, once that job has missed it or switched it off.
func TestAContractorWhoBecomesAnEmployeeKeepsHisRecord(t *testing.T) {
	const oda, hired = "o,o@x,Oda,it,1,", "11,a@x,Ann,hr,1,"
	for _, c := range []struct {
		name string
		do   func(w, other *world) []string // after the contractor's row is gone and the employee's is there
		want []string
		held string
	}{
		{"not before his job has missed him", func(_, other *world) []string { _, log := other.run(); return log }, nil, "11 conflict its email is that of 1 of job hr"},
		{"once his job has missed him", func(w, other *world) []string { w.run(); _, log := other.run(); return log }, nil, ""},
		{"once his job has switched him off", func(w, other *world) []string {
			w.job.Rules.Absent.Deactivate = true
			w.run()
			_, log := other.run()
			return log
		}, []string{"reactivate 11 on"}, ""},
		{"both at once: nobody is switched off on the way", func(w, other *world) []string {
			w.run()
			w.job.Rules.Absent.Deactivate = true
			return w.both(other)
		}, nil, ""},
		{"both at once, and he is a contractor again", func(w, other *world) []string {
			w.run()
			w.feed.rows = append(w.feed.rows, ann)
			return w.both(other)
		}, nil, "1 is in the source of job hr"},
		{"not while his job is at work", func(w, other *world) []string {
			w.run()
			release, err := state.Lock(context.Background(), w.job.State, state.LockJob, "hr", 0)
			if err != nil {
				w.t.Fatal(err)
			}
			defer release()
			_, log := other.run()
			return log
		}, nil, "job hr, whose record it is, is running now; the next run looks again."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := taking(t, ann, bob)
			other := w.employees(oda)
			w.feed.rows, other.feed.rows = []string{bob}, []string{oda, hired}
			log := c.do(w, other)
			w.wantLog(log, c.want...)
			if got := other.held(); c.held == "" && got != "" || !strings.Contains(got, c.held) {
				t.Errorf("held: %s\nwant: %s", got, c.held)
			}
			if r := w.target.records["1"]; len(w.target.records) != 3 || r["on"] != "true" {
				t.Errorf("%d records, that of Ann %v", len(w.target.records), r)
			}
			if c.held != "" {
				return
			}
			for range 2 {
				if log := w.both(other); len(log) > 0 {
					t.Errorf("once more: %q", log)
				}
			}
			w.count(t, 1)
			other.count(t, 2)
		})
	}
}

// count demands that the state has so many records of the job, and counts as many as active.
func (w *world) count(t *testing.T, want int) {
	t.Helper()
	v, err := state.OpenView(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	job, err := v.Job(w.job.Name, "", w.job.Target)
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := v.Count(job); err != nil || n != want || job.Active != want {
		t.Errorf("job %s has %d records, %d active; want %d; %v", w.job.Name, n, job.Active, want, err)
	}
}

// TestWhoMayBeAnotherJobsNewKeyDoesNotAge: while that is held, and no longer.
func TestWhoMayBeAnotherJobsNewKeyDoesNotAge(t *testing.T) {
	w := taking(t, ann, bob)
	other := w.employees("o,o@x,Oda,it,1,")
	other.job.Rules.TakeOverSame = false
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 3}
	w.feed.rows = []string{bob}
	other.feed.rows = append(other.feed.rows, "11,a@x,Ann,hr,1,")
	w.run()
	for range 4 {
		if log := append(other.both(w), other.held()); len(log) != 1 || !strings.Contains(log[0], "11 rekey") {
			t.Errorf("%q", log)
		}
	}
	other.feed.rows[1] = "11,other@x,Ann,hr,1,"
	log := append(other.both(w), other.both(w)...)
	w.wantLog(append(log, other.both(w)...), "create 11 dept,email,name,on,ref", "deactivate 1 on")
}

// TestARecordTakenMeanwhileIsNotTakenTwice: two jobs want the record of a third.
func TestARecordTakenMeanwhileIsNotTakenTwice(t *testing.T) {
	w := taking(t, ann, bob)
	first, second := w.employees("o,o@x,Oda,it,1,"), w.employees("o,o@x,Oda,it,1,")
	second.job.Name = "guests"
	second.feed.rows = []string{"q,q@x,Quin,it,1,"}
	second.run()
	w.feed.rows = []string{bob}
	w.run()
	first.feed.rows = append(first.feed.rows, "11,a@x,Ann,hr,1,")
	second.feed.rows = append(second.feed.rows, "12,a@x,Ann,hr,1,")
	first.both(second)
	first.both(second)
	if got := first.held() + second.held(); len(w.target.records) != 4 || strings.Count(got, "\n") != 0 || !strings.Contains(got, string(plan.Conflict)) {
		t.Errorf("%d records, held %s", len(w.target.records), got)
	}
}

// TestAJobThatIsNotSentKeepsNobodyOn: a new one takes nothing over until it is sent, so the record's own job goes on as ever.
func TestAJobThatIsNotSentKeepsNobodyOn(t *testing.T) {
	w := taking(t, ann, bob)
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2}
	w.feed.rows = []string{bob}
	if _, log := w.run(); len(log) > 0 {
		t.Fatal(log)
	}
	unknown := *w.job
	unknown.Name, unknown.Source = "employees", &feed{rows: []string{"11,a@x,Ann,hr,1,"}}
	w.feed.day++
	plans := reconcile.Run(context.Background(), []*reconcile.Job{w.job, &unknown}, reconcile.Options{})
	for i, want := range []reconcile.Status{reconcile.Succeeded, reconcile.Blocked} {
		if p := plans[i]; p.Status != want {
			t.Errorf("job %s: %s, %v", p.Job.Name, p.Status, p.Err)
		}
		if err := plans[i].Close(); err != nil {
			t.Error(err)
		}
	}
	w.wantLog(w.target.log, "deactivate 1 on")
}

// TestAJobThatDoesNotRunAnyMoreKeepsNobodyOn: what it holds is nobody's new key for ever.
func TestAJobThatDoesNotRunAnyMoreKeepsNobodyOn(t *testing.T) {
	w := taking(t, ann, bob)
	w.job.Rules.TakeOverSame = false
	other := w.employees("o,o@x,Oda,it,1,")
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2}
	w.feed.rows = []string{bob}
	w.run()
	other.feed.rows = append(other.feed.rows, "11,a@x,Ann,hr,1,")
	if other.run(); !strings.Contains(other.held(), "11 rekey") {
		t.Fatal(other.held())
	}
	for day, want := range [][]string{nil, nil, {"deactivate 1 on"}, nil} {
		w.now = w.now.AddDate(0, 0, 1)
		_, log := w.run()
		t.Log("day", day+1)
		w.wantLog(log, want...)
	}
}
