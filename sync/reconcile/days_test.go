package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// TestNinetyDaysOfTenThousandPeople: 1 % change, 0.2 % join, 0.1 % leave a day. The target ends equal, and is asked exactly what the
// changes need.
func TestNinetyDaysOfTenThousandPeople(t *testing.T) {
	w := newWorld(t)
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
	w.job.Limits.Deactivate = plan.Limit{Percent: 10 * plan.OnePercent, AtLeast: 5}
	w.job.Contract.MaxShrink = 20 * plan.OnePercent
	w.job.Delivery.Workers = 8
	dice := rand.New(rand.NewPCG(90, 10_000))
	const people = 10_000
	name := make(map[int]string, people)
	next := 0
	join := func() {
		next++
		name[next] = "Ann"
	}
	for range people {
		join()
	}
	var order []int // who is in the feed, by place
	for k := range name {
		order = append(order, k)
	}
	var leavers [][]int // of each day: those of two days ago are switched off today
	for day := range 90 {
		var gone []int
		changed := 0
		if day > 0 {
			for range len(order) / 1000 {
				i := dice.IntN(len(order))
				gone = append(gone, order[i])
				delete(name, order[i])
				order[i] = order[len(order)-1]
				order = order[:len(order)-1]
			}
			seen := map[int]bool{}
			for len(seen) < len(order)/100 {
				seen[order[dice.IntN(len(order))]] = true
			}
			changed = len(seen)
			for k := range seen {
				name[k] = fmt.Sprintf("Ann %d", day)
			}
			for range len(order) / 500 {
				join()
				order = append(order, next)
			}
		}
		leavers = append(leavers, gone)
		dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		w.feed.rows = w.feed.rows[:0]
		for _, k := range order {
			w.feed.rows = append(w.feed.rows, fmt.Sprintf("%d,%d@x,%s,it,1,", k, k, name[k]))
		}
		w.now = w.now.Add(24 * time.Hour)
		off := 0
		if day > 0 {
			off = len(leavers[day-1]) // absent for the second time, a day after the first
		}
		joined := len(order)
		if day > 0 {
			joined = (len(order)) / 501
		}
		p, log := w.run()
		if p.Err != nil || p.Status != reconcile.Succeeded {
			t.Fatalf("day %d: %s, %v", day, p.Status, p.Err)
		}
		got := p.Summary
		if got.Update != changed || got.Deactivate != off || len(log) != got.Create+got.Update+got.Deactivate || day == 0 && got.Create != joined {
			t.Fatalf("day %d: %+v and %d requests; want %d updates and %d deactivations", day, got, len(log), changed, off)
		}
	}
	active := 0
	for id, r := range w.target.records {
		var k int
		fmt.Sscan(r["ref"], &k)
		if want, here := name[k]; r["on"] == "true" && here && r["name"] != want {
			t.Errorf("record %s of %d is %s, want %s", id, k, r["name"], want)
		}
		if r["on"] == "true" {
			active++
		}
	}
	if absent := len(leavers[len(leavers)-1]); active != len(order)+absent {
		t.Errorf("%d are active, want %d and the %d who left today", active, len(order), absent)
	}
}
