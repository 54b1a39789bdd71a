package csv

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// errDoubt says that the file has to be cut strictly from some block on. It is never shown.
var errDoubt = errors.New("quote parity and the strict grammar disagree")

// run gives the entries of one file. It has ended if they are not to be broken off by the caller; err says why they end
// before the file does.
func (r *reading) run(f *feed, sift sources.Sift, yield func(record.Entry, error) bool) (ended bool, err error) {
	in := r.starts[len(r.starts)-1]
	r.rows = newRows(f, in, r.config, len(r.layout.Columns))
	from := position{f.head.body, in.base + f.head.line}
	content, err := r.begin(f)
	if err != nil {
		return true, err
	}
	ended, err = r.pass(f, &from, true, content, sift, yield)
	if errors.Is(err, errDoubt) {
		ended, err = r.pass(f, &from, false, content, sift, yield)
	}
	if content != nil {
		f.parts = content.all()
	}
	return ended, err
}

// begin is what takes the hash of a file while it is read: it begins with the header, which was read already. Of a file that is not read as it
// lies there, the hash is taken before; nil: it is known then.
func (r *reading) begin(f *feed) (*partial, error) {
	switch {
	case r.content != nil:
		return nil, nil
	case f.packed:
		r.parts(f)
		return nil, nil
	}
	head := make([]byte, f.head.body)
	if n, err := f.text.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, fmt.Errorf("at byte %d: %w", n, err)
	}
	p := newPartial(r.seed)
	p.add(0, head)
	return p, nil
}

// pass is run from some position, which follows what was given, by quote parity or by the strict grammar.
func (r *reading) pass(f *feed, from *position, parity bool, content *partial, sift sources.Sift, yield func(record.Entry, error) bool) (ended bool, err error) {
	ctx, stop := context.WithCancel(r.ctx)
	defer r.running.Wait()
	defer stop()
	free, order := r.start(ctx, f, *from, parity, content, sift)
	for {
		k := receive(ctx, order)
		if k == nil {
			return true, nil // Entries asks why
		}
		*from = k.begins
		if k.doubt {
			return true, errDoubt
		}
		r.current = k.end
		for i, sp := range k.spans {
			r.rows.entries++
			if k.known[i] {
				continue
			}
			e, err := r.rows.entry(k.buf[sp.start:sp.end], sp)
			if err != nil {
				return true, err
			}
			e.Raw = k.raw[i]
			if !yield(e, nil) {
				return false, nil
			}
		}
		switch {
		case k.err == nil:
			free <- k
		case errors.Is(k.err, io.EOF):
			r.line = k.ends
			return true, r.rows.judge(k.trail)
		default:
			return true, k.err
		}
	}
}

// receive returns the next block when it is done, nil if ctx has ended.
func receive(ctx context.Context, order <-chan *block) *block {
	var k *block
	select {
	case <-ctx.Done():
		return nil
	case k = <-order:
	}
	if k == nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case <-k.done:
		return k
	}
}

// start lets the cutter and the workers run until the file ends or ctx does. Used blocks are given back to free; order has
// them as they are in the file, perhaps not done yet. No channel ever blocks a sender: each has room for every block.
func (r *reading) start(ctx context.Context, f *feed, from position, parity bool, content *partial, sift sources.Sift) (chan<- *block, <-chan *block) {
	n := 2*r.workers + 1
	free, work, order := make(chan *block, n), make(chan *block, n), make(chan *block, n)
	for range n {
		free <- &block{done: make(chan struct{}, 1)}
	}
	first := make(chan uint32, 1)
	first <- from.line
	g := f.head.grammar
	c := &cutter{grammar: g, lines: r.rows.lines, trailer: r.rows.trailer, text: f.text, size: r.block, parity: parity,
		off: from.off, line: from.line, before: first, content: content}
	r.running.Go(func() { c.run(ctx, free, work, order) })
	// Bound to what was read of the header: a row's hash is another under another header, delimiter or encoding.
	seed := xxh3.HashSeed(f.digest[:], r.seed)
	for range r.workers {
		r.running.Go(func() {
			for k := range work {
				if ctx.Err() != nil {
					return
				}
				k.work(ctx, g, seed, sift)
			}
		})
	}
	return free, order
}
