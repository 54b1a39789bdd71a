package state

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// TestWhoClaimsWhatAnotherHasOrWantsIsFound: with everybody else concerned, and linked to the claimant who gives the value up.
func TestWhoClaimsWhatAnotherHasOrWantsIsFound(t *testing.T) {
	const people = 6
	key := func(i int) record.Key { return record.Key(fmt.Sprint("k", i)) }
	s, path := opened(t)
	r := begun(t, s)
	for i := range people {
		created(t, s, r, string(key(i)), fmt.Sprint(i, "@x"), fmt.Sprint(i))
	}
	v := viewed(t, path)
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	x, err := v.Index(job, record.Fingerprint{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		err := v.Reset()
		wants := map[int]int{} // values by number; that of a number is that person's own
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}).Draw(t, "keys") {
			if w := rapid.IntRange(0, 11).Draw(t, "wants"); w != i && rapid.Bool().Draw(t, "changes") {
				wants[i] = w
				c := plan.Change{Action: plan.Create, Key: key(i), After: text("email", fmt.Sprint(w, "@X"))}
				if i < people {
					c.Action, c.Before = plan.Update, text("email", fmt.Sprint(i, "@x"))
				}
				if err == nil {
					err = v.addChange(c, "", schema)
				}
			}
		}
		if err == nil {
			err = v.EndChanges()
		}
		if err == nil {
			_, err = v.Contest(job, schema)
		}
		if err != nil {
			t.Fatal(err)
		}
		var want []plan.Claimant
		place := map[record.Key]int{}
		for i := range 9 {
			w, changes := wants[i]
			c := plan.Claimant{Place: len(want), Key: key(i), Action: plan.Create, Value: fmt.Sprint(w, "@x")}
			if i < people {
				c.Action = plan.Update
			}
			for j := range 9 {
				if other, too := wants[j]; changes && too && j != i && other == w {
					c.Rivals = append(c.Rivals, key(j))
				}
			}
			if changes && w < people {
				_, releases := wants[w]
				c.Holder = &plan.Holder{Key: key(w), Job: "hr", Status: plan.Active, Absent: true, Releases: releases}
			}
			if c.Holder != nil || len(c.Rivals) > 0 {
				place[c.Key] = len(want)
				want = append(want, c)
			}
		}
		var links []plan.Link
		for _, c := range want {
			l := plan.Link{Behind: -1, Free: len(c.Rivals) == 0 && c.Holder.Releases}
			if c.Holder != nil {
				if at, claims := place[c.Holder.Key]; claims {
					l.Behind = at
				}
			}
			links = append(links, l)
		}
		got, err := collect(v.Claimants(job, x))
		for i := range got {
			got[i].N = 0
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		tied, err := collect(v.Links())
		if diff := cmp.Diff(links, tied); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}
