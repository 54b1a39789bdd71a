package state

import (
	"errors"
	"testing"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func attr(name, value string) record.Attrs {
	return record.Attrs{{Name: name, Value: record.TextOf(value)}}
}

// TestARecordGetsItsKeyInTheCommitThatJournalsItsChange: so a crash right after finds both, or neither.
func TestARecordGetsItsKeyInTheCommitThatJournalsItsChange(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  plan.Change
		want    string // records
		doubts  int
		refused bool
	}{
		{"and what is sent has no answer yet", plan.Change{Action: plan.Update, Key: "N", RemoteID: "1", TakesOver: "A", After: attr("name", "New")}, "B=2, N=1", 1, false},
		{"nothing to send leaves nothing open", plan.Change{Action: plan.Update, Key: "N", RemoteID: "1", TakesOver: "A"}, "B=2, N=1", 0, false},
		{"another record than was planned", plan.Change{Action: plan.Update, Key: "N", RemoteID: "7", TakesOver: "A", After: attr("name", "New")}, "A=1, B=2", 0, true},
		{"no record", plan.Change{Action: plan.Update, Key: "N", RemoteID: "1", TakesOver: "X", After: attr("name", "New")}, "A=1, B=2", 0, true},
		{"a key that has a record", plan.Change{Action: plan.Update, Key: "B", RemoteID: "1", TakesOver: "A", After: attr("name", "New")}, "A=1, B=2", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, path := opened(t)
			r := begun(t, s)
			created(t, s, r, "A", "a@x", "1")
			created(t, s, r, "B", "b@x", "2")
			r = begun(t, s)
			seq, have, err := s.Journal().Intend(r, c.change)
			if c.refused != errors.Is(err, ErrStale) || err != nil && !c.refused {
				t.Fatal(err)
			}
			if !c.refused && have.Get("email").Text() != "a@x" {
				t.Errorf("it has %v", have)
			}
			if n, err := viewed(t, path).HasDoubts(r.Targ); err != nil || n != c.doubts {
				t.Errorf("%d changes without an answer, want %d; %v", n, c.doubts, err)
			}
			if c.doubts > 0 { // the next run's
				if err := s.Journal().Settle(r, seq, c.change, Outcome{Result: Lost}); err != nil {
					t.Fatal(err)
				}
			}
			if got := recordsOf(t, path, "A", "B", "N"); got != c.want {
				t.Errorf("records %s, want %s", got, c.want)
			}
			if got := past(t, path, "N"); !c.refused && c.doubts == 0 && got != "N rekeyed 1, A succeeded a" {
				t.Errorf("the past is %s", got)
			}
		})
	}
}
