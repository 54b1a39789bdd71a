package sinktest

import (
	"net/http"
	"sync"
)

// act is what happens to a request in place of the target's answer, or around it.
type act func(w http.ResponseWriter, r *http.Request, target http.Handler)

// stage stands before a target and plays acts: some for writes, some for reads.
type stage struct {
	target http.Handler
	isRead func(*http.Request) bool

	mu            sync.Mutex
	writes, reads script
}

// script is what happens to one sort of requests.
type script struct {
	once, always act // to the next one, to all others; nil: the target answers
	n            int // requests so far
}

func (s *script) next() act {
	s.n++
	if s.once == nil {
		return s.always
	}
	now := s.once
	s.once = nil
	return now
}

// play has an act happen to the next write. playWrites and playReads have one happen to all of them from now on; nil ends it.
func (s *stage) play(once act)    { s.with(func() { s.writes.once = once }) }
func (s *stage) playWrites(a act) { s.with(func() { s.writes.always = a }) }
func (s *stage) playReads(a act)  { s.with(func() { s.reads.always = a }) }

// wrote and read count the requests so far.
func (s *stage) wrote() (n int) { s.with(func() { n = s.writes.n }); return n }
func (s *stage) read() (n int)  { s.with(func() { n = s.reads.n }); return n }

func (s *stage) with(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var now act
	s.with(func() {
		if s.isRead(r) {
			now = s.reads.next()
		} else {
			now = s.writes.next()
		}
	})
	if now == nil {
		s.target.ServeHTTP(w, r)
		return
	}
	now(w, r, s.target)
}
