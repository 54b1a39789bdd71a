package sinks

import "context"

type stopKey struct{}

// WithStop returns a context for requests of a run that may be stopped: one that is under way when stop ends goes on until flight
// ends, one that still waits for its turn is given back as not sent.
func WithStop(flight, stop context.Context) context.Context {
	return context.WithValue(flight, stopKey{}, stop)
}

// Waiting is the context for waiting for a turn: it ends with ctx, and with the stop given to WithStop. The caller cancels it.
func Waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	stop, ok := ctx.Value(stopKey{}).(context.Context)
	if !ok {
		return context.WithCancel(ctx)
	}
	waiting, cancel := context.WithCancelCause(ctx)
	end := context.AfterFunc(stop, func() { cancel(context.Cause(stop)) })
	return waiting, func() {
		end()
		cancel(context.Canceled)
	}
}
