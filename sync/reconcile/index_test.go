package reconcile_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// anyRows draws rows of few keys and few values: duplicates, equal and not, entries out of scope beside entries in scope, blank keys.
func anyRows(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		key := rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", ""}).Draw(t, "key")
		email := rapid.SampledFrom([]string{key + "@x", key + "@x", key + "@x", "z@x", ""}).Draw(t, "email")
		return strings.Join([]string{key, email, rapid.SampledFrom([]string{"Ann", "Ann", "Bob"}).Draw(t, "name"), rapid.SampledFrom([]string{"", "it"}).Draw(t, "dept"),
			rapid.SampledFrom([]string{"1", "1", "1", "0"}).Draw(t, "on"), rapid.SampledFrom([]string{"", "", "", "no"}).Draw(t, "scope")}, ",")
	}), 1, 9).Draw(t, "rows")
}

// TestTheFastPathPlansWhatTheSlowPathPlans: with the index and without it, in any order of rows, a plan is the same.
func TestTheFastPathPlansWhatTheSlowPathPlans(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.job.Rules.DeactivateOut = rapid.Bool().Draw(rt, "deactivate out of scope")
		w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: rapid.IntRange(1, 2).Draw(rt, "reads")}
		for range rapid.IntRange(1, 4).Draw(rt, "days") {
			w.feed.rows = anyRows(rt)
			if p, _ := w.run(); p.Err != nil && !strings.Contains(p.Err.Error(), "in a row") && !strings.Contains(p.Err.Error(), "no readable key") {
				rt.Fatal(p.Err)
			}
			// Part of the next feed is this one: otherwise the index would never know anything.
			next := append(rapid.SliceOfDistinct(rapid.SampledFrom(w.feed.rows), rapid.ID[string]).Draw(rt, "same"), anyRows(rt)...)
			w.feed.rows = next
			w.feed.day++
			fast := described(rt, w)
			w.feed.rows = rapid.Permutation(next).Draw(rt, "order")
			if other := described(rt, w); other != fast {
				rt.Fatalf("in another order:\n%s\n%s\nand\n%s\n%s", strings.Join(next, "\n"), fast, strings.Join(w.feed.rows, "\n"), other)
			}
			slow := *w
			job := *w.job
			job.State = filepath.Join(t.TempDir(), "copy.db")
			if err := withoutIndex(w.job.State, job.State); err != nil {
				rt.Fatal(err)
			}
			slow.job = &job
			if other := described(rt, &slow); other != fast {
				rt.Fatalf("feed\n%s\nwith the index\n%s\nwithout\n%s", strings.Join(w.feed.rows, "\n"), fast, other)
			}
		}
	})
}

// described is a dry run in words, without the places where entries stand.
func described(t *rapid.T, w *world) string {
	p := w.job.Plan(context.Background())
	defer p.Close()
	if p.Err != nil && strings.Contains(p.Err.Error(), "no readable key") {
		return "rejected"
	}
	if p.Err != nil {
		t.Fatal(p.Err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%+v %d\n", p.Summary, p.Requests)
	for c, err := range p.View().AllChanges() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s after %q\n", c.Action, c.Key, c.After.AppendJSON(nil), c.Waits)
	}
	fmt.Fprintf(&b, "%s, %d wait\n", p.Status, p.Waiting)
	for c, err := range p.View().Waiting() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "waiting %s %s %s\n", c.Action, c.Key, c.After.AppendJSON(nil))
	}
	for h, err := range p.View().DraftHeld() {
		if err != nil {
			t.Fatal(err)
		}
		if h.Key != "" {
			fmt.Fprintf(&b, "held %s %s\n", h.Key, h.Reason)
		}
	}
	return b.String()
}

// withoutIndex makes a copy of a state from which the index was taken. It is not there if the state is not.
func withoutIndex(from, to string) (err error) {
	if err := copyState(from, to); err != nil || !state.Has(to) {
		return err
	}
	db, err := sql.Open("sqlite3", to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Exec("DELETE FROM stamps; DELETE FROM pages")
	return err
}
