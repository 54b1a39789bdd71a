package sandbox

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Request is one request as it came, and what became of it.
type Request struct {
	At     time.Time `json:"at"` // when it came
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Body   string    `json:"body"`   // its first 16 KiB; of a request for a token nothing
	Status int       `json:"status"` // of the answer; 0: there was none
	Fault  string    `json:"fault,omitempty"`
}

// Counts are exact, whatever the log still remembers.
type Counts struct {
	Requests int64            `json:"requests"` // of every kind, tokens included
	Writes   int64            `json:"writes"`   // that create or change a record, or would have
	Methods  map[string]int64 `json:"methods"`
	Statuses map[int]int64    `json:"statuses"` // of the answers; 0: none
	Faults   map[string]int64 `json:"faults"`
}

const rememberedBody = 16 << 10

// requestLog keeps the last requests in a ring.
type requestLog struct {
	size int

	mu     sync.Mutex
	ring   []Request
	next   int // where the oldest stands, once the ring is full
	counts Counts
}

func newRequestLog(size int) *requestLog {
	l := &requestLog{size: max(size, 0)}
	l.forget()
	return l
}

// begin counts a request. What it returns is called with the status of the answer.
func (l *requestLog) begin(r *http.Request, fault string) func(status int) {
	l.mu.Lock()
	l.counts.Requests++
	l.counts.Methods[r.Method]++
	if isWrite(r) {
		l.counts.Writes++
	}
	if fault != noFault {
		l.counts.Faults[fault]++
	}
	l.mu.Unlock()
	entry := Request{Method: r.Method, Path: r.URL.RequestURI(), Fault: fault}
	if l.size > 0 {
		entry.At = time.Now()
		entry.Body = peek(r)
	}
	return func(status int) {
		entry.Status = status
		l.end(entry)
	}
}

func (l *requestLog) end(entry Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Statuses[entry.Status]++
	switch {
	case l.size == 0:
	case len(l.ring) < l.size:
		l.ring = append(l.ring, entry)
	default:
		l.ring[l.next] = entry
		l.next = (l.next + 1) % l.size
	}
}

func (l *requestLog) list() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append([]Request{}, l.ring[l.next:]...), l.ring[:l.next]...)
}

func (l *requestLog) counted() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts
	c.Methods, c.Statuses, c.Faults = maps.Clone(c.Methods), maps.Clone(c.Statuses), maps.Clone(c.Faults)
	return c
}

func (l *requestLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.next = nil, 0
	l.counts = Counts{Methods: map[string]int64{}, Statuses: map[int]int64{}, Faults: map[string]int64{}}
}

// peek reads the beginning of a body and puts it back.
func peek(r *http.Request) string {
	if r.Body == nil || r.URL.Path == "/oauth/token" {
		return ""
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, rememberedBody))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b), rest), r.Body}
	return string(b)
}

// failing is a body that could not be read any further.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
