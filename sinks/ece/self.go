package ece

import (
	"context"
	"errors"

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
	name, err := ask(ctx, c)
	if e, ok := errors.AsType[*sinks.Error](err); ok && e.Class != sinks.Refused && e.Class != sinks.NotFound {
		return "", err
	}
	s.known, s.name = true, name // of a refusal "": it was asked and does not say, and will not tomorrow
	return name, nil
}

// ask asks whose the credential is. A 403 does not mean that the target never says, as Refused and NotFound do: whoever manages users
// may read its own, so either it passes, or the credential is of no use; and to write without knowing might lock rosterd out.
func ask(ctx context.Context, c *httpapi.Client) (string, error) {
	call := read("/user")
	answer, err := c.Do(ctx, call)
	if e := meaning(err); e != nil {
		if e.Class == sinks.Denied {
			e.Class, e.Advice = sinks.Halt, adviseSelf
		}
		return "", e
	}
	u, err := parseUser(answer.Body)
	if err == nil && u.Name == "" {
		err = errors.New("it is a user without user_name")
	}
	if err != nil {
		return "", answer.Unreadable(call, err)
	}
	return u.Name, nil
}

// is reports whether that is the user's name.
func (s *self) is(ctx context.Context, c *httpapi.Client, name string) (bool, error) {
	own, err := s.get(ctx, c)
	return err == nil && isSelf(own, name), err
}

func isSelf(own, name string) bool { return own != "" && record.Fold(own) == record.Fold(name) }
