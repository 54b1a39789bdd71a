package ber

import (
	"context"
	"fmt"
	"sync"
)

// diversion is where entries go.
type diversion struct {
	ctx     context.Context
	cancel  context.CancelFunc
	emit    func(context.Context, *Block) error
	running sync.Mutex // held while emit runs
}

// Divert hands the entries of the searches that are sent from now on, one at a time, to emit, which owns the block: when it is
// full, and before go-ldap gets another message, so that a search's entries are all handed over before its SearchResultDone is.
// emit runs on the goroutine that reads, for one block at a time; while it blocks, nothing is read, and the page's time
// stands still. It has to return when ctx, which is that given here, ends: Stop and Close end it. Its error ends the
// connection.
func (s *Splitter) Divert(ctx context.Context, emit func(ctx context.Context, b *Block) error) {
	s.Stop()
	ctx, cancel := context.WithCancel(ctx)
	s.divert.Store(&diversion{ctx: ctx, cancel: cancel, emit: emit})
	if s.Err() != nil {
		cancel() // closed meanwhile: it had no diversion to end
	}
}

// Stop gives the entries of later searches to go-ldap again. After it, emit does not run, nor will it; do not call it from
// emit. A search that has not ended loses entries by it: close the connection then.
func (s *Splitter) Stop() {
	if d := s.divert.Swap(nil); d != nil {
		d.end()
	}
}

// end ends the diversion, and waits for emit.
func (d *diversion) end() {
	d.cancel()
	d.running.Lock()
	defer d.running.Unlock()
}

// handOver gives the block's messages to the consumer. What is behind them is then all that the block at hand has.
func (s *Splitter) handOver() error {
	full := s.block
	if full.Len() == 0 {
		return nil
	}
	d, other, done := s.to, s.fresh(), full.done()
	front, rest := full.buf[full.from:done], full.buf[done:s.filled]
	if len(rest) <= len(front) { // the shorter part is copied: a stream with many other messages stays linear
		s.block, s.filled = other, other.copy(rest)
	} else {
		other.copy(front)
		for _, end := range full.ends {
			other.ends = append(other.ends, end-full.from)
		}
		full.from, full.ends, full = done, full.ends[:0], other
	}

	d.running.Lock()
	defer d.running.Unlock()
	if d.ctx.Err() != nil {
		return fmt.Errorf("hand over entries: nobody takes them: %w", context.Cause(d.ctx))
	}
	s.page.rest()
	defer s.page.resume(s.Conn)
	if err := d.emit(d.ctx, full); err != nil {
		return fmt.Errorf("hand over entries: %w", err)
	}
	return nil
}
