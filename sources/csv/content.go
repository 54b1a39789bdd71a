package csv

import (
	"encoding/binary"
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// A file's content is known by the hashes of its parts, so that several can be taken at a time. It costs a read of the file to have them
// before it is read, which is worth it only if the file may be the one of the last time, and then nothing else is read; see Differs. Of any
// other they are taken while it is cut.
const contentPart = 256 << 10

// Differs holds size and beginning against the receipt's.
func (r *reading) Differs(last sources.Receipt) bool {
	size := int64(0)
	for _, f := range r.files {
		size += f.info.Size()
	}
	if last.Content == "" || last.Bytes != size {
		return true
	}
	first := r.files[0]
	b := make([]byte, min(contentPart, first.info.Size()))
	if _, err := first.file.ReadAt(b, 0); err != nil {
		return false // Content says what is wrong
	}
	sum := xxh3.Hash128Seed(b, r.seed).Bytes()
	return last.Begins != "" && last.Begins != hex.EncodeToString(sum[:])
}

// Content reads every file as it lies there, once, for their seeded hash: that of their sizes and of the hashes of their parts. It is not
// known if a file can't be read or has changed.
func (r *reading) Content() (record.Fingerprint, bool) {
	if r.content != nil {
		return *r.content, true
	}
	for _, f := range r.files {
		r.parts(f)
	}
	if r.changed() == nil {
		r.sumUp()
	}
	if r.content == nil {
		return record.Fingerprint{}, false
	}
	return *r.content, true
}

// sumUp makes the content of the hashes of all files' parts, if they are there.
func (r *reading) sumUp() {
	var sums []byte
	for _, f := range r.files {
		if int64(len(f.parts)) != partsOf(f.info.Size())*16 {
			return
		}
		sums = append(binary.LittleEndian.AppendUint64(sums, uint64(f.info.Size())), f.parts...)
	}
	sum := record.Fingerprint(xxh3.Hash128Seed(sums, r.seed).Bytes())
	r.content = &sum
	if first := r.files[0].parts; len(first) > 0 {
		r.begins = hex.EncodeToString(first[:len(sum)])
	}
}

// parts takes the hashes of a file's parts, side by side, for reading and hashing is all that an unchanged file costs. There are none if it
// can't be read.
func (r *reading) parts(f *feed) {
	size := f.info.Size()
	sums := make([]byte, partsOf(size)*16)
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
	if !failed.Load() {
		f.parts = sums
	}
}

func partsOf(size int64) int64 { return (size + contentPart - 1) / contentPart }

// partial takes the hashes of a file's parts while the file is read. What is read twice is hashed once.
type partial struct {
	part *xxh3.Hasher128 // the one that is not whole yet
	at   int64           // of the next byte to be hashed
	sums []byte
}

func newPartial(seed uint64) *partial { return &partial{part: xxh3.NewSeed128(seed)} }

// add is told of bytes that follow those before, or lie among them.
func (p *partial) add(off int64, b []byte) {
	b = b[min(p.at-off, int64(len(b))):]
	for len(b) > 0 {
		n := min(contentPart-p.at%contentPart, int64(len(b)))
		_, _ = p.part.Write(b[:n])
		if b, p.at = b[n:], p.at+n; p.at%contentPart == 0 {
			p.end()
		}
	}
}

// end ends a part.
func (p *partial) end() {
	sum := p.part.Sum128().Bytes()
	p.sums = append(p.sums, sum[:]...)
	p.part.Reset()
}

// all are the hashes when the file was read to its end.
func (p *partial) all() []byte {
	if p.at%contentPart > 0 {
		p.end()
	}
	return p.sums
}
