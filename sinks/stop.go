package sinks

import "context"

type stopKey struct{}

// WithStop returns a context for requests of a run that may be stopped: one that is under way when stop ends goes on until flight
// ends, one that still waits for its turn is given back as not sent.
func WithStop(flight, stop context.Context) context.Context {
	return context.WithValue(flight, stopKey{}, stop)
}

// Stopped is why nothing may be sent with ctx any more: it has ended, or the stop given to WithStop has; nil: it may.
func Stopped(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if stop, ok := ctx.Value(stopKey{}).(context.Context); ok && stop.Err() != nil {
		return context.Cause(stop)
	}
	return nil
}

// Waiting is the context for waiting for a turn: it ends when Stopped says why. The caller cancels it. It is for who really has to wait:
// making it costs more than all else that happens at a gate.
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
