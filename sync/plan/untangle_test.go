package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/record"
)

func claim(key, value, holder string, releases bool) Claimant {
	c := Claimant{Key: record.Key(key), Action: Update, Value: value}
	if holder != "" {
		c.Holder = &Holder{Key: record.Key(holder), Status: Active, Releases: releases}
	}
	return c
}

func TestUntangle(t *testing.T) {
	create := func(status Status, absent bool) Claimant {
		return Claimant{Key: "N", Action: Create, Value: "v", Holder: &Holder{Key: "O", Status: status, Absent: absent}}
	}
	rival := claim("A", "v", "", false)
	rival.Rivals = []record.Key{"B"}
	for _, c := range []struct {
		promise string
		cs      []Claimant
		want    string
	}{
		{"who has a value keeps it", []Claimant{claim("B", "a", "A", false)}, "B held conflict"},
		{"who waits goes after who gives up", []Claimant{claim("B", "a", "A", true)}, "B wave 1 after A"},
		{"a chain goes from its free end", []Claimant{claim("C", "b", "B", true), claim("B", "a", "A", true)}, "B wave 1 after A; C wave 2 after B"},
		{"a swap is held", []Claimant{claim("A", "b", "B", true), claim("B", "a", "A", true)}, "A held cycle; B held cycle"},
		{"a ring of three is held", []Claimant{claim("A", "b", "B", true), claim("B", "c", "C", true), claim("C", "a", "A", true)}, "A held cycle; B held cycle; C held cycle"},
		{"who hangs on a ring is held", []Claimant{claim("D", "a", "A", true), claim("A", "b", "B", true), claim("B", "a2", "A", true)}, "A held cycle; B held cycle; D held conflict"},
		{"who hangs on somebody held is held", []Claimant{claim("C", "b", "B", true), claim("B", "a", "A", false)}, "B held conflict; C held conflict"},
		{"two that want one value are held", []Claimant{rival}, "A held conflict"},
		{"the value of an absent record may be the same person's", []Claimant{create(Active, true)}, "N held rekey"},
		{"the value of an inactive record may be another's", []Claimant{create(Inactive, false)}, "N held reuse"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			for range 3 {
				if got := knots(t, c.cs); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				slices.Reverse(c.cs)
			}
		})
	}
}

func knots(t testing.TB, cs []Claimant) string {
	for i := range cs {
		cs[i].N = int64(i)
	}
	var out []string
	for _, k := range untangled(t, cs) {
		key := cs[k.N].Key
		if k.Held != nil {
			out = append(out, fmt.Sprintf("%s held %s", key, k.Held.Reason))
		} else {
			out = append(out, fmt.Sprintf("%s wave %d after %s", key, k.Wave, k.Waits))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// TestUntangledChangesNeverMeet: sent wave by wave, no change claims a value that somebody still has.
func TestUntangledChangesNeverMeet(tt *testing.T) {
	rapid.Check(tt, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "people")
		has := rapid.Permutation(make([]int, n)).Draw(t, "unused")
		for i := range has {
			has[i] = i
		}
		wants := make([]int, n)
		for i := range wants {
			wants[i] = rapid.IntRange(0, n+2).Draw(t, "wants")
		}
		var cs []Claimant
		for i, v := range wants {
			if v == i {
				continue
			}
			c := Claimant{N: int64(i), Key: record.Key(fmt.Sprint(i)), Action: Update, Value: fmt.Sprint(v)}
			for j, u := range wants {
				if j != i && u == v && j != v {
					c.Rivals = append(c.Rivals, record.Key(fmt.Sprint(j)))
				}
			}
			if v < n {
				c.Holder = &Holder{Key: record.Key(fmt.Sprint(v)), Status: Active, Releases: wants[v] != v}
			}
			if c.Holder != nil || len(c.Rivals) > 0 {
				cs = append(cs, c)
			}
		}
		wave := map[int]int{}
		held := map[int]bool{}
		for _, k := range untangled(tt, cs) {
			wave[int(k.N)] = k.Wave
			held[int(k.N)] = k.Held != nil
		}
		for w := 0; w <= n; w++ {
			before := slices.Clone(has)
			for i, v := range wants {
				if v == i || held[i] || wave[i] != w {
					continue
				}
				if other := slices.Index(before, v); other >= 0 && other != i {
					t.Fatalf("wave %d: %d takes %d, which %d still has", w, i, v, other)
				}
				has[i] = v
			}
		}
		for i, v := range wants {
			if v != i && !held[i] && has[i] != v {
				t.Fatalf("%d was never sent", i)
			}
		}
	})
}

func TestLimitsAreExact(t *testing.T) {
	ten := Limit{Percent: 10 * OnePercent, AtLeast: 5}
	for _, c := range []struct {
		limit        Limit
		active, want int
	}{{ten, 1000, 100}, {ten, 1001, 101}, {ten, 70, 7}, {ten, 10, 5}, {Limit{AtLeast: 12}, 1000, 12}, {Limit{}, 1000, 0}, {Limit{None: true}, 0, -1}, {Limit{Percent: OnePercent / 2}, 1000, 5}} {
		if got := c.limit.Max(c.active); got != c.want {
			t.Errorf("%+v of %d is %d, want %d", c.limit, c.active, got, c.want)
		}
	}
}

func TestAnyExceededLimitBlocksTheWholePlan(t *testing.T) {
	l := Limits{Create: Limit{None: true}, Update: Limit{None: true}, Deactivate: Limit{AtLeast: 1}, Reactivate: Limit{AtLeast: 1},
		Attribute: map[string]Limit{"*": {AtLeast: 2}, "name": {None: true}}}
	var few, many, wide Totals
	few.Actions[Deactivate] = 1
	many.Actions[Deactivate] = 2
	wide.Attributes = map[string]int{"dept": 3, "name": 900}
	if Exceeded(l.Check(few, 10)) || !Exceeded(l.Check(many, 10)) || !Exceeded(l.Check(wide, 10)) {
		t.Errorf("few %+v, many %+v, wide %+v", l.Check(few, 10), l.Check(many, 10), l.Check(wide, 10))
	}
}
