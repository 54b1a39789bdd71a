package plan

import (
	"fmt"

	"github.com/rosterd/rosterd/sync/record"
)

// Claimant is a change that gives its record a natural key which another record has or also wants.
type Claimant struct {
	N      int64 // the change's number in the draft
	Key    record.Key
	Action Action
	Value  string       // the natural key, folded
	Named  string       // the attribute that it is, in the target's words
	Rivals []record.Key // other changes that claim the same value
	Holder *Holder      // nil: nobody has it, only rivals want it
}

// Holder is the record that has a natural key now.
type Holder struct {
	Key      record.Key
	Job      string
	Status   Status
	Absent   bool // no entry of this read is its own
	Releases bool // this plan gives it another natural key
}

// Knot is what Untangle says of one claimant.
type Knot struct {
	N     int64
	Wave  int        // to be sent in
	Waits record.Key // whose change has to succeed first; "" for none
	Held  *Held      // the claimant is held; of a Cycle only its natural key
}

// Untangle orders the changes whose natural keys collide. A chain, in which each passes its value on, goes out wave by wave
// from its free end; a ring can't be ordered. Who has a value keeps it, and only the claimant is held.
//
//	C ── wants the value of ──► B ── wants the value of ──► A ── goes to a free one
//	wave 2                      wave 1                      wave 0
func Untangle(cs []Claimant) []Knot {
	t := tangle{cs: cs, byKey: make(map[record.Key]int, len(cs)), knots: make([]Knot, len(cs)), tied: make([]bool, len(cs))}
	for i, c := range cs {
		t.byKey[c.Key] = i
		t.knots[i].N = c.N
	}
	for i := range cs {
		t.walk(i)
	}
	return t.knots
}

type tangle struct {
	cs    []Claimant
	byKey map[record.Key]int
	knots []Knot
	tied  []bool
}

// walk goes from a claimant to the end of its chain, then ties the knots on the way back. A loop, not a recursion: a chain
// may have as many links as there are people.
func (t *tangle) walk(i int) {
	var path []int
	place := map[int]int{} // of the claimants on the path
	for !t.tied[i] {
		if first, closed := place[i]; closed {
			t.ring(path[first:])
			break
		}
		place[i] = len(path)
		path = append(path, i)
		next, ok := t.next(i)
		if !ok {
			break
		}
		i = next
	}
	for n := len(path) - 1; n >= 0; n-- {
		if !t.tied[path[n]] {
			t.tie(path[n])
		}
	}
}

// next is the claimant whose change frees the value that i claims, if that one claims something contested itself.
func (t *tangle) next(i int) (int, bool) {
	c := t.cs[i]
	if len(c.Rivals) > 0 || c.Holder == nil || !c.Holder.Releases {
		return 0, false
	}
	j, ok := t.byKey[c.Holder.Key]
	return j, ok
}

func (t *tangle) ring(members []int) {
	var keys []string
	for _, i := range members {
		keys = append(keys, string(t.cs[i].Key))
	}
	detail := fmt.Sprintf("%s pass their %s on in a ring, so none can go first; give one of them in the source another %[2]s for one run, and then its own",
		bounded(keys), t.cs[members[0]].Named)
	for _, i := range members {
		t.knots[i].Held = &Held{Cycle, detail}
		t.tied[i] = true
	}
}

func (t *tangle) tie(i int) {
	t.tied[i] = true
	c, k := t.cs[i], &t.knots[i]
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
		if j, ok := t.byKey[c.Holder.Key]; ok {
			if t.knots[j].Held != nil {
				*k = Knot{N: c.N, Held: &Held{Conflict, fmt.Sprintf("its %s is that of %s, which is to give it up and is held itself; settle that one first", c.Named, c.Holder.Key)}}
				return
			}
			k.Wave = t.knots[j].Wave + 1
		}
	}
}

// kept words the verdict on a claimant whose value stays where it is.
func kept(c Claimant) *Held {
	who := string(c.Holder.Key)
	if c.Holder.Job != "" {
		who += " of job " + c.Holder.Job
	}
	its := fmt.Sprintf("its %s is that of %s", c.Named, who)
	switch {
	case c.Action == Create && c.Holder.Status != Active:
		return &Held{Reuse, its + ", whose record is switched off: the same person or account come back under a new key, or another?"}
	case c.Action == Create && c.Holder.Absent:
		return &Held{Rekey, its + ", which is absent now: the same person or account under a new key, or another?"}
	default:
		return &Held{Conflict, its + ", who keeps it; give one of the two another in the source"}
	}
}
