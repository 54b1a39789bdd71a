package state

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/rosterd/rosterd/sync/record"
)

// Index knows which raw entries are unchanged. It is keyed by the hash of the raw entry, not by the record's key, for the key
// is an expression and looking it up would need parsing.
//
//	slots  raw hash 16 B │ class 3 bit, entry id 29 bit │ where it was hit in this read 4 B       sorted by hash
//	dir    first slot of each bucket of hashes                                                    4 B for about two slots
//	rest   ids of records that have no slot: absent, held, changed since
//
// That is 26 B for a record. A probe costs one cache miss in dir and one or two in the slots, where it also notes its hit; a block's
// probes are batched so that their misses overlap.
//
// Only entries that say just what was last applied have a slot: an unknown hash costs time, a wrong one costs an account.
type Index struct {
	slots  []slot
	dir    []uint32
	shift  int
	rest   []uint32
	usable bool
	seen   bitmap       // filled by tally
	counts [classes]int // likewise
}

// slot is what is known of one raw entry.
type slot struct {
	raw record.Fingerprint
	ref uint32 // class and id: see refOf
	at  uint32 // where it was hit in this read, 0: not yet
}

func (s *slot) id() uint32   { return s.ref & idMask }
func (s *slot) class() class { return class(s.ref >> idBits) }

// hash is what slots are sorted and found by, before all of raw is compared.
func (s *slot) hash() uint64 { return binary.BigEndian.Uint64(s.raw[:]) }

const (
	idBits = 29
	idMask = 1<<idBits - 1
)

// class is what an entry with a slot is to its job.
type class uint8

const (
	classRecord    class = iota // its record is as it says
	classNotNeeded              // unknown and inactive
	classOutKept                // out of scope, its record is switched on and kept
	classOutOff                 // out of scope, its record is switched off
	classOutside                // out of scope, no record
	classes
)

func refOf(c class, id uint32) uint32 { return uint32(c)<<idBits | id }

// newIndex takes sorted slots over.
func newIndex(slots []slot, rest []uint32) *Index {
	n := len(slots)
	x := &Index{slots: slots, rest: rest, usable: true}
	width := max(1, bits.Len(uint(n))-1)
	x.shift = 64 - width
	x.dir = make([]uint32, 1<<width+1)
	for i := range slots { // where each bucket ends, then through the empty ones: no branch that depends on the hashes
		x.dir[slots[i].hash()>>x.shift+1] = uint32(i) + 1
	}
	for bucket := 1; bucket < len(x.dir); bucket++ {
		x.dir[bucket] = max(x.dir[bucket], x.dir[bucket-1])
	}
	return x
}

// Usable reports whether the index fits this job, mapping and state. Otherwise every entry is parsed.
func (x *Index) Usable() bool { return x != nil && x.usable }

// Sift is a sources.Sift. Two equal raw entries hit one slot: they are equal in all that the mapping can see, so they are one.
func (x *Index) Sift(raw []record.Fingerprint, at []uint32, known []bool) {
	var first, end [256]uint32
	for len(raw) > 0 {
		n := min(len(raw), len(first))
		// One kind of look-up after the other, and every place is touched before anything is decided by what is there: a branch
		// that was guessed wrong throws away what was fetched ahead, and then each probe waits for its own cache misses, three times
		// as long as the 30 ns that it takes so.
		for i := range n {
			bucket := binary.BigEndian.Uint64(raw[i][:]) >> x.shift
			first[i], end[i] = x.dir[bucket], x.dir[bucket+1]
		}
		x.touch(first[:n], end[:n])
		for i := range n {
			hit := find(x.slots[first[i]:end[i]], &raw[i])
			if known[i] = hit != nil; known[i] {
				atomic.StoreUint32(&hit.at, at[i])
			}
		}
		raw, at, known = raw[n:], at[n:], known[n:]
	}
}

// touch fetches the slots of buckets, which are mostly two cache lines, into the cache.
func (x *Index) touch(first, end []uint32) {
	var sum byte
	for i, from := range first {
		if to := end[i]; to > from {
			sum ^= x.slots[from].raw[0] ^ x.slots[to-1].raw[15]
		}
	}
	runtime.KeepAlive(sum)
}

// find is the slot of a raw entry in a bucket, nil for none.
func find(bucket []slot, raw *record.Fingerprint) *slot {
	hash := binary.BigEndian.Uint64(raw[:])
	for i := range bucket {
		switch s := &bucket[i]; {
		case s.hash() > hash:
			return nil
		case s.raw == *raw:
			return s
		}
	}
	return nil
}

// Counts is how many keys were recognised, and not parsed besides: those whose record is as they say, those that need none, and
// those out of scope whose record is kept.
func (x *Index) Counts() (unchanged, notNeeded, outKept int) {
	if !x.Usable() {
		return 0, 0, 0
	}
	return x.counts[classRecord] + x.counts[classOutOff], x.counts[classNotNeeded], x.counts[classOutKept]
}

// bitmap is a set of entry ids.
type bitmap []uint64

func (b *bitmap) set(id uint32) {
	for int(id>>6) >= len(*b) {
		*b = append(*b, make([]uint64, max(64, len(*b)))...)
	}
	(*b)[id>>6] |= 1 << (id & 63)
}

func (b bitmap) has(id uint32) bool { return int(id>>6) < len(b) && b[id>>6]>>(id&63)&1 == 1 }

func (b bitmap) count() (n int64) {
	for _, word := range b {
		n += int64(bits.OnesCount64(word))
	}
	return n
}

// add puts every member of another set in.
func (b *bitmap) add(other bitmap) {
	for id := range other.members() {
		b.set(id)
	}
}

// members gives the ids of a set, in order.
func (b bitmap) members() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for w, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(uint32(w)<<6 | uint32(bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// tally is called once after the read. parsed are the ids of keys that have an entry which was parsed; where such a key was also
// recognised by another entry, that one is its twin.
func (x *Index) tally(parsed bitmap) (twins []twin) {
	for i := range x.slots {
		s := &x.slots[i]
		if s.at == 0 {
			continue
		}
		id, c := s.id(), s.class()
		switch {
		case parsed.has(id):
			twins = append(twins, twin{id: id, at: s.at, outside: c >= classOutKept})
		case !x.seen.has(id):
			x.counts[c]++
		}
		x.seen.set(id)
	}
	return twins
}

// allSeen reports, after the read, whether every slot was hit.
func (x *Index) allSeen() bool {
	return !slices.ContainsFunc(x.slots, func(s slot) bool { return s.at == 0 })
}

// unseen gives, after tally, each id that the index knows and no entry of this read was recognised as, but for those that were parsed.
func (x *Index) unseen(parsed bitmap) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		var given bitmap
		give := func(id uint32) bool {
			if x.seen.has(id) || parsed.has(id) || given.has(id) {
				return true
			}
			given.set(id)
			return yield(id)
		}
		for i := range x.slots {
			if s := &x.slots[i]; s.at == 0 && !give(s.id()) {
				return
			}
		}
		for _, id := range x.rest {
			if !give(id) {
				return
			}
		}
	}
}

// ids gives every id that the index knows, those with several slots several times.
func (x *Index) ids() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range x.slots {
			if !yield(x.slots[i].id()) {
				return
			}
		}
		for _, id := range x.rest {
			if !yield(id) {
				return
			}
		}
	}
}

// twin is where a key was recognised that has another entry which was parsed.
type twin struct {
	id, at  uint32
	outside bool
}
