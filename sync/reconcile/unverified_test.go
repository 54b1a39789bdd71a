package reconcile_test

import (
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
)

// TestAnAddressWaitsForWhoMayHaveIt: somebody got another address, and no answer came, so that either may be theirs. Whoever is to get
// one of the two waits until they have a third, and is not refused by the target.
func TestAnAddressWaitsForWhoMayHaveIt(t *testing.T) {
	for name, tc := range map[string]struct {
		passed string // on to Ann
		done   bool   // though no answer came
	}{
		"the old one, not done":             {"b@x", false},
		"the old one, done all the same":    {"b@x", true},
		"the new one, not done":             {"c@x", false},
		"the new one, done all the same":    {"C@x", true},
		"another one, nobody waits for Bob": {"e@x", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,hr,1,")
			w.job.Delivery.Workers = 1
			w.run()
			w.feed.rows[1] = "2,c@x,Bob,hr,1,"
			w.target.answer = func(plan.Change) (*sinks.Error, bool) { return &sinks.Error{Class: sinks.Unknown}, tc.done }
			w.run()
			w.target.answer = nil
			w.feed.rows = []string{"1," + tc.passed + ",Ann,hr,1,", "2,d@x,Bob,hr,1,"}
			p, log := w.run()
			want := []string{"update 2 email", "update 1 email"}
			if tc.passed == "e@x" {
				want = []string{"update 1 email", "update 2 email"}
			}
			w.wantLog(log, want...)
			if p.Summary.Held != 0 {
				t.Errorf("%+v", p.Summary)
			}
		})
	}
}
