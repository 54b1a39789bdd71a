package reconcile

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// pause is the back-off between attempts, exponential with jitter.
type pause struct{ b *backoff.ExponentialBackOff }

func newPause() *pause {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 200*time.Millisecond, 30*time.Second
	return &pause{b}
}

// wait returns early, with an error, when no new request may be made.
func (p *pause) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(p.b.NextBackOff()):
		return nil
	}
}
