package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// movesOf reads "old>new old>new", each in a line of a file from the second on.
func movesOf(text string) (all []reconcile.Move) {
	for i, p := range strings.Fields(text) {
		from, to, _ := strings.Cut(p, ">")
		all = append(all, reconcile.Move{Old: record.Key(from), New: record.Key(to), Line: i + 2})
	}
	return all
}

// moved shows what a rekey did, in the same form, or its error.
func moved(r *reconcile.Rekeying, err error) string {
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, m := range r.Moved {
		out = append(out, fmt.Sprintf("%s>%s", m.Old, m.New))
	}
	for _, u := range r.Unclear {
		out = append(out, fmt.Sprintf("%s?", u.Key))
	}
	if r.Unmatched > 0 {
		out = append(out, fmt.Sprintf("%d+", r.Unmatched))
	}
	return strings.Join(out, " ")
}

func (w *world) rekey(text string, o reconcile.RekeyOptions) string {
	return moved(w.job.Rekey(context.Background(), movesOf(text), o))
}

// settled is a world whose target has what its feed says.
func settled(t *testing.T, rows ...string) *world {
	w := newWorld(t, rows...)
	w.job.Delivery.Workers = 1
	if p, _ := w.run(); p.Status != reconcile.Succeeded {
		t.Fatal(p.Status, p.Err)
	}
	return w
}

func TestRekeyedIsNeitherCreatedNorSwitchedOff(t *testing.T) {
	for _, c := range []struct {
		name  string
		feed  []string // after 1,a@x 2,b@x 3,c@x
		moves string
		want  []string // what the next run sends
	}{
		{"the same under a new key", []string{"11,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>11", nil},
		{"with another address too", []string{"11,new@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>11", []string{"update 11 email"}},
		{"who leaves is switched off as who it is", []string{"11,a@x,Ann,hr,0,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>11", []string{"deactivate 11 on"}},
		{"a swap", []string{"2,a@x,Ann,hr,1,", "1,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>2 2>1", nil},
		{"a chain", []string{"2,a@x,Ann,hr,1,", "3,b@x,Bob,it,1,", "4,c@x,Cyd,it,1,"}, "1>2 2>3 3>4", nil},
		{"an old row that says left may stay", []string{"1,a@x,Ann,hr,0,", "11,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>11", nil},
		{"and one out of scope", []string{"1,a@x,Ann,hr,1,no", "11,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,"}, "1>11", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := settled(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,", "3,c@x,Cyd,it,1,")
			w.feed.rows = c.feed
			if got := w.rekey(c.moves, reconcile.RekeyOptions{DryRun: true}); got != c.moves {
				t.Errorf("dry run: %s", got)
			}
			if got := w.rekey(c.moves, reconcile.RekeyOptions{}); got != c.moves {
				t.Fatal(got)
			}
			p, log := w.run()
			w.wantLog(log, c.want...)
			if p.Status != reconcile.Succeeded || p.HeldRows > 0 {
				t.Errorf("%s, %d held, %v", p.Status, p.HeldRows, p.Err)
			}
			if _, log := w.run(); len(log) > 0 {
				t.Errorf("once more: %q", log)
			}
			if len(w.target.records) != 3 {
				t.Errorf("%d records", len(w.target.records))
			}
		})
	}
}

// renaming is a target that takes the reference with updates.
type renaming struct{ *target }

func (renaming) Schema() record.Schema {
	s := schema
	s.Attributes = slices.Clone(s.Attributes)
	for i := range s.Attributes {
		if s.Attributes[i].Name == s.Reference {
			s.Attributes[i].CreateOnly = false
		}
	}
	return s
}

func TestTheReferenceFollowsARekeyAsItsSchemaAllows(t *testing.T) {
	for _, c := range []struct {
		name    string
		updates bool
		want    []string
		cannot  int
	}{
		{"an update where that may carry it", true, []string{"update 11 ref"}, 0},
		{"else it is listed, and holds nothing", false, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,hr,1,")
			if c.updates {
				w.job.Sink = renaming{w.target}
				expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
				w.job.Mapping, _ = mapping.Compile(mapping.Spec{Key: expr("key"), Zone: time.UTC, Map: []mapping.Field{
					{Attribute: "email", Expression: expr("email")}, {Attribute: "name", Expression: expr("name")}}}, w.job.Sink.Schema(), nil)
				w.job.Rules.Mapped = w.job.Mapping.Attributes()
			}
			w.run()
			w.feed.rows = []string{"11,a@x,Ann,hr,1,"}
			if got := w.rekey("1>11", reconcile.RekeyOptions{}); got != "1>11" {
				t.Fatal(got)
			}
			p := w.job.Plan(context.Background())
			n := 0
			for one, err := range p.View().Cannot() {
				if n++; err != nil || one.Key != "11" || one.Attribute != "ref" || one.Before.Text() != "1" || one.After.Text() != "11" {
					t.Errorf("%+v, %v", one, err)
				}
			}
			if err := p.Close(); err != nil || n != c.cannot {
				t.Errorf("%d that can't be applied, want %d; %v", n, c.cannot, err)
			}
			_, log := w.run()
			w.wantLog(log, c.want...)
			if _, log := w.run(); len(log) > 0 {
				t.Errorf("once more: %q", log)
			}
		})
	}
}

func TestRekeyWithoutAnAnswerWaitsForIt(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	unsettled(t, w, "1")
	w.feed.rows = []string{"11,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,"}
	got := w.rekey("1>11", reconcile.RekeyOptions{})
	if !strings.Contains(got, "a change of 1 has no answer yet; `rosterd sync hr` settles it first") {
		t.Error(got)
	}
	if got := w.rekey("2>1", reconcile.RekeyOptions{Ahead: true}); !strings.Contains(got, "a change of 1 has no answer yet") {
		t.Error(got)
	}
}

func TestANewKeyThatIsNotInTheSourceIsASlip(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,it,1,")
	w.feed.rows = []string{"11,a@x,Ann,hr,1,", "12,b@x,Bob,it,1,"}
	got := w.rekey("1>l1 2>12", reconcile.RekeyOptions{})
	if want := "line 2: l1 is not in the source: its record would be absent; is it spelt right? If the source is to have it later, say --ahead"; !strings.Contains(got, want) {
		t.Error(got)
	}
	if got := w.rekey("1>l1", reconcile.RekeyOptions{Ahead: true}); got != "1>l1" {
		t.Error(got)
	}
}

func TestRekeyNeedsTheTargetToItself(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,")
	release, err := state.Lock(context.Background(), w.job.State, state.LockTarget, w.job.Target, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := w.job.Rekey(context.Background(), movesOf("1>11"), reconcile.RekeyOptions{Ahead: true}); !errors.Is(err, reconcile.ErrBusy) {
		t.Error(err)
	}
}

func TestProblemsOfMovesAreBounded(t *testing.T) {
	w := settled(t, "1,a@x,Ann,hr,1,")
	var b strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&b, "x%d>y%d ", n, n)
	}
	got := w.rekey(b.String(), reconcile.RekeyOptions{})
	if lines := strings.Split(got, "\n"); len(lines) != 22 || lines[1] != "  line 2: x0 has no record" || lines[21] != "  and 980 more" {
		t.Error(got)
	}
}
