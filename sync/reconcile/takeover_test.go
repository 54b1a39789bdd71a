package reconcile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// taking is a world whose job takes records over, and whose target has Ann and Bob; nobody is switched off for absence.
func taking(t testing.TB, rows ...string) *world {
	w := newWorld(t, rows...)
	w.job.Delivery.Workers, w.job.Rules.TakeOverSame, w.job.Rules.Absent.Deactivate = 1, true, false
	if p, _ := w.run(); p.Status != reconcile.Succeeded {
		t.Fatal(p.Status, p.Err)
	}
	return w
}

const ann, bob = "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,"

// held is what a run holds, reason and detail, line by line.
func (w *world) held() string {
	w.t.Helper()
	v, err := state.OpenView(w.job.State)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.Close()
	job, err := v.Job(w.job.Name, "", w.job.Target)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for h, err := range v.Held(job) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, string(h.Key)+" "+string(h.Reason)+" "+h.Detail)
	}
	return strings.Join(out, "\n")
}

func TestANewKeyTakesTheRecordOver(t *testing.T) {
	for _, c := range []struct {
		name   string
		before string // a feed in between, rows between |; "" for none
		feed   string
		want   []string
	}{
		{"of who is absent, and nothing differs", "", "11,a@x,Ann,hr,1,|" + bob, nil},
		{"what differs is updated", "", "11,a@x,Anna,it,1,|" + bob, []string{"update 11 dept,name"}},
		{"of who has been absent for a while", bob, "11,A@x,Ann,hr,1,|" + bob, []string{"update 11 email"}},
		{"who was switched off is switched on again", "1,a@x,Ann,hr,0,|" + bob, "11,a@x,Ann,hr,1,|" + bob, []string{"reactivate 11 on"}},
		{"and what differs goes with that", "1,a@x,Ann,hr,0,|" + bob, "11,a@x,Anna,hr,1,|" + bob, []string{"reactivate 11 name,on"}},
		{"an old row that says left may stay", "1,a@x,Ann,hr,0,|" + bob, "1,a@x,Ann,hr,0,|11,a@x,Ann,hr,1,|" + bob, []string{"reactivate 11 on"}},
		{"and one that says something new of who has left", "1,a@x,Ann,hr,0,|" + bob, "1,a@x,Left,hr,0,|11,a@x,Ann,hr,1,|" + bob, []string{"reactivate 11 on"}},
		{"who has left by the new row is switched off", "", "11,a@x,Ann,hr,0,|" + bob, []string{"deactivate 11 on"}},
		{"and one out of scope", "1,a@x,Ann,hr,0,|" + bob, "1,a@x,Ann,hr,1,no|11,a@x,Ann,hr,1,|" + bob, []string{"reactivate 11 on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := taking(t, ann, bob)
			if c.before != "" {
				w.feed.rows = strings.Split(c.before, "|")
				w.run()
			}
			w.feed.rows = strings.Split(c.feed, "|")
			p := w.job.Plan(context.Background())
			changes := p.Summary.Changes()
			for one, err := range p.View().AllChanges() {
				if err != nil || one.Key != "11" || one.TakesOver != "1" || one.RemoteID != "1" || !strings.Contains(one.Reason, "takes over the record of 1 (") {
					t.Errorf("planned %+v, %v", one.Change, err)
				}
			}
			if err := p.Close(); err != nil || changes != 1 || p.Requests != len(c.want) || p.Summary.Absent+p.Summary.Held > 0 {
				t.Errorf("%+v, %d requests, %v", p.Summary, p.Requests, err)
			}
			p, log := w.run()
			w.wantLog(log, c.want...)
			if p.Status != reconcile.Succeeded || p.HeldRows > 0 {
				t.Errorf("%s, %v, held %s", p.Status, p.Err, w.held())
			}
			for range 2 {
				if p, log = w.run(); len(log) > 0 || p.Summary.Changes() > 0 || p.HeldRows > 0 {
					t.Errorf("once more: %q, %+v, %s", log, p.Summary, w.held())
				}
			}
			if r := w.target.records["1"]; len(w.target.records) != 2 || r["on"] != "true" && !strings.Contains(c.feed, "11,a@x,Ann,hr,0,") {
				t.Errorf("%d records, that of Ann %v", len(w.target.records), r)
			}
		})
	}
}

func TestWhatIsNotCertainIsNotTakenOver(t *testing.T) {
	const now = "11,a@x,Ann,hr,1,|" + bob
	left := func(w *world) {
		w.feed.rows = []string{"1,a@x,Ann,hr,0,", bob}
		w.run()
	}
	for _, c := range []struct {
		name string
		do   func(w *world)
		feed string
		want string
	}{
		{"who is active and there keeps it", nil, ann + "|" + now, "11 conflict its email is that of 1"},
		{"two new keys", nil, "12,a@x,Ann,hr,1,|" + now, "11 conflict its email is also that of 12"},
		{"a new key, and another that is held", nil, "12,a@x,,hr,1,|" + now, "another entry that is held has that natural key too"},
		{"an entry without a key could be anyone", nil, ",z@x,Zed,hr,1,|" + now, "an entry whose key can't be read could be that of 1"},
		{"a change without an answer", func(w *world) { unsettled(w.t.(*testing.T), w, "1"); w.job.Sink = deaf{w.target} }, now, ""},
		{"protected", func(w *world) { w.job.Rules.Protect = map[record.Key]bool{"1": true} }, now, "1 is in `protect` of the job and 11 is not"},
		{"never touched", func(w *world) { w.job.Rules.NeverTouch = plan.NeverTouch{"id": {"1"}} }, now, "the record of 1 matches `never_touch`"},
		{"absent for another configuration, perhaps", func(w *world) { w.job.Selection = "another filter" }, now, "1 is missed since the configuration was changed"},
		{"the old row would be created anew", func(w *world) { w.job.Rules.CreateInactive = true; left(w); w.run() }, "1,a@x,Ann,hr,0,|" + now, "1 is still in the source (an entry"},
		{"the old row would be created anew, read anew", func(w *world) { left(w); w.job.Rules.CreateInactive = true }, "1,a@x,Left,hr,0,|" + now, "1 is still in the source (feed:1)"},
		{"the old row can't be read whole", left, "1,,Ann,hr,1,|" + now, "1 is changed or held in this run itself"},
		{"somebody else switched it off", func(w *world) {
			w.target.records["1"]["on"] = "false"
			w.adoptOff("1")
		}, now, "somebody else switched it off in the target"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := taking(t, ann, bob)
			if c.do != nil {
				c.do(w)
			}
			w.feed.rows = strings.Split(c.feed, "|")
			p, log := w.run()
			if got := w.held(); c.want != "" && !strings.Contains(got, c.want) {
				t.Errorf("held: %s\nwant: %s", got, c.want)
			}
			if c.want != "" && len(log) > 0 || len(w.target.records) != 2 {
				t.Errorf("%+v, sent %q, %d records", p.Summary, log, len(w.target.records))
			}
		})
	}
}

// deaf is a target that gives no answer to look-ups.
type deaf struct{ *target }

func (deaf) Lookup(context.Context, record.Key, record.Attrs) (*sinks.Found, error) {
	return nil, &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}
}

// adoptOff has a key's record adopted anew, as one that somebody else switched off.
func (w *world) adoptOff(key record.Key) {
	attrs := record.Attrs{{Name: "email", Value: record.TextOf("a@x")}, {Name: "on", Value: record.BoolOf(false)}}
	w.settledAlone(plan.Change{Action: plan.Update, Key: key, RemoteID: "1", After: attrs}, state.Outcome{Result: state.Adopted, RemoteID: "1", Attrs: attrs})
}

// TestACrashAtATakeOverLosesNothing: after the record got its key and before an answer.
func TestACrashAtATakeOverLosesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(plan.Change) (*sinks.Error, bool)
		first  []string
		then   []string
	}{
		{"done, and no answer", unknown, []string{"reactivate 11 !unknown", "reactivate 11 !unknown", "reactivate 11 !unknown"}, []string{"reactivate 11 name,on"}},
		{"stopped before it left", func(plan.Change) (*sinks.Error, bool) { return &sinks.Error{Class: sinks.Halt, Message: "down"}, false },
			[]string{"reactivate 11 !halt"}, []string{"reactivate 11 name,on"}},
		{"refused, and not sent again", func(plan.Change) (*sinks.Error, bool) {
			return &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, false
		}, []string{"reactivate 11 !refused"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := taking(t, ann, bob)
			w.feed.rows = []string{"1,a@x,Ann,hr,0,", bob}
			w.run()
			w.feed.rows = []string{"11,a@x,Anna,hr,1,", bob}
			w.target.answer = c.answer
			_, log := w.run()
			w.wantLog(log, c.first...)
			w.target.answer = nil
			_, log = w.run()
			w.wantLog(log, c.then...)
			if _, log := w.run(); len(log) > 0 || len(w.target.records) != 2 {
				t.Errorf("once more: %q, %d records", log, len(w.target.records))
			}
		})
	}
}

// TestAnOldKeyThatComesBackIsAnother: while the new one has its entry, who comes back under the old key is held; after that it is taken back.
func TestAnOldKeyThatComesBackIsAnother(t *testing.T) {
	w := taking(t, ann, bob)
	w.feed.rows = []string{"11,a@x,Ann,hr,1,", bob}
	w.run()
	w.feed.rows = []string{"11,a@x,Ann,hr,1,", ann, bob}
	_, log := w.run()
	w.wantLog(log)
	if got := w.held(); !strings.Contains(got, "1 conflict its email is that of 11") {
		t.Error(got)
	}
	w.feed.rows = []string{ann, bob}
	p, log := w.run()
	w.wantLog(log)
	if p.Summary.Update != 1 || len(w.target.records) != 2 {
		t.Errorf("%+v, %d records", p.Summary, len(w.target.records))
	}
}

func TestATakeOverMeetsTheLimitsAsWhatItIs(t *testing.T) {
	w := taking(t, ann, bob)
	w.feed.rows = []string{"1,a@x,Ann,hr,0,", bob}
	w.run()
	w.job.Limits.Reactivate, w.job.Withhold = plan.Limit{}, true
	w.feed.rows = []string{"11,a@x,Ann,hr,1,", bob}
	p, log := w.run()
	w.wantLog(log)
	if p.Waiting != 1 || p.Summary.Waiting != 1 {
		t.Errorf("%d wait, %+v", p.Waiting, p.Summary)
	}
	w.approve()
	_, log = w.run()
	w.wantLog(log, "reactivate 11 on")
}

func TestATakeOverIsOneOfTheStepsOfItsChange(t *testing.T) {
	w := taking(t, ann, bob)
	w.job.Sink = &stepping{w.target}
	w.feed.rows = []string{"1,a@x,Ann,hr,0,", bob}
	w.run()
	w.feed.rows = []string{"11,a@x,Anna,hr,1,", bob}
	_, log := w.run()
	w.wantLog(log, "reactivate 11 on", "update 11 name")
	if _, log = w.run(); len(log) > 0 {
		t.Errorf("once more: %q", log)
	}
}
