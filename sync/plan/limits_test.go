package plan

import (
	"testing"
)

// TestWhatWasDoneInTheLastDayCountsAlong: many small runs must not do what one large one may not.
func TestWhatWasDoneInTheLastDayCountsAlong(t *testing.T) {
	ten := Limit{Percent: 10 * OnePercent}
	for _, c := range []struct {
		name            string
		limit           Limit
		planned, active int
		recent          Recent
		max             int
		exceeded        bool
	}{
		{"up to the limit", ten, 8, 98, Recent{Sent: 2, Off: 2}, 10, false},
		{"one more", ten, 9, 98, Recent{Sent: 2, Off: 2}, 10, true},
		{"what was done exceeds nothing by itself", ten, 0, 70, Recent{Sent: 30, Off: 30}, 10, false},
		{"reactivated since, and counted", ten, 9, 100, Recent{Sent: 2}, 10, true},
		{"a run that was cut short can be finished", ten, 6, 96, Recent{Sent: 4, Off: 4}, 10, false},
		{"a number", Limit{AtLeast: 3}, 1, 50, Recent{Sent: 3, Off: 3}, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			totals := Totals{Recent: c.recent}
			totals.Actions[Deactivate] = c.planned
			u := Limits{Deactivate: c.limit}.Check(totals, c.active)[2]
			if *u.Max != c.max || u.Exceeded != c.exceeded || u.Recent != c.recent.Sent || u.Planned != c.planned {
				t.Errorf("%+v with max %d, want max %d, exceeded %v", u, *u.Max, c.max, c.exceeded)
			}
		})
	}
}
