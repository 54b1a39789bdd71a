package reconcile_test

import (
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
)

// TestAnAddressWaitsForWhoMayStillHaveIt: whether somebody got another address is not known, for no answer came. Who is to get theirs
// waits all the same, and is not refused by the target.
func TestAnAddressWaitsForWhoMayStillHaveIt(t *testing.T) {
	for name, done := range map[string]bool{"not done": false, "done all the same": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "1,a@x,Ann,hr,1,", "2,b@x,Bob,hr,1,")
			w.run()
			w.feed.rows[1] = "2,c@x,Bob,hr,1,"
			w.target.answer = func(plan.Change) (*sinks.Error, bool) { return &sinks.Error{Class: sinks.Unknown}, done }
			w.run()
			w.target.answer = nil
			w.feed.rows = []string{"1,b@x,Ann,hr,1,", "2,d@x,Bob,hr,1,"}
			p, log := w.run()
			w.wantLog(log, "update 2 email", "update 1 email")
			if p.Summary.Held != 0 {
				t.Errorf("%+v", p.Summary)
			}
		})
	}
}
