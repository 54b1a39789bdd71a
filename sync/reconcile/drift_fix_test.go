package reconcile_test

import (
	"context"
	"iter"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestWhatCannotBePutBackIsListedOnce(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,hr,1,")
	w.of("1")["ref"] = ""
	w.drift(reconcile.DriftOptions{Fix: true})
	p := w.job.Plan(context.Background())
	defer p.Close()
	n := 0
	for c, err := range p.View().Cannot() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if c.Attribute != "ref" || !c.Before.IsNull() || c.After.Text() != "1" {
			t.Errorf("%+v", c)
		}
	}
	if n != 1 {
		t.Errorf("%d can't be applied, want 1", n)
	}
}

func TestFixedDriftMeetsTheLimits(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,", "3,c@x,Cyd,,1,")
	w.job.Limits.Reactivate = plan.Limit{AtLeast: 2}
	for _, r := range w.target.records {
		r["on"] = "false"
	}
	if d, _ := w.drift(reconcile.DriftOptions{Fix: true}); d.Noted != 3 {
		t.Fatalf("noted %d", d.Noted)
	}
	if p, log := w.run(); p.Status != reconcile.Blocked || len(log) > 0 || p.Known().Active != 0 {
		t.Errorf("%s, sent %q, %d active", p.Status, log, p.Known().Active)
	}
	w.job.Limits.Reactivate = plan.Limit{AtLeast: 3}
	_, log := w.run()
	w.wantLog(log, "reactivate 1 on", "reactivate 2 on", "reactivate 3 on")
	if p := w.job.Plan(context.Background()); p.Known().Active != 3 {
		t.Errorf("%d active, want 3", p.Known().Active)
	} else if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestFixedDriftKeepsAnAbsentRecordAgeing(t *testing.T) {
	w := opened(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,,1,")
	w.job.Rules.Absent.Reads = 3
	w.feed.rows = w.feed.rows[:1]
	w.run()
	w.run()
	w.of("2")["name"] = "Eve"
	w.drift(reconcile.DriftOptions{Fix: true})
	_, log := w.run()
	w.wantLog(log, "deactivate 2 on")
}

// marked is a target that marks every record as none of ours.
type marked struct{ open }

func (m marked) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for f, err := range m.open.List(ctx) {
			if f.Foreign = "it comes from the realm saml"; !yield(f, err) {
				return
			}
		}
	}
}

func TestWhatIsSomebodyElsesByNowIsNeverNoted(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"another key, and all of its new owner", func(w *world) {
			r := w.of("1")
			r["ref"], r["name"], r["email"], r["on"] = "K9", "Kurt", "kurt@x", "false"
		}, `reference 1 email:"a@x"→"kurt@x" name:"Ann"→"Kurt" on:true→false ref:"1"→"K9"`},
		{"marked by the target", func(w *world) {
			w.of("1")["name"], w.of("1")["on"] = "Eve", "false"
			w.job.Sink = marked{open{target: w.target}}
		}, `foreign 1 name:"Ann"→"Eve" on:true→false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := opened(t, "1,a@x,Ann,hr,1,")
			c.do(w)
			d, lines := w.drift(reconcile.DriftOptions{Fix: true})
			if len(lines) != 1 || lines[0] != c.want || d.Noted != 0 || d.ToNote != 0 {
				t.Errorf("%q, want %s; noted %d", lines, c.want, d.Noted)
			}
			if _, log := w.run(); len(log) > 0 {
				t.Errorf("it was written over: %q", log)
			}
		})
	}
}
