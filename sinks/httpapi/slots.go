package httpapi

import (
	"context"
	"slices"
	"sync"

	"github.com/rosterd/rosterd/sinks"
)

// slots bounds the requests in flight, first come first served. Unlike a channel its size can change while it is in use.
type slots struct {
	mu      sync.Mutex
	size    int
	taken   int
	waiting []chan struct{} // closed when the slot is theirs
}

// take waits for a slot, until ctx or its stop ends. Every take without an error is followed by one give.
func (s *slots) take(ctx context.Context) error {
	s.mu.Lock()
	if s.taken < s.size && len(s.waiting) == 0 {
		s.taken++
		s.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	s.waiting = append(s.waiting, mine)
	s.mu.Unlock()

	ctx, cancel := sinks.Waiting(ctx)
	defer cancel()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		s.leave(mine)
		return context.Cause(ctx)
	}
}

// leave gives up waiting. The slot may have come in the same moment: then it goes to the next one.
func (s *slots) leave(mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, mine); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return
	}
	s.taken--
	s.hand()
}

func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.hand()
}

func (s *slots) resize(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size = size
	s.hand()
}

// hand gives free slots to those who wait. The lock is held.
func (s *slots) hand() {
	for s.taken < s.size && len(s.waiting) > 0 {
		s.taken++
		close(s.waiting[0])
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
}
