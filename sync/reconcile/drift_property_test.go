package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// TestWhateverOthersDidFixAndOneRunUndoIt: whatever others change in a target, drift finds it, --fix and one run over the unchanged feed
// put it back, the next run sends nothing, and then nothing is drift but what is gone.
func TestWhateverOthersDidFixAndOneRunUndoIt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		people := feeds(rt, "feed")
		for i := range people {
			people[i].out, people[i].broken = false, false
		}
		joined := slices.Clone(people)
		for i := range joined {
			joined[i].on = true
		}
		w := opened(t, rowsOf(joined, 1)...)
		w.feed.rows = rowsOf(people, 2)
		w.run()
		w.run()
		altered, gone := map[string]bool{}, map[string]bool{}
		for _, key := range rapid.SliceOfN(rapid.SampledFrom(people), 0, 6).Draw(rt, "altered") {
			others(rt, w, key, altered, gone)
		}
		d, lines := w.drift(reconcile.DriftOptions{Fix: true})
		if d.Total() != len(altered)+len(gone) {
			rt.Fatalf("%q, altered: %v, gone: %v", lines, altered, gone)
		}
		if p, _ := w.run(); p.Err != nil || p.HeldRows > 0 {
			rt.Fatalf("%v, %d held", p.Err, p.HeldRows)
		}
		if _, log := w.run(); len(log) > 0 {
			rt.Errorf("then still %q", log)
		}
		p, _ := w.run()
		check(rt, w, slices.DeleteFunc(people, func(p person) bool { return gone[p.key] }), p)
		if d, lines = w.drift(reconcile.DriftOptions{}); d.Total() != len(gone) {
			rt.Errorf("still %q, gone: %v", lines, gone)
		}
	})
}

// others does something to a record, and notes what is drift of it: who is gone and was switched off, nobody misses.
func others(t *rapid.T, w *world, p person, altered, gone map[string]bool) {
	for id, r := range w.target.records {
		if r["ref"] != p.key {
			continue
		}
		was := maps.Clone(r)
		switch rapid.SampledFrom([]string{"name", "email", "dept", "on", "delete"}).Draw(t, "what") {
		case "name":
			r["name"] += "!"
		case "email":
			r["email"] = fmt.Sprintf("%s%s", r["ref"], r["email"])
		case "dept":
			r["dept"] = "pr" + textOf(r["dept"]).Text()
		case "on":
			if altered[p.key] {
				return // twice is as it was
			}
			r["on"] = fmt.Sprint(was["on"] != "true")
		case "delete":
			if altered[p.key] {
				return
			}
			delete(w.target.records, id)
			if gone[p.key] = p.on; !p.on {
				delete(gone, p.key)
			}
			return
		}
		altered[p.key] = true
	}
}
