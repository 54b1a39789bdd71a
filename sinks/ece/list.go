package ece

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// longestList is the longest list that is read, in bytes: half a million users or so.
const longestList = 256 << 20

// Lookup finds the user of that name; there is no place for a key.
func (s *Sink) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	name := a.Get(natural).Text()
	if name == "" {
		return nil, refused("no_user_name", "without its user_name, a user in ECE can't be looked up")
	}
	path, e := userPath(name)
	if e != nil {
		return nil, e
	}
	call := read(path)
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		if e := meaning(err); e.Class != sinks.NotFound {
			return nil, e
		}
		return nil, nil
	}
	u, err := parseUser(answer.Body)
	switch {
	case err != nil:
		return nil, answer.Unreadable(call, err)
	case record.Fold(u.Name) != record.Fold(name):
		return nil, answer.Unreadable(call, fmt.Errorf("it shows the user %.100q, not the one that was asked for", u.Name))
	}
	own, err := s.self.get(ctx, s.client)
	if err != nil {
		return nil, err
	}
	found := u.found(own)
	return &found, nil
}

// List gives every user, switched off or not, with one request: there are no pages. Foreign are those whom ECE itself or a directory
// looks after, and the one that rosterd logs in as. An error
// is the last thing that it gives, and always an *sinks.Error. The caller must not use the sink until the list has ended.
func (s *Sink) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		own, err := s.self.get(ctx, s.client)
		if err == nil {
			call := read("/users?include_disabled=true") // without it a disabled user seems to be none, and is created once more
			call.MaxAnswer = longestList
			err = s.client.Stream(ctx, call, func(body io.Reader) error {
				return eachUser(body, func(u user) bool {
					return yield(u.found(own), nil)
				})
			})
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(sinks.Found{}, meaning(err))
		}
	}
}

func read(path string) httpapi.Call {
	return httpapi.Call{Does: httpapi.Read, Method: http.MethodGet, Path: path, CodeIn: codeIn}
}

// errEnough ends a list of which the caller wants no more.
var errEnough = errors.New("the caller wants no more")

// eachUser reads {"users":[…]} user by user, to its very end: what is missing from a list would be created anew.
func eachUser(r io.Reader, give func(user) bool) error {
	dec := json.NewDecoder(r)
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	listed := false
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if name != "users" {
			var other json.RawMessage
			if err := dec.Decode(&other); err != nil {
				return err
			}
			continue
		}
		if listed {
			return errors.New("it has two lists of users")
		}
		listed = true
		if err := eachOfList(dec, give); err != nil {
			return err
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return err
	}
	if !listed {
		return errors.New("it has no list of users")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

func eachOfList(dec *json.Decoder, give func(user) bool) error {
	if err := expect(dec, json.Delim('[')); err != nil {
		return err
	}
	for dec.More() {
		var u user
		if err := dec.Decode(&u); err != nil {
			return err
		}
		if u.Name == "" {
			return errors.New("one of its users has no name")
		}
		if !give(u) {
			return errEnough
		}
	}
	return expect(dec, json.Delim(']'))
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case got != want:
		return fmt.Errorf("it has %.40v where %v should be", got, want)
	}
	return nil
}
