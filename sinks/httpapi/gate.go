package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

// Limits are what is asked of one target at most.
type Limits struct {
	Rate        float64       // requests per second, above 0; float64(rate.Inf) is no limit, for benchmarks
	Burst       int           // requests that may follow each other at once after a lull; at least 1
	MaxInFlight int           // requests at a time, each until its answer was read; at least 1
	MaxWait     time.Duration // the longest pause that a request sits out; before a longer one it is given back
}

// Gate lets requests through to one target: slot, then token, then send. All clients of a target share one, whatever job
// they serve, and it outlives a reload. It starts empty. All methods may be called from any goroutine.
type Gate struct {
	slots    slots
	pace     *pace
	requests atomic.Int64

	mu      sync.Mutex
	maxWait time.Duration
	until   time.Time // nothing is sent before
}

// NewGate returns a gate, or an error where a limit would let nothing through.
func NewGate(l Limits) (*Gate, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return &Gate{slots: slots{size: l.MaxInFlight}, pace: newPace(l.Rate, l.Burst), maxWait: l.MaxWait}, nil
}

// Adjust changes the limits of a gate in use: nobody gets a fresh burst by reloading the configuration.
func (g *Gate) Adjust(l Limits) error {
	if err := l.check(); err != nil {
		return err
	}
	g.slots.resize(l.MaxInFlight)
	g.pace.set(l.Rate, l.Burst)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.maxWait = l.MaxWait
	return nil
}

func (l Limits) check() error {
	if !(l.Rate > 0) { // NaN too
		return fmt.Errorf("set gate: a rate of %v requests per second never sends anything", l.Rate)
	}
	if l.Burst < 1 || l.MaxInFlight < 1 {
		return fmt.Errorf("set gate: burst %d and max_in_flight %d must be at least 1", l.Burst, l.MaxInFlight)
	}
	return nil
}

// Pause makes every request wait until then. It never shortens a pause.
func (g *Gate) Pause(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// PausedUntil is when requests go on; a time past is no pause.
func (g *Gate) PausedUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// Requests is how many requests were sent so far, tokens and look-ups included.
func (g *Gate) Requests() int64 { return g.requests.Load() }

// Rate is the present rate in requests per second: below the configured one after the target refused.
func (g *Gate) Rate() float64 { return g.pace.current() }

// Over returns base with the gate before it. A request that was not sent fails with an *sinks.Error of class Unsent.
func (g *Gate) Over(base http.RoundTripper) http.RoundTripper { return gated{g, base} }

type gated struct {
	gate *Gate
	base http.RoundTripper
}

func (t gated) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.gate.enter(req.Context()); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as every RoundTripper must
		}
		return nil, err
	}
	sent := time.Now()
	t.gate.requests.Add(1)
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		t.gate.slots.give()
		return nil, err
	}
	t.gate.observe(sent, resp)
	resp.Body = &closing{ReadCloser: resp.Body, after: t.gate.slots.give}
	return resp, nil
}

// enter returns nil with a slot taken and a token used. Who waits here gives up when the run is stopped.
func (g *Gate) enter(ctx context.Context) error {
	if err := g.slots.take(ctx); err != nil {
		return unsent(err)
	}
	if err := g.token(ctx); err != nil {
		g.slots.give()
		return err
	}
	return nil
}

func (g *Gate) token(ctx context.Context) error {
	for {
		if err := g.sitOut(ctx); err != nil {
			return err
		}
		if err := g.pace.wait(ctx); err != nil {
			return unsent(err)
		}
		if !time.Now().Before(g.PausedUntil()) { // a pause may have begun meanwhile; its token is lost
			return nil
		}
	}
}

// sitOut waits for the end of a pause, which can be prolonged meanwhile.
func (g *Gate) sitOut(ctx context.Context) error {
	for {
		g.mu.Lock()
		rest, maxWait := time.Until(g.until), g.maxWait
		g.mu.Unlock()
		if rest <= 0 {
			return nil
		}
		if rest > maxWait {
			return &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: rest,
				Message: fmt.Sprintf("the target asked to wait another %s", rest.Round(time.Second))}
		}
		if err := sleep(ctx, rest); err != nil {
			return unsent(err)
		}
	}
}

// observe slows the whole sink down when the target says so.
func (g *Gate) observe(sent time.Time, resp *http.Response) {
	wait := retryAfter(resp, time.Now())
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		wait = g.pace.refused(sent, wait)
	case resp.StatusCode == http.StatusServiceUnavailable:
	case resp.StatusCode < http.StatusInternalServerError:
		g.pace.succeeded()
		return
	default:
		return
	}
	if wait > 0 {
		g.Pause(time.Now().Add(wait))
	}
}

func unsent(err error) *sinks.Error {
	return &sinks.Error{Class: sinks.Unsent, Message: "not sent: " + err.Error(), Err: err}
}
