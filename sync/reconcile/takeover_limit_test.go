package reconcile_test

import (
	"testing"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// TestThatEverybodyIsRenumberedIsForSomebodyToSee: it asks the target for nothing, and a file that was mixed up gives everybody's record to another.
func TestThatEverybodyIsRenumberedIsForSomebodyToSee(t *testing.T) {
	for _, withhold := range []bool{false, true} {
		w := taking(t, staff(20)...)
		w.job.Withhold, w.job.Limits.TakeOver = withhold, plan.Limit{Percent: 10 * plan.OnePercent, AtLeast: 5}
		var rows []string
		for _, row := range staff(20) {
			rows = append(rows, "N"+row)
		}
		w.feed.rows = append(rows[:5:5], staff(20)[5:]...)
		if p, log := w.run(); p.Status != reconcile.Succeeded || p.Summary.Update != 5 || len(log) > 0 {
			t.Errorf("five of twenty: %s, %+v, sent %q", p.Status, p.Summary, log)
		}
		w.feed.rows = rows
		p, log := w.run()
		if (p.Status == reconcile.Blocked) == withhold || p.Waiting != map[bool]int{false: 0, true: 15}[withhold] || w.pending() != 15 || len(log) > 0 {
			t.Errorf("the other fifteen: %s, %d wait, %d to be approved, sent %q", p.Status, p.Waiting, w.pending(), log)
		}
		w.approve()
		if p, log = w.run(); p.Status != reconcile.Succeeded || p.Summary.Update != 15 || len(log) > 0 {
			t.Errorf("approved: %s, %+v, sent %q", p.Status, p.Summary, log)
		}
		if p, log = w.run(); p.Summary.Unchanged != 20 || len(log) > 0 {
			t.Errorf("afterwards: %+v, sent %q", p.Summary, log)
		}
	}
}
