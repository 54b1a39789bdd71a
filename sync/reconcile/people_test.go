package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// person is a row of a generated feed.
type person struct {
	key, email, name, dept string
	on, out, broken        bool
}

func (p person) row() string {
	email, on, scope := p.email, "0", ""
	if p.broken {
		email = ""
	}
	if p.on {
		on = "1"
	}
	if p.out {
		scope = "no"
	}
	return strings.Join([]string{p.key, email, p.name, p.dept, on, scope}, ",")
}

// feeds draws a feed of few people out of few keys and few addresses, so that they meet.
func feeds(t *rapid.T, label string) []person {
	keys := rapid.SliceOfNDistinct(rapid.IntRange(1, 9), 1, 9, rapid.ID[int]).Draw(t, label)
	free := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}
	var out []person
	for _, k := range keys {
		i := rapid.IntRange(0, len(free)-1).Draw(t, "email")
		p := person{key: fmt.Sprint(k), email: free[i] + "@x", name: rapid.SampledFrom([]string{"Ann", "Bob", "Cyd"}).Draw(t, "name"),
			dept: rapid.SampledFrom([]string{"", "it", "hr"}).Draw(t, "dept"), on: rapid.IntRange(0, 3).Draw(t, "on") > 0,
			out: rapid.IntRange(0, 9).Draw(t, "out") == 0, broken: rapid.IntRange(0, 9).Draw(t, "broken") == 0}
		free = slices.Delete(free, i, i+1)
		out = append(out, p)
	}
	return out
}

func rowsOf(people []person, shuffle uint64) []string {
	var rows []string
	for _, p := range people {
		rows = append(rows, p.row())
	}
	rand.New(rand.NewPCG(shuffle, 1)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// check holds the target against the feed. Who is held, because of a ring or an address that another has, may differ.
func check(t *rapid.T, w *world, people []person, p *reconcile.Plan) {
	refs := map[string]map[string]string{}
	var all []string
	for id, r := range w.target.records {
		if refs[r["ref"]] != nil {
			t.Errorf("%s stands in the target twice", r["ref"])
		}
		refs[r["ref"]] = r
		all = append(all, id+": "+fmt.Sprint(r))
	}
	sort.Strings(all)
	contested := map[string]int{}
	for _, r := range w.target.records {
		contested[r["email"]]++
	}
	for _, person := range people {
		r := refs[person.key]
		delete(refs, person.key)
		switch {
		case person.out:
		case r == nil && person.on && !person.broken && contested[person.email] == 0:
			t.Errorf("%s is missing in the target:\n%s", person.row(), strings.Join(all, "\n"))
		case r == nil:
		case !person.on && r["on"] == "true":
			t.Errorf("%s left and is switched on", person.row())
		case person.on && !person.broken && r["on"] != "true" && p.HeldRows == 0:
			t.Errorf("%s is switched off", person.row())
		case person.on && !person.broken && p.HeldRows == 0 && (r["email"] != person.email || r["name"] != person.name || or(r["dept"], "null") != or(person.dept, "null")):
			t.Errorf("%s is %v in the target", person.row(), r)
		}
	}
	if p.HeldRows > 0 {
		return // an absent record may be that of somebody who is held
	}
	for key, r := range refs {
		if r["on"] == "true" {
			t.Errorf("%s is in no feed and switched on: %v", key, r)
		}
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
