package csv

import (
	"context"
	"math"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// position is where a record begins, or a blank line.
type position struct {
	off  int64  // in the file
	line uint32 // from 1
}

// block is some records of the file. It is used again and again, and belongs to one goroutine at a time.
type block struct {
	buf    []byte
	last   bool // the file ends with it
	doubt  bool // the strict grammar does not end where quote parity does, here or in a block before
	begins position
	end    int64                // offset in the file after what was read of it
	trail  []byte               // of the last: what was held back from behind the records, if there is a trailer
	ends   uint32               // of the last, once it is done: the line after the last one
	spans  []span               // the records
	raw    []record.Fingerprint // of each of them, and so on
	at     []uint32
	known  []bool
	err    error         // why no block follows; io.EOF: the file ends
	done   chan struct{} // takes one word: it is hashed and sifted

	// How blocks that were cut by parity wait for one another; nil in those that were not. Each tells the next the line
	// it begins at, 0 for doubt.
	before <-chan uint32
	after  chan<- uint32
}

// work hashes the records of a block and asks which are known. Nothing is asked before it is sure that every block up to
// here was cut where records end: what was asked once must not be asked again, another way.
func (k *block) work(ctx context.Context, g grammar, seed uint64, ask sources.Sift) {
	parity := k.before != nil
	var lines uint32
	if parity {
		lines = k.scan(g)
	}
	n := len(k.spans)
	k.raw, k.at, k.known = resize(k.raw, n), resize(k.at, n), resize(k.known, n)
	for i, sp := range k.spans {
		k.raw[i] = xxh3.Hash128Seed(k.buf[sp.start:sp.end], seed).Bytes()
	}
	if parity && !k.follow(ctx, lines) {
		return
	}
	if !k.doubt && n > 0 {
		for i := range k.spans {
			k.at[i] = k.spans[i].line
		}
		clear(k.known)
		if ask != nil {
			ask(k.raw, k.at, k.known)
		}
	}
	k.done <- struct{}{}
}

// scan finds the records of a block that was cut by parity. Their lines, and how many there are, count from 0.
func (k *block) scan(g grammar) (lines uint32) {
	s := scanner{grammar: g, b: k.buf, last: k.last, quote: -1}
	k.spans = k.spans[:0]
	for {
		sp, sh := s.next()
		if sh != whole {
			k.doubt = k.doubt || s.p < len(s.b) // more, with nothing left, is the only good end
			return s.line
		}
		k.spans = append(k.spans, sp)
	}
}

// follow waits for the block before and lets the next one go on. Without an answer, ctx has ended.
func (k *block) follow(ctx context.Context, lines uint32) bool {
	select {
	case <-ctx.Done():
		return false
	case line := <-k.before:
		k.begins.line = line
		k.doubt = k.doubt || line == 0 || line > math.MaxUint32-lines
		if k.doubt {
			k.after <- 0
			return true
		}
		k.after <- line + lines
		k.ends = line + lines
		for i := range k.spans {
			k.spans[i].line += line
		}
		return true
	}
}

// resize returns a with length n, whatever is in it.
func resize[T any](a []T, n int) []T { return slices.Grow(a[:0], n)[:n] }
