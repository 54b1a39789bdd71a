package jitsudo

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Apply sends one change, which has to be a step: one request.
func (s *Sink) Apply(ctx context.Context, c plan.Change) (string, error) {
	on, switches := c.After.Lookup(active)
	switch {
	case c.Action == plan.Create && switches && !on.True():
		return "", refused("step", "a user can't be created switched off: that takes two steps")
	case c.Action == plan.Create:
		return s.create(ctx, c.After.Without(active))
	case c.RemoteID == "":
		return "", refused("no_id", "the user has no id in JITSudo, so it can't be changed")
	case s.wards.of(c.RemoteID) != "":
		return "", refused("foreign", "it is never changed: "+s.wards.of(c.RemoteID))
	case switches && len(c.After) > 1:
		return "", refused("step", "a user can't be updated and switched on or off at once: that takes two steps")
	case switches:
		return "", s.suspend(ctx, c, on)
	}
	return "", s.update(ctx, c)
}

func (s *Sink) create(ctx context.Context, a record.Attrs) (string, error) {
	if err := sendable(a, email, name, roles); err != nil {
		return "", err
	}
	if err := check(a); err != nil {
		return "", refused("invalid", err.Error())
	}
	call := httpapi.Call{Does: httpapi.Create, Method: http.MethodPost, Path: "/v1/users"}
	if secret := a.Get(password); secret.Kind() == record.Generated {
		a = a.Merge(record.Attrs{{Name: password, Value: record.TextOf(sinks.Password(int(secret.Int())))}})
	}
	if secret := a.Get(password).Text(); secret != "" {
		call.Secrets = sinks.SecretForms(secret)
	}
	call.Body = a.AppendJSON(nil)
	answer, err := s.do(ctx, call)
	var got user
	if err == nil {
		if got, err = parseUser(answer.Body); err != nil {
			err = answer.Unreadable(call, err)
		}
	}
	if err != nil {
		s.listings.failed(a.Get(email).Text())
		return "", mayExist(err)
	}
	s.watch(got)
	if got.whole() == nil {
		s.listings.created(got)
	}
	return string(got.ID), nil
}

// update sends name and roles, always both: the one that stays is the one that was applied last.
func (s *Sink) update(ctx context.Context, c plan.Change) error {
	a := make(record.Attrs, 0, 2)
	for _, member := range []string{name, roles} {
		v, changes := c.After.Lookup(member)
		if !changes {
			v = c.Have.Get(member)
		}
		a = append(a, record.Attr{Name: member, Value: v})
	}
	for _, at := range c.After {
		if at.Name != name && at.Name != roles {
			return refused("unsendable", at.Name+" can't be changed by JITSudo's API")
		}
	}
	if err := sendable(a, name, roles); err != nil {
		return err
	}
	if err := checkRoles(a.Get(roles)); err != nil {
		return refused("invalid", err.Error())
	}
	_, err := s.write(ctx, http.MethodPut, path(c.RemoteID), a)
	return err
}

// suspend switches a user off with false and on with true, whatever the path is called. That is read out of the operation's title and the
// user's member of that name, and nobody states it: an answer that shows the contrary is no success.
func (s *Sink) suspend(ctx context.Context, c plan.Change, on record.Value) error {
	if on.Kind() != record.Bool || actionOf(on) != c.Action {
		return refused("unsendable", c.Action.String()+" with "+active+" "+on.String()+" makes no sense")
	}
	got, err := s.write(ctx, http.MethodPost, path(c.RemoteID)+"/suspend", c.After)
	if err == nil && got.Active != nil && *got.Active != on.True() {
		return refused("not_switched", "the target took it, but its answer shows the user as it was before, with "+active+" "+
			record.BoolOf(*got.Active).String())
	}
	return err
}

// write sends what may be repeated. What its answer shows of the user is a bonus: it was done all the same.
func (s *Sink) write(ctx context.Context, method, path string, a record.Attrs) (user, error) {
	answer, err := s.do(ctx, httpapi.Call{Does: httpapi.Write, Method: method, Path: path, Body: a.AppendJSON(nil)})
	if err != nil {
		return user{}, err
	}
	got, err := parseUser(answer.Body)
	if err != nil {
		return user{}, nil //nolint:nilerr // see above
	}
	s.watch(got)
	return got, nil
}

func path(id string) string { return "/v1/users/" + url.PathEscape(id) }

// sendable finds a value that can't be sent, and what has to be there and isn't.
func sendable(a record.Attrs, needs ...string) error {
	for _, need := range needs {
		if v := a.Get(need); v.IsNull() || v.Kind() == record.List && len(v.List()) == 0 {
			return refused("incomplete", need+" is missing, which JITSudo wants in every such request")
		}
	}
	for _, at := range a {
		if k := at.Value.Kind(); k == record.Unknown || k == record.Generated && at.Name != password {
			return refused("unsendable", at.Name+" has no value that could be sent")
		}
	}
	return nil
}

// refused is what is found before anything is sent.
func refused(code, message string) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Code: code, Message: message, Err: errors.New(message)}
}
