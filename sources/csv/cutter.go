package csv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// cutter cuts a file into blocks of whole records: by the parity of quotes alone, which is quick and which the workers look
// over, or by the strict grammar.
type cutter struct {
	grammar
	lines
	trailer trailer
	text    io.ReaderAt
	size    int // bytes read at a time
	parity  bool
	off     int64         // of the next byte to be read
	line    uint32        // at the beginning of the next block; not kept under parity
	tail    []byte        // read already: the beginning of the next block
	before  <-chan uint32 // of the next block, under parity
	content *partial      // takes the hash of what is read; nil: it is known
}

// run fills blocks until the file ends. It closes work and order, which have room for every block.
func (c *cutter) run(ctx context.Context, free <-chan *block, work, order chan<- *block) {
	defer close(work)
	defer close(order)
	for {
		select {
		case <-ctx.Done():
			return
		case k := <-free:
			k.err = c.fill(k)
			ended := k.err != nil // looked at now: k is another's as soon as it is sent
			work <- k
			order <- k
			if ended {
				return
			}
		}
	}
}

// fill reads at least one record or blank line into k, and what else is read with it. io.EOF comes with the last ones.
func (c *cutter) fill(k *block) error {
	k.buf, k.spans, k.last, k.doubt = append(k.buf[:0], c.tail...), k.spans[:0], false, false
	k.begins = position{c.off - int64(len(c.tail)), c.line}
	k.before, k.after = nil, nil
	if c.parity {
		after := make(chan uint32, 1)
		k.before, k.after, c.before = c.before, after, after
	}
	for {
		// A record that is not whole yet is read on at double length, so that it is not looked at too often.
		had, want := len(k.buf), max(c.size, len(k.buf))
		k.buf = slices.Grow(k.buf, want)[:had+want]
		n, err := c.text.ReadAt(k.buf[had:], c.off)
		if err != nil && !errors.Is(err, io.EOF) {
			k.buf = k.buf[:0]
			return fmt.Errorf("at byte %d: %w", c.off+int64(n), err)
		}
		k.buf = k.buf[:had+n]
		if c.content != nil {
			c.content.add(c.off, k.buf[had:])
		}
		c.off += int64(n)
		k.end, k.last = c.off, n < want
		rows := c.trailer.held(k.buf)
		if c.parity {
			err = c.guess(k, rows)
		} else {
			err = c.cut(k, rows)
		}
		if !errors.Is(err, errMore) {
			return err
		}
	}
}

// errMore says that a block has to be read on. It is never shown.
var errMore = errors.New("no record ends here")

// guess cuts k behind the last line end before which the quotes are even in number. What is behind n may be the trailer.
func (c *cutter) guess(k *block, n int) error {
	if k.last {
		k.trail, k.buf = k.buf[n:], k.buf[:n]
		return io.EOF
	}
	odd := c.odd(k.buf[:n])
	for {
		line := bytes.LastIndexByte(k.buf[:n], '\n') + 1
		if odd = odd != c.odd(k.buf[line:n]); line > 0 && !odd {
			c.tail = append(c.tail[:0], k.buf[line:]...)
			k.buf = k.buf[:line]
			return nil
		}
		if line == 0 && len(k.buf) > c.max+2 {
			k.doubt = true
			return io.EOF
		}
		if line == 0 {
			return errMore
		}
		n = line - 1
	}
}

// odd reports whether the quotes in b are odd in number.
func (c *cutter) odd(b []byte) bool {
	return !c.plain && bytes.Count(b, []byte{'"'})&1 == 1
}

// cut finds the records of k by the strict grammar and keeps what is left for the next block. What is behind n may be the
// trailer.
func (c *cutter) cut(k *block, n int) error {
	s := scanner{grammar: c.grammar, b: k.buf[:n], last: k.last, quote: -1, line: c.line}
	for {
		sp, sh := s.next()
		switch {
		case sh == whole:
			k.spans = append(k.spans, sp)
			continue
		case s.line < c.line:
			return errors.New("it has more than 4,294,967,295 lines; split the feed")
		case sh != more:
			return c.broken(k, sp, sh)
		case k.last:
			k.ends, k.trail, k.buf = s.line, k.buf[n:], k.buf[:n]
			return io.EOF
		case s.p == 0:
			return errMore
		}
		c.line, c.tail = s.line, append(c.tail[:0], k.buf[s.p:]...)
		k.buf = k.buf[:s.p]
		return nil
	}
}

// broken says why the record that begins with sp can't be delimited.
func (c *cutter) broken(k *block, sp span, sh shape) error {
	switch sh {
	case unclosed:
		return fmt.Errorf("%s: the file ends within the quotes of the row that begins here: it is torn, or a quote before it is missing; have it delivered again",
			c.at(sp.line))
	case tooLong:
		why := "a quote in it is probably not closed"
		if c.plain {
			why = "the file is probably no text of lines"
		}
		return fmt.Errorf("%s: the row that begins here is longer than %d bytes: %s; mend the export", c.at(sp.line), c.max, why)
	}
	rec := k.buf[sp.start : sp.end+1]
	return fmt.Errorf("%s: a quote where none may be, in the row that begins at line %d, and it is not certain where the row ends; the export must double quotes in quoted fields",
		c.place(sp, rec, len(rec)-1), sp.line-c.base)
}
