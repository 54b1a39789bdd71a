package ber

import "iter"

// Block is a run of SearchResultEntry messages as they came, one after the other in one buffer. Whoever got it owns it.
type Block struct {
	buf  []byte
	from int   // where the first message begins
	ends []int // where each message ends
	home *Splitter
}

// Len is the number of messages; it is never 0.
func (b *Block) Len() int { return len(b.ends) }

// Message is the message number i, from 0, for Entry.Decode. It is valid until Release.
func (b *Block) Message(i int) []byte {
	from := b.from
	if i > 0 {
		from = b.ends[i-1]
	}
	return b.buf[from:b.ends[i]:b.ends[i]]
}

// All gives every message with its number.
func (b *Block) All() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i := range b.ends {
			if !yield(i, b.Message(i)) {
				return
			}
		}
	}
}

// Release gives the memory back to the Splitter, once, from any goroutine. A block that is not released is only garbage.
func (b *Block) Release() {
	if s := b.home; s != nil && len(b.buf) <= s.size {
		b.home = nil
		s.free.Put(b)
	}
}

// done is where the messages end, and what is not read yet begins.
func (b *Block) done() int {
	if n := len(b.ends); n > 0 {
		return b.ends[n-1]
	}
	return b.from
}

// copy makes p what the buffer begins with.
func (b *Block) copy(p []byte) int {
	if len(p) > len(b.buf) {
		b.buf = make([]byte, len(p))
	}
	return copy(b.buf, p)
}

// fresh is an empty block.
func (s *Splitter) fresh() *Block {
	b, ok := s.free.Get().(*Block)
	if !ok {
		b = &Block{buf: make([]byte, s.size)}
	}
	b.home, b.from, b.ends = s, 0, b.ends[:0]
	return b
}
