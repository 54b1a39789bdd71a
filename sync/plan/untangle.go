package plan

import (
	"fmt"
	"iter"

	"github.com/rosterd/rosterd/sync/record"
)

// Claimant is a change that gives its record a natural key which another record has or also wants.
type Claimant struct {
	Place  int   // among the claimants, from 0
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

// Knot is what a Tangle says of one claimant.
type Knot struct {
	N     int64
	Wave  int        // to be sent in
	Waits record.Key // whose change has to succeed first; "" for none
	Held  *Held      // the claimant is held; of a Cycle only its natural key
}

// Link is a claimant's place in a tangle.
type Link struct {
	Behind int  // the claimant whose change frees the value, by its place; below 0: no claimant's does
	Free   bool // who has the value gives it up, and nobody else wants it
}

// Tangle orders the changes whose natural keys collide. A chain, in which each passes its value on, goes out wave by wave
// from its free end; a ring can't be ordered. Who has a value keeps it, and only the claimant is held.
//
//	C ── wants the value of ──► B ── wants the value of ──► A ── goes to a free one
//	wave 2                      wave 1                      wave 0
//
// All the claimants of a plan may hang on each other, and a plan may have a million: it takes 8 bytes for each, and a few more for each ring.
type Tangle struct {
	behind []int32
	fate   []int32       // the wave to be sent in, or one of those below
	rings  map[int32]int // how many members each has, by the place of its first
}

const (
	untied int32 = 0
	isHeld int32 = -1
	walked int32 = -2
	inRing int32 = -3 // less the place of the ring's first
)

// Tie makes a tangle of all claimants, from the first place on. An error is that of links.
func Tie(links iter.Seq2[Link, error]) (*Tangle, error) {
	t := &Tangle{rings: map[int32]int{}}
	for l, err := range links {
		if err != nil {
			return nil, err
		}
		fate := isHeld
		switch {
		case l.Free && l.Behind >= 0:
			fate = untied
		case l.Free:
			fate = 1
		}
		t.behind, t.fate = append(t.behind, int32(l.Behind)), append(t.fate, fate)
	}
	for i := range t.fate {
		t.walk(int32(i))
	}
	return t, nil
}

// walk goes from a claimant to the end of its chain, then ties those on the way. Loops, no recursion: a chain may have as many links as
// there are people.
func (t *Tangle) walk(i int32) {
	end, links := i, int32(0)
	for ; t.fate[end] == untied; end = t.behind[end] {
		t.fate[end] = walked
		links++
	}
	if t.fate[end] == walked {
		t.ring(end)
	}
	last := t.fate[end]
	for j := i; t.fate[j] == walked; j = t.behind[j] {
		t.fate[j] = isHeld
		if last > 0 {
			t.fate[j] = last + links
			links--
		}
	}
}

func (t *Tangle) ring(first int32) {
	for i := first; t.fate[i] == walked; i = t.behind[i] {
		t.fate[i] = inRing - first
		t.rings[first]++
	}
}

// Knot is the verdict on a claimant. key tells whose place one is; an error is its own.
func (t *Tangle) Knot(c Claimant, key func(place int) (record.Key, error)) (Knot, error) {
	k := Knot{N: c.N}
	fate := t.fate[c.Place]
	switch {
	case fate > 0:
		k.Wave, k.Waits = int(fate), c.Holder.Key
	case fate <= inRing:
		names, err := t.names(inRing-fate, key)
		if err != nil {
			return k, err
		}
		k.Held = &Held{Cycle, fmt.Sprintf("%s pass their %s on in a ring, so none can go first; give one of them in the source another %[2]s for one run, and then its own", names, c.Named)}
	case len(c.Rivals) > 0:
		names := make([]string, len(c.Rivals))
		for n, r := range c.Rivals {
			names[n] = string(r)
		}
		k.Held = &Held{Conflict, fmt.Sprintf("its %s is also that of %s, and nobody has it yet; leave it to one of them in the source", c.Named, bounded(names))}
	case !c.Holder.Releases:
		k.Held = kept(c)
	default:
		k.Held = &Held{Conflict, fmt.Sprintf("its %s is that of %s, which is to give it up and is held itself; settle that one first", c.Named, c.Holder.Key)}
	}
	return k, nil
}

// names are the members of a ring, in the order in which they pass their values on.
func (t *Tangle) names(first int32, key func(place int) (record.Key, error)) (string, error) {
	var names []string
	for i := first; len(names) < min(mostNamed, t.rings[first]); i = t.behind[i] {
		k, err := key(int(i))
		if err != nil {
			return "", err
		}
		names = append(names, string(k))
	}
	return some(names, t.rings[first]), nil
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
