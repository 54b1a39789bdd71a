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
//	slot   raw hash 16 B │ class 3 bit, entry id 29 bit       sorted by hash, 20 B a slot
//	dir    first slot of each bucket of hashes                 4 B for about four slots
//	at     where the slot was hit in this read, 0: not yet     4 B a slot
//	rest   ids of records that have no slot: absent, held, changed since
//
// That is 25 B for a record. A probe costs one cache miss in dir and one in the slots; a block's probes are batched so that
// their misses overlap.
//
// Only entries that say just what was last applied have a slot: an unknown hash costs time, a wrong one costs an account.
type Index struct {
	slots  []byte
	dir    []uint32
	shift  int
	at     []uint32
	rest   []uint32
	usable bool
	seen   bitmap       // filled by tally
	counts [classes]int // likewise
}

const (
	slotSize = 20
	hashSize = 16
	idBits   = 29
	idMask   = 1<<idBits - 1
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
func newIndex(slots []byte, rest []uint32) *Index {
	n := len(slots) / slotSize
	x := &Index{slots: slots, rest: rest, at: make([]uint32, n), usable: true}
	width := max(1, bits.Len(uint(n))-2)
	x.shift = 64 - width
	x.dir = make([]uint32, 1<<width+1)
	for i := range n { // where each bucket ends, then through the empty ones: no branch that depends on the hashes
		x.dir[x.hash(i)>>x.shift+1] = uint32(i) + 1
	}
	for bucket := 1; bucket < len(x.dir); bucket++ {
		x.dir[bucket] = max(x.dir[bucket], x.dir[bucket-1])
	}
	return x
}

// Usable reports whether the index fits this job, mapping and state. Otherwise every entry is parsed.
func (x *Index) Usable() bool { return x != nil && x.usable }

func (x *Index) hash(i int) uint64 { return binary.BigEndian.Uint64(x.slots[i*slotSize:]) }

func (x *Index) ref(i int) uint32 { return binary.LittleEndian.Uint32(x.slots[i*slotSize+hashSize:]) }

// Sift is a sources.Sift. Two equal raw entries hit one slot: they are equal in all that the mapping can see, so they are one.
func (x *Index) Sift(raw []record.Fingerprint, at []uint32, known []bool) {
	var first, end [256]uint32
	var slots [256]int
	for len(raw) > 0 {
		n := min(len(raw), len(first))
		// One kind of look-up after the other, and every place is touched before anything is decided by what is there: a branch
		// that was guessed wrong throws away what was fetched ahead, and then each probe waits for its own cache misses, 160 ns
		// in place of 50.
		for i := range n {
			bucket := binary.BigEndian.Uint64(raw[i][:]) >> x.shift
			first[i], end[i] = x.dir[bucket], x.dir[bucket+1]
		}
		x.touch(first[:n], end[:n])
		for i := range n {
			slots[i] = x.find(&raw[i], int(first[i]), int(end[i]))
		}
		x.touchHits(slots[:n])
		for i, slot := range slots[:n] {
			if known[i] = slot >= 0; known[i] {
				atomic.StoreUint32(&x.at[slot], at[i])
			}
		}
		raw, at, known = raw[n:], at[n:], known[n:]
	}
}

// touch fetches the slots of buckets, which are mostly a cache line or two, into the cache.
func (x *Index) touch(first, end []uint32) {
	var sum byte
	for i, slot := range first {
		if last := end[i]; last > slot {
			sum ^= x.slots[int(slot)*slotSize] ^ x.slots[int(last)*slotSize-1]
		}
	}
	runtime.KeepAlive(sum)
}

// touchHits fetches where the hits are to be noted.
func (x *Index) touchHits(slots []int) {
	var sum uint32
	for _, slot := range slots {
		if slot >= 0 {
			sum ^= atomic.LoadUint32(&x.at[slot])
		}
	}
	runtime.KeepAlive(sum)
}

// find is the slot of a hash among those of its bucket, -1 for none.
func (x *Index) find(raw *record.Fingerprint, first, end int) int {
	high := binary.BigEndian.Uint64(raw[:])
	for i := first; i < end; i++ {
		switch h := x.hash(i); {
		case h > high:
			return -1
		case h == high && string(x.slots[i*slotSize:i*slotSize+hashSize]) == string(raw[:]):
			return i
		}
	}
	return -1
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
	for i, at := range x.at {
		if at == 0 {
			continue
		}
		ref := x.ref(i)
		id, c := ref&idMask, class(ref>>idBits)
		switch {
		case parsed.has(id):
			twins = append(twins, twin{id: id, at: at, outside: c >= classOutKept})
		case !x.seen.has(id):
			x.counts[c]++
		}
		x.seen.set(id)
	}
	return twins
}

// allSeen reports, after the read, whether every slot was hit.
func (x *Index) allSeen() bool { return !slices.Contains(x.at, 0) }

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
		for i, at := range x.at {
			if at == 0 && !give(x.ref(i)&idMask) {
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
		for i := range x.at {
			if !yield(x.ref(i) & idMask) {
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
