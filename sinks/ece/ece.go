// Package ece is the sink for the native users of Elastic Cloud Enterprise. What is known of the API comes from the vendor's
// pages and the vendor's own client; what they leave open is said where it matters.
package ece

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// codeIn is the header that names an error's codes, also where a proxy has put a web page in place of the body.
const codeIn = "X-Cloud-Error-Codes"

// Config is what of an ECE is not the HTTP client's, whose base URL has the /api/v1 that all paths come after.
type Config struct {
	// UserNames is a regular expression that the whole of a user name has to match; "" is DefaultUserNames.
	UserNames string
	// Self is the user whose credential is used, and who is therefore neither adopted nor written; "" where only the target
	// knows, as of an API key: it is asked once.
	Self string
}

// DefaultUserNames is the rule for user names. The vendor publishes none besides "no special characters", so this is what
// surely has none; whether ECE takes @ can only be tried.
const DefaultUserNames = `[A-Za-z0-9._-]+`

// Sink is the sink for the users of one ECE. It is a sinks.Sink, a sinks.Lister and a sinks.Pinger.
type Sink struct {
	client *httpapi.Client
	names  *regexp.Regexp
	schema record.Schema
	self   *self
}

// New returns the sink. The client stays the caller's, who closes it.
func New(cfg Config, client *httpapi.Client) (*Sink, error) {
	rule := cfg.UserNames
	if rule == "" {
		rule = DefaultUserNames
	}
	names, err := regexp.Compile(`^(?:` + rule + `)$`)
	if err != nil {
		return nil, fmt.Errorf("read the rule for user names: %w", err)
	}
	s := &Sink{client: client, names: names, schema: schema(), self: newSelf(cfg.Self)}
	s.schema.Check = s.checkKnown
	return s, nil
}

// KeyAuth is how an API key is shown: the way that the vendor prefers. There is none for the built-in users.
func KeyAuth(key string) httpapi.Auth { return httpapi.Auth{Scheme: "ApiKey ", Fixed: key} }

// BasicAuth is how a user name and password are shown (RFC 7617).
func BasicAuth(username, password string) (httpapi.Auth, error) {
	if strings.Contains(username, ":") {
		return httpapi.Auth{}, errors.New("read auth: a username can't have a colon in it")
	}
	return httpapi.Auth{Scheme: "Basic ", Fixed: base64.StdEncoding.EncodeToString([]byte(username + ":" + password)),
		Secrets: []string{password}}, nil
}

// Schema is what a user has.
func (s *Sink) Schema() record.Schema { return s.schema }

// Requests is one for every change. Asking whose the credential is takes one more, once.
func (s *Sink) Requests(plan.Change) int { return 1 }

// Apply sends one change: a POST of a whole user, or a PATCH of exactly what After holds. Every write is a single request.
func (s *Sink) Apply(ctx context.Context, c plan.Change) (string, error) {
	if e := s.check(c); e != nil {
		return "", e
	}
	if c.Action == plan.Create {
		return s.create(ctx, c)
	}
	return "", s.update(ctx, c)
}

// Ping asks whose the credential is.
func (s *Sink) Ping(ctx context.Context) error {
	_, err := ask(ctx, s.client)
	return err
}

// create is answered with 200. The user's id is the name that was sent; the answer tells how the target spells it.
func (s *Sink) create(ctx context.Context, c plan.Change) (string, error) {
	if _, given := c.After.Lookup(active); !given {
		c.After = c.After.Merge(record.Attrs{{Name: active, Value: record.BoolOf(true)}})
	}
	call := write(httpapi.Create, http.MethodPost, "/users", c.After)
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		return "", meaning(err)
	}
	u, err := parseUser(answer.Body)
	if err != nil {
		return "", answer.Unreadable(call, err)
	}
	if name := c.After.Get(natural).Text(); record.Fold(u.Name) != record.Fold(name) {
		return name, nil
	}
	return u.Name, nil
}

// update is a JSON merge patch (RFC 7396), as an object and not as the text of one, which is what the vendor's
// specification has by mistake.
func (s *Sink) update(ctx context.Context, c plan.Change) error {
	path, e := userPath(c.RemoteID)
	if e != nil {
		return e
	}
	own, err := s.self.is(ctx, s.client, c.RemoteID)
	switch {
	case err != nil:
		return unsent(err)
	case own:
		return refused("own_user", c.RemoteID+" is the user that rosterd itself logs in as, which it never writes")
	}
	if _, err := s.client.Do(ctx, write(httpapi.Write, http.MethodPatch, path, c.After)); err != nil {
		return meaning(err)
	}
	return nil
}

func write(does httpapi.Effect, method, path string, a record.Attrs) httpapi.Call {
	text, secrets := body(a)
	return httpapi.Call{Does: does, Method: method, Path: path, Body: text, Secrets: secrets, CodeIn: codeIn}
}

// userPath is the path of a user. A name is escaped, and one that means another folder even so is refused.
func userPath(name string) (string, *sinks.Error) {
	if strings.Trim(name, ".") == "" {
		return "", refused("no_id", fmt.Sprintf("%q is not the name of a user in ECE", name))
	}
	return "/users/" + url.PathEscape(name), nil
}

func refused(code, message string) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Code: code, Message: message}
}

var (
	_ sinks.Sink   = (*Sink)(nil)
	_ sinks.Lister = (*Sink)(nil)
	_ sinks.Pinger = (*Sink)(nil)
)
