package csv

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// contentPart is how many bytes of a file are hashed by themselves.
const contentPart = 256 << 10

// Content reads every file as it lies there, once, for their seeded hash: that of their sizes and of the hashes of their parts, which
// are taken side by side, for reading and hashing is all that an unchanged file costs. It is not known if a file can't be read or has
// changed.
func (r *reading) Content() (record.Fingerprint, bool) {
	if r.content != nil {
		return *r.content, true
	}
	var sums []byte
	for _, f := range r.files {
		sums = binary.LittleEndian.AppendUint64(sums, uint64(f.info.Size()))
		parts, ok := r.parts(f)
		if !ok {
			return record.Fingerprint{}, false
		}
		sums = append(sums, parts...)
	}
	if r.changed() != nil {
		return record.Fingerprint{}, false
	}
	sum := record.Fingerprint(xxh3.Hash128Seed(sums, r.seed).Bytes())
	r.content = &sum
	return sum, true
}

// parts are the hashes of a file's parts, one after the other.
func (r *reading) parts(f *feed) ([]byte, bool) {
	size := f.info.Size()
	sums := make([]byte, (size+contentPart-1)/contentPart*16)
	var next atomic.Int64
	var failed atomic.Bool
	var running sync.WaitGroup
	for range r.workers {
		running.Go(func() {
			b := make([]byte, min(contentPart, size))
			for !failed.Load() {
				n := next.Add(1) - 1
				from := n * contentPart
				if from >= size {
					return
				}
				part := b[:min(contentPart, size-from)]
				if _, err := f.file.ReadAt(part, from); err != nil || r.ctx.Err() != nil {
					failed.Store(true)
					return
				}
				sum := xxh3.Hash128Seed(part, r.seed).Bytes()
				copy(sums[n*16:], sum[:])
			}
		})
	}
	running.Wait()
	return sums, !failed.Load()
}
