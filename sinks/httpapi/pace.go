package httpapi

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
)

const (
	// slowest is the least factor to which refusals can slow a sink down.
	slowest = 1.0 / 32
	// recovery is the part of the full rate that is won back in a second of successes, at most recoveryStep at once.
	recovery     = 0.01
	recoveryStep = 0.1
	// quiet is how long a refusal is remembered: a second one sooner says that the rate itself is too high.
	quiet = time.Minute
	// blindPause is the wait after a refusal that names none, where there is no rate to slow down.
	blindPause = time.Second
)

// pace says when the next request may be sent: at most rate+burst in any second, and slower when the target refuses.
type pace struct {
	limiter *rate.Limiter
	window  *window

	mu        sync.Mutex
	rate      float64
	factor    float64   // of the rate, slowest to 1
	refusedAt time.Time // the last refusal of a request that was sent after the one before
	raisedAt  time.Time
}

// newPace starts empty, so that a program that is restarted again and again keeps the rate too.
func newPace(perSecond float64, burst int) *pace {
	p := &pace{limiter: rate.NewLimiter(rate.Inf, burst), window: newWindow(perSecond, burst), factor: 1}
	p.set(perSecond, burst)
	p.limiter.ReserveN(time.Now(), burst)
	return p
}

func (p *pace) set(perSecond float64, burst int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = perSecond
	p.window.resize(perSecond, burst)
	p.limiter.SetBurst(burst)
	p.apply()
}

// apply tells the limiter. The lock is held.
func (p *pace) apply() {
	if unlimited(p.rate) {
		p.limiter.SetLimit(rate.Inf)
		return
	}
	p.limiter.SetLimit(rate.Limit(p.rate * p.factor))
}

// wait waits until a request may be sent. It is noted as sent when there is no error.
func (p *pace) wait(ctx context.Context) error {
	now := time.Now()
	r := p.limiter.ReserveN(now, 1)
	if err := sleep(ctx, r.DelayFrom(now)); err != nil {
		r.Cancel()
		return err
	}
	for wait := p.window.admit(); wait > 0; wait = p.window.admit() {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// succeeded wins back a little of the rate.
func (p *pace) succeeded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.factor == 1 {
		return
	}
	now := time.Now()
	p.factor = min(1, p.factor+min(recoveryStep, recovery*now.Sub(p.raisedAt).Seconds()))
	p.raisedAt = now
	p.apply()
}

// refused takes note of a 429 to a request sent at that time. Without a wait, or so soon after another, it halves the
// rate. Of requests that were in flight together only the first counts. It returns how long to pause nevertheless.
func (p *pace) refused(sent time.Time, named time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if sent.Before(p.refusedAt) {
		return named
	}
	now := time.Now()
	again := !p.refusedAt.IsZero() && now.Sub(p.refusedAt) < quiet+named
	p.refusedAt = now
	if named > 0 && !again {
		return named
	}
	if unlimited(p.rate) {
		return max(named, blindPause)
	}
	p.factor = max(slowest, p.factor/2)
	p.raisedAt = now.Add(named)
	p.apply()
	return named
}

// current is the rate at which requests are sent now, in requests per second.
func (p *pace) current() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate * p.factor
}

func unlimited(perSecond float64) bool { return perSecond >= float64(rate.Inf) }

// sleep waits, and is ended early by ctx or its stop, with the cause.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return sinks.Stopped(ctx)
	}
	ctx, cancel := sinks.Waiting(ctx)
	defer cancel()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
