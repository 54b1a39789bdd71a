package httpapi

import (
	"math"
	"sync"
	"time"
)

const (
	// second is the window in which requests are counted, with a little for what happens to them after us.
	second = time.Second + 2*time.Millisecond
	// longestWindow bounds the memory: above that many requests a second the limiter alone has to do.
	longestWindow = 200_000
)

// window lets no more than so many requests through in any second, whatever happened to their tokens: a token is granted
// for a moment to come, and where the machine stood still meanwhile, all that were waiting would go in one moment.
type window struct {
	begun time.Time

	mu   sync.Mutex
	sent []time.Duration // since begun, of the last requests, a ring
	next int             // the oldest
}

func newWindow(perSecond float64, burst int) *window {
	w := &window{begun: time.Now()}
	w.resize(perSecond, burst)
	return w
}

// resize keeps what it knows of the last second.
func (w *window) resize(perSecond float64, burst int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := math.Floor(perSecond + float64(burst))
	if size > longestWindow {
		w.sent, w.next = nil, 0
		return
	}
	last := append(append([]time.Duration{}, w.sent[w.next:]...), w.sent[:w.next]...)
	ring := make([]time.Duration, int(size))
	for i := range ring {
		ring[i] = -second // long ago
	}
	n := min(len(last), len(ring))
	copy(ring[len(ring)-n:], last[len(last)-n:])
	w.sent, w.next = ring, 0
}

// admit notes a request that is sent now, or returns how long it has to wait before it may ask again.
func (w *window) admit() (wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sent) == 0 {
		return 0
	}
	now := time.Since(w.begun)
	if wait = w.sent[w.next] + second - now; wait > 0 {
		return wait
	}
	w.sent[w.next] = now
	w.next = (w.next + 1) % len(w.sent)
	return 0
}
