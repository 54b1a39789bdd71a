package state

import (
	"math/rand/v2"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

// BenchmarkSift asks an index of a million entries for a block of 1,600, each time another one: that the slots are not in the processor's
// cache is what it costs.
func BenchmarkSift(b *testing.B) {
	const n, block = 1_000_000, 1_600
	x := indexOf(n)
	raw, at, known := make([]record.Fingerprint, n), make([]uint32, n), make([]bool, block)
	for i, from := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		copy(raw[i][:], x.slots[from*slotSize:])
		at[i] = uint32(i + 1)
	}
	b.ReportAllocs()
	b.SetBytes(block * hashSize)
	for i := 0; b.Loop(); i = (i + block) % (n - block) {
		x.Sift(raw[i:i+block], at[i:i+block], known)
	}
}
