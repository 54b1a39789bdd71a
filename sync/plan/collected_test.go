package plan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/record"
)

// untangled is what a Tangle says of claimants, whose links are made of who they are.
func untangled(t testing.TB, cs []Claimant) []Knot {
	t.Helper()
	place := map[record.Key]int{}
	for i, c := range cs {
		place[c.Key] = i
	}
	tangle, err := Tie(func(yield func(Link, error) bool) {
		for _, c := range cs {
			l := Link{Behind: -1, Free: len(c.Rivals) == 0 && c.Holder != nil && c.Holder.Releases}
			if c.Holder != nil {
				if i, ok := place[c.Holder.Key]; ok {
					l.Behind = i
				}
			}
			if !yield(l, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	knots := make([]Knot, len(cs))
	for i, c := range cs {
		c.Place = i
		if knots[i], err = tangle.Knot(c, func(place int) (record.Key, error) { return cs[place].Key, nil }); err != nil {
			t.Fatal(err)
		}
	}
	return knots
}

// TestATangleSaysWhatIsSaidOfAllTogether: each verdict, to the letter, is that of a walk which has every claimant at hand.
func TestATangleSaysWhatIsSaidOfAllTogether(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 14).Draw(r, "claimants")
		keys := make([]record.Key, n)
		for i := range keys {
			keys[i] = record.Key(fmt.Sprint("k", i))
		}
		cs := make([]Claimant, n)
		for i, k := range rapid.Permutation(keys).Draw(r, "order") {
			cs[i] = Claimant{N: int64(i) + 7, Key: k, Action: Update, Value: "v", Named: "email"}
			holder := rapid.IntRange(0, n+1).Draw(r, "holder") // two of them claim nothing themselves
			cs[i].Holder = &Holder{Key: record.Key(fmt.Sprint("k", holder)), Status: Active, Releases: rapid.IntRange(0, 5).Draw(r, "keeps it") > 0}
			if rapid.IntRange(0, 9).Draw(r, "rivals") == 0 {
				cs[i].Rivals = []record.Key{"x", "y"}
			}
		}
		if diff := cmp.Diff(collected(cs), untangled(t, cs)); diff != "" {
			r.Fatal(diff)
		}
	})
}

// collected is that walk.
func collected(cs []Claimant) []Knot {
	w := web{cs: cs, byKey: make(map[record.Key]int, len(cs)), knots: make([]Knot, len(cs)), tied: make([]bool, len(cs))}
	for i, c := range cs {
		w.byKey[c.Key] = i
		w.knots[i].N = c.N
	}
	for i := range cs {
		w.walk(i)
	}
	return w.knots
}

type web struct {
	cs    []Claimant
	byKey map[record.Key]int
	knots []Knot
	tied  []bool
}

// walk goes from a claimant to the end of its chain, then ties the knots on the way back. A loop, not a recursion: a chain
// may have as many links as there are people.
func (w *web) walk(i int) {
	var path []int
	place := map[int]int{} // of the claimants on the path
	for !w.tied[i] {
		if first, closed := place[i]; closed {
			w.ring(path[first:])
			break
		}
		place[i] = len(path)
		path = append(path, i)
		next, ok := w.next(i)
		if !ok {
			break
		}
		i = next
	}
	for n := len(path) - 1; n >= 0; n-- {
		if !w.tied[path[n]] {
			w.tie(path[n])
		}
	}
}

// next is the claimant whose change frees the value that i claims, if that one claims something contested itself.
func (w *web) next(i int) (int, bool) {
	c := w.cs[i]
	if len(c.Rivals) > 0 || c.Holder == nil || !c.Holder.Releases {
		return 0, false
	}
	j, ok := w.byKey[c.Holder.Key]
	return j, ok
}

func (w *web) ring(members []int) {
	var keys []string
	for _, i := range members {
		keys = append(keys, string(w.cs[i].Key))
	}
	detail := fmt.Sprintf("%s pass their %s on in a ring, so none can go first; give one of them in the source another %[2]s for one run, and then its own",
		bounded(keys), w.cs[members[0]].Named)
	for _, i := range members {
		w.knots[i].Held = &Held{Cycle, detail}
		w.tied[i] = true
	}
}

func (w *web) tie(i int) {
	w.tied[i] = true
	c, k := w.cs[i], &w.knots[i]
	switch {
	case len(c.Rivals) > 0:
		names := make([]string, len(c.Rivals))
		for n, r := range c.Rivals {
			names[n] = string(r)
		}
		k.Held = &Held{Conflict, fmt.Sprintf("its %s is also that of %s, and nobody has it yet; leave it to one of them in the source", c.Named, bounded(names))}
	case !c.Holder.Releases:
		k.Held = kept(c)
	default:
		k.Wave, k.Waits = 1, c.Holder.Key
		if j, ok := w.byKey[c.Holder.Key]; ok {
			if w.knots[j].Held != nil {
				*k = Knot{N: c.N, Held: &Held{Conflict, fmt.Sprintf("its %s is that of %s, which is to give it up and is held itself; settle that one first", c.Named, c.Holder.Key)}}
				return
			}
			k.Wave = w.knots[j].Wave + 1
		}
	}
}
