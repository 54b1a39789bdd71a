package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// staff are rows of people 1 to n; off are those who left.
func staff(n int, off ...int) []string {
	var rows []string
	for i := 1; i <= n; i++ {
		rows = append(rows, fmt.Sprintf("%d,p%d@x,Name %d,it,1,", i, i, i))
	}
	for _, i := range off {
		rows[i-1] = strings.Replace(rows[i-1], ",it,1,", ",it,0,", 1)
	}
	return rows
}

func TestDeactivationsOfADayCountAlong(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate = plan.Limit{AtLeast: 3}
	w.run()
	w.feed.rows = staff(10, 1, 2)
	w.run()
	w.now = w.now.Add(time.Hour)
	w.feed.rows = staff(10, 2) // 1 is back: it was switched off all the same
	w.run()
	w.now = w.now.Add(time.Hour)
	w.feed.rows = staff(10, 2, 3, 4)
	p, log := w.run()
	w.wantLog(log)
	if u := p.Limits[2]; p.Status != reconcile.Blocked || u.Planned != 2 || u.Recent != 2 || !u.Exceeded {
		t.Errorf("%s with %+v, want it blocked with 2 planned and 2 recent", p.Status, u)
	}
	w.now = w.now.Add(22 * time.Hour) // a day after the first two
	_, log = w.run()
	if len(log) != 2 {
		t.Errorf("a day later the target was asked %q, want both switched off", log)
	}
}

// TestWhatMayHaveBeenDoneCountsOnce: a deactivation without an answer counts, and not once more when it is sent again.
func TestWhatMayHaveBeenDoneCountsOnce(t *testing.T) {
	w := newWorld(t, staff(10)...)
	w.job.Limits.Deactivate, w.job.Delivery.Attempts = plan.Limit{AtLeast: 2}, 1
	w.run()
	w.feed.rows = staff(10, 1, 2)
	w.target.answer = func(plan.Change) (*sinks.Error, bool) {
		return &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}, true
	}
	w.run()
	w.target.answer = nil
	p, log := w.run()
	if len(log) != 2 || p.Status != reconcile.Succeeded {
		t.Errorf("%s, %v; the target was asked %q, want both again", p.Status, p.Limits[2], log)
	}
	w.feed.rows = staff(10, 1, 2, 3)
	if p, _ := w.run(); p.Status != reconcile.Blocked {
		t.Errorf("a third one is %s, want blocked: %+v", p.Status, p.Limits[2])
	}
}
