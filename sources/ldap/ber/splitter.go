package ber

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	blockSize = 256 << 10 // bytes of a block; one with a longer message is as long as that
	readLeast = 4 << 10   // bytes of room for a read, unless the block would be handed over for nothing
)

// Splitter is a connection to an LDAP server, to be given to ldap.NewConn, that takes the entries out of the stream. TLS is
// beneath it: StartTLS comes first. go-ldap's reader goroutine is the one that reads, hands over blocks, and is unblocked by
// Close. Once a read has failed, the connection is closed and Err says why: go-ldap keeps of that only a text, or nothing.
type Splitter struct {
	net.Conn
	size  int // of a block
	free  sync.Pool
	bytes atomic.Int64
	count atomic.Int64 // entries diverted

	search atomic.Int32 // message id of the search that is under way; 0: none
	divert atomic.Pointer[diversion]
	page   page

	// Of the reading goroutine.
	block  *Block
	filled int        // bytes in the block's buffer
	to     *diversion // of the block's entries
	pass   []byte     // what is left of a message for go-ldap
	kept   allowance  // of what go-ldap was given since the last SearchResultDone: it keeps all of it

	closing sync.Once
	closed  error // what closing the connection gave
	mu      sync.Mutex
	cause   error
}

// NewSplitter wraps conn. Until Divert is called, every message passes.
func NewSplitter(conn net.Conn) *Splitter { return newSplitter(conn, blockSize) }

func newSplitter(conn net.Conn, size int) *Splitter {
	s := &Splitter{Conn: conn, size: size}
	s.block, s.page.resting = s.fresh(), time.Now()
	return s
}

// Bytes is how many bytes the server has sent, from any goroutine.
func (s *Splitter) Bytes() int64 { return s.bytes.Load() }

// Err is the first cause why reading has ended; nil as long as it has not. net.ErrClosed: Close was called.
func (s *Splitter) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Close closes the connection and ends whatever waits for it: a read, a write, and a block that is being handed over.
// It may be called again, from any goroutine, and then gives the same.
func (s *Splitter) Close() error {
	_ = s.fail(net.ErrClosed)
	return s.closed
}

// fail keeps the first cause and returns it. It closes the connection: go-ldap would wait for a write that nobody takes.
func (s *Splitter) fail(err error) error {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = err
	}
	err = s.cause
	s.mu.Unlock()
	s.closing.Do(func() {
		if d := s.divert.Load(); d != nil {
			d.cancel()
		}
		s.closed = s.Conn.Close()
	})
	return err
}

// Write sends what go-ldap writes, one message a call, and looks for the search at hand in it.
func (s *Splitter) Write(p []byte) (int, error) {
	if m, _, err := Frame(p); err == nil && m.Op == SearchRequest {
		s.search.Store(m.ID)
	}
	return s.Conn.Write(p)
}

// Read gives go-ldap every message that is not diverted. Before one of them, all entries that came earlier have been handed
// over. It is for one goroutine.
func (s *Splitter) Read(p []byte) (int, error) {
	s.page.resume(s.Conn)
	defer s.page.rest()
	for len(s.pass) == 0 {
		if err := s.Err(); err != nil {
			return 0, err
		}
		if err := s.next(); err != nil {
			return 0, s.fail(err)
		}
	}
	n := copy(p, s.pass)
	s.pass = s.pass[n:]
	return n, nil
}

// next deals with one message, or reads on until there is one.
func (s *Splitter) next() error {
	b := s.block
	m, n, err := Frame(b.buf[b.done():s.filled])
	d := s.divert.Load()
	switch {
	case err != nil:
		return err
	case d != nil && m.Op == SearchResultEntry:
		if id := s.search.Load(); m.ID != id {
			return fmt.Errorf("read entry: it answers message %d, and the search is message %d (0: none is under way): the server mixes up its answers",
				m.ID, id)
		}
		if d != s.to {
			if err := s.handOver(); err != nil {
				return err
			}
			s.to = d
			return nil
		}
		if n > 0 {
			b.ends = append(b.ends, b.done()+n)
			s.count.Add(1)
			return nil
		}
	case m.Op != 0 && m.Size > MaxOther:
		return fmt.Errorf("read LDAP message with operation %#02x: its %d bytes are more than %d", m.Op, m.Size, MaxOther)
	case n > 0:
		return s.other(m)
	}
	return s.fill(m.Size)
}

// other takes a whole message that is not diverted: all of it is for go-ldap, except what answers nothing.
func (s *Splitter) other(m Message) error {
	if err := s.handOver(); err != nil {
		return err
	}
	b := s.block
	msg := b.buf[b.from : b.from+m.Size]
	b.from += m.Size
	if err := s.kept.take(msg); err != nil {
		return fmt.Errorf("read LDAP message with operation %#02x: %w", m.Op, err)
	}
	if m.ID == 0 {
		return unsolicited(msg, m)
	}
	if m.Op == SearchResultDone {
		s.kept = allowance{}
	}
	if m.ID == s.search.Load() && m.Op != SearchResultDone && m.Op != SearchResultReference && m.Op != SearchResultEntry && m.Op != IntermediateResponse {
		return fmt.Errorf("read LDAP message: operation %#02x is no answer to a search", m.Op)
	}
	if m.Op == SearchResultDone && m.ID == s.search.Load() {
		s.search.Store(0) // an entry that comes now belongs to nothing
		s.page.end(s.Conn)
	}
	s.pass = msg
	return nil
}

// fill reads more of the stream. The message at hand has size bytes; 0: that is not known yet.
func (s *Splitter) fill(size int) error {
	room := max(size-(s.filled-s.block.done()), min(readLeast, s.size/8))
	if len(s.block.buf)-s.filled < room {
		if err := s.handOver(); err != nil {
			return err
		}
		b := s.block
		if b.from > 0 {
			s.filled, b.from = copy(b.buf, b.buf[b.from:s.filled]), 0
		}
		if s.filled == len(b.buf) {
			// Memory follows what has arrived, not what a length says.
			b.buf = append(make([]byte, 0, min(2*len(b.buf), size)), b.buf...)
			b.buf = b.buf[:cap(b.buf)]
		}
	}
	n, err := s.Conn.Read(s.block.buf[s.filled:])
	s.filled += n
	s.bytes.Add(int64(n))
	if n > 0 || err == nil {
		return nil // an error comes again
	}
	if errors.Is(err, io.EOF) {
		if s.filled > s.block.done() {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read LDAP message: the server closed the connection: %w", err)
	}
	return s.page.explain(fmt.Errorf("read LDAP message: %w", err), s.count.Load())
}
