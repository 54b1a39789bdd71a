package ece

import (
	"context"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// self is the user whose credential is used: to switch it off would lock rosterd out. Of an API key only the target knows it.
type self struct {
	turn  chan struct{} // has one token: who holds it may look and ask
	known bool
	name  string // "": the target does not say
}

func newSelf(name string) *self {
	s := &self{turn: make(chan struct{}, 1), known: name != "", name: name}
	s.turn <- struct{}{}
	return s
}

// get is the user's name, "" where the target does not say. An error is an *sinks.Error.
func (s *self) get(ctx context.Context, c *httpapi.Client) (string, error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return "", &sinks.Error{Class: sinks.Unsent, Message: "not sent: " + context.Cause(ctx).Error(), Err: context.Cause(ctx)}
	}
	defer func() { s.turn <- struct{}{} }()
	if s.known {
		return s.name, nil
	}
	call := read("/user")
	answer, err := c.Do(ctx, call)
	switch e := meaning(err); {
	case e == nil:
	case e.Status >= 400 && e.Status < 500 && (e.Class == sinks.Refused || e.Class == sinks.NotFound || e.Class == sinks.Denied):
		s.known = true // it was asked and does not say: it will not tomorrow
		return "", nil
	default:
		return "", e
	}
	u, err := parseUser(answer.Body)
	if err != nil {
		return "", answer.Unreadable(call, err)
	}
	s.known, s.name = true, u.Name
	return s.name, nil
}

// is reports whether that is the user's name.
func (s *self) is(ctx context.Context, c *httpapi.Client, name string) (bool, error) {
	own, err := s.get(ctx, c)
	return err == nil && isSelf(own, name), err
}

func isSelf(own, name string) bool { return own != "" && record.Fold(own) == record.Fold(name) }
