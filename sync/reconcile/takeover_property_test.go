package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// renumbered draws a feed of a few people, each of whom has an address for ever, is there, has left or is missing, under one key after the
// other; of a former key a row may stay that says left. keys counts the keys of each.
func renumbered(t *rapid.T, keys []int) (rows []string, on map[string]bool) {
	rows, on = []string{"z,z@x,Zed,it,1,"}, map[string]bool{"z@x": true}
	for i := range keys {
		if rapid.IntRange(0, 3).Draw(t, "renumber") == 0 {
			keys[i]++
		}
		key := keys[i]
		if key > 0 && rapid.IntRange(0, 7).Draw(t, "back") == 0 {
			key-- // for this feed
		}
		active := rapid.IntRange(0, 3).Draw(t, "on") > 0
		if rapid.IntRange(0, 3).Draw(t, "there") > 0 {
			on[fmt.Sprintf("p%d@x", i)] = active
			dept := rapid.SampledFrom([]string{"it", "hr"}).Draw(t, "dept")
			rows = append(rows, fmt.Sprintf("%d-%d,p%d@x,Ann,%s,%d,", i, key, i, dept, map[bool]int{true: 1}[active]))
		}
		if key > 0 && rapid.IntRange(0, 3).Draw(t, "old row") == 0 {
			rows = append(rows, fmt.Sprintf("%d-%d,p%d@x,Ann,it,0,", i, key-1, i))
		}
	}
	return rows, on
}

// TestWhateverKeysPeopleGetTheyKeepTheirOneAccount: over any feeds with new keys, faults and broken-off runs, no record ever has two keys, no
// address is created twice, and in the end everybody in the feed who is active has exactly one account, which is switched on.
func TestWhateverKeysPeopleGetTheyKeepTheirOneAccount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.job.Rules.TakeOverSame, w.job.Delivery.Attempts = true, 2
		w.job.Rules.Absent.Deactivate, w.job.Rules.UpdateInactive = rapid.Bool().Draw(rt, "deactivate"), rapid.Bool().Draw(rt, "update inactive")
		keys := make([]int, 4)
		var on map[string]bool
		for day := range rapid.IntRange(2, 6).Draw(rt, "days") {
			w.feed.rows, on = renumbered(rt, keys)
			w.feed.day++
			faults := rapid.IntRange(0, 60).Draw(rt, "faults")
			dice := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
			w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
				if c.Action == plan.Create && w.accounts(c.After.Get("email").Text()) > 0 {
					rt.Errorf("day %d: %s is created once more", day, c.Key)
				}
				if dice.IntN(100) >= faults {
					return nil, false
				}
				return &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}, dice.IntN(2) == 0
			}
			stopAfter := rapid.IntRange(0, 8).Draw(rt, "stop after")
			ctx, cancel := context.WithCancel(context.Background())
			p := reconcile.Run(ctx, []*reconcile.Job{w.job}, reconcile.Options{First: true, Progress: func(at reconcile.Progress) {
				if at.Done == stopAfter {
					cancel()
				}
			}})[0]
			cancel()
			if err := p.Close(); err != nil || p.Err != nil && !strings.Contains(p.Err.Error(), "in a row") {
				rt.Fatalf("day %d: %v, %v", day, p.Err, err)
			}
			oneKeyEach(rt, w)
		}
		w.target.answer = nil
		for range 4 {
			w.run()
			oneKeyEach(rt, w)
		}
		if p, log := w.run(); len(log) > 0 || p.HeldRows > 0 {
			rt.Errorf("something is still sent: %q, or held: %s", log, w.held())
		}
		for email, active := range on {
			if n := w.accounts(email); n > 1 || active && n != 1 {
				rt.Errorf("%d accounts of %s", n, email)
			}
			for _, r := range w.target.records {
				if r["email"] == email && (r["on"] == "true") != active && (active || w.job.Rules.Absent.Deactivate) {
					rt.Errorf("%s is to be on: %v, and is %v\n%s", email, active, r, strings.Join(w.feed.rows, "\n"))
				}
			}
		}
	})
}

// accounts is how many records of the target have an address.
func (w *world) accounts(email string) (n int) {
	for _, r := range w.target.records {
		if record.Fold(r["email"]) == record.Fold(email) {
			n++
		}
	}
	return n
}

// oneKeyEach demands that no two keys of the state have one record of the target.
func oneKeyEach(t *rapid.T, w *world) {
	v, err := state.OpenView(w.job.State)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	job, err := v.Job(w.job.Name, "", w.job.Target)
	if err != nil {
		t.Fatal(err)
	}
	all := state.Job{Target: job.Target} // of every job
	keys := map[string]record.Key{}
	for c, err := range v.Others(all) {
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := keys[c.Known.RemoteID]; twice {
			t.Errorf("record %s has the keys %s and %s", c.Known.RemoteID, other, c.Key)
		}
		keys[c.Known.RemoteID] = c.Key
	}
}
