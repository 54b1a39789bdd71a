package state

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// BenchmarkSift asks an index of a million entries for as many hashes as a block of a feed has rows: all of them known, and none.
func BenchmarkSift(b *testing.B) {
	const entries, block = 1_000_000, 1600
	x := indexOf(entries)
	for name, from := range map[string]int{"known": 0, "unknown": entries} {
		b.Run(name, func(b *testing.B) {
			raw, at, known := make([]record.Fingerprint, 64*block), make([]uint32, block), make([]bool, block)
			for i := range raw {
				raw[i] = hashed(fmt.Sprint(from + i*7%entries))
			}
			b.SetBytes(block * int64(len(raw[0])))
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				some := raw[n%64*block:][:block] // never the same ones again at once, which the caches would have
				x.Sift(some, at, known)
				if known[0] != (from == 0) {
					b.Fatal(known[0])
				}
			}
		})
	}
}

// mapped is what a mapping gives for somebody.
func mapped(n int) (record.Key, record.Attrs) {
	id := strconv.Itoa(10_000_000 + n)
	return record.Key(id), text("email", "ann.larsson"+id+"@example.com", "language", "en", "name", "Ann Larsson", "on", "1", "ref", id)
}

// BenchmarkAddWant appends entries to a draft.
func BenchmarkAddWant(b *testing.B) {
	_, path := opened(b)
	v := viewed(b, path)
	key, attrs := mapped(1)
	raw := hashed("row")
	b.ReportAllocs()
	for b.Loop() {
		if err := v.AddWant(key, plan.InScope, attrs, 2, raw, "", ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCases joins a draft of ten thousand entries with the state, which has nearly all of them: one case an op.
func BenchmarkCases(b *testing.B) {
	const entries = 10_000
	s, path := opened(b)
	r := begun(b, s)
	var all []Adoption
	for n := range entries {
		key, attrs := mapped(n)
		all = append(all, Adoption{Key: key, RemoteID: strconv.Itoa(n + 1), Attrs: attrs})
	}
	if err := s.Adopt(r, all[:entries*9/10], Listed{}, time.Now()); err != nil {
		b.Fatal(err)
	}
	v := viewed(b, path)
	for n, a := range all {
		if err := v.AddWant(a.Key, plan.InScope, a.Attrs, uint32(n+2), hashed(string(a.Key)), "", ""); err != nil {
			b.Fatal(err)
		}
	}
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		b.Fatal(err)
	}
	if err := v.EndWants(job, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; {
		for c, err := range v.Cases(job, func(uint32) string { return "" }) {
			if err != nil || len(c.Wants) != 1 {
				b.Fatal(err, len(c.Wants))
			}
			if n++; n == b.N {
				break
			}
		}
	}
}
