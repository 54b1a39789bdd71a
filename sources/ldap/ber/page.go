package ber

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// page is the time that the server has for a page: it passes only while somebody reads.
type page struct {
	mu       sync.Mutex
	timeout  time.Duration
	deadline time.Time // zero: no page is under way
	resting  time.Time // since when nobody reads; zero: somebody does
	before   int64     // entries diverted before it
}

// Page gives the server timeout from now to send all of a page. Call it before the search is sent; its SearchResultDone ends
// it. The time in which a block is handed over, or go-ldap does not read, is added. When it has passed, the connection ends
// with an error that is os.ErrDeadlineExceeded. Deadlines set by other means are replaced.
func (s *Splitter) Page(timeout time.Duration) {
	p := &s.page
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.resting.IsZero() {
		p.resting = now
	}
	p.timeout, p.before = timeout, s.count.Load()
	p.set(s.Conn, now.Add(timeout))
}

// set sets the deadline of reads. It fails on a closed connection only, and there the read tells more.
func (p *page) set(conn net.Conn, deadline time.Time) {
	p.deadline = deadline
	_ = conn.SetReadDeadline(deadline)
}

// rest stops the clock.
func (p *page) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resting = time.Now()
}

// resume lets it run on.
func (p *page) resume(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.deadline.IsZero() && !p.resting.IsZero() {
		p.set(conn, p.deadline.Add(time.Since(p.resting)))
	}
	p.resting = time.Time{}
}

// end ends the page: until the next one the server may be silent.
func (p *page) end(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.deadline.IsZero() {
		p.set(conn, time.Time{})
	}
}

// explain says of an error that it is the page's deadline, and how far the page had come.
func (p *page) explain(err error, entries int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.deadline.IsZero() || !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return fmt.Errorf("read page: the server had sent %d entries of it in %v and not its end; raise timeout, or lower page_size: %w",
		entries-p.before, p.timeout, err)
}
