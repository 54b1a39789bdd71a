// Package clarus is the sink for Clarus WMS: users and accounts, created and updated by REST, listed and looked up by
// GraphQL. What is known of the API comes from the vendor's public pages; what they leave open is said where it matters.
package clarus

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// The two readings of which id of the user list an update wants. The vendor's pages do not say; the sample has 1 for both.
const (
	Nested = "nested" // the id of the user within a node of the list
	Node   = "node"   // the id of the node
)

// Config is what of a Clarus tenant is not the HTTP client's.
type Config struct {
	Resource          string // Users or Accounts
	Subdomain         string // the tenant; required in every request besides the token
	Reference         string // the slot that holds the key: external_system_reference1, 2 or 3
	ReferenceOnUpdate bool   // an update may carry the reference; the vendor's page for updates does not offer it
	UserID            string // Nested or Node; of an account there is one id
}

// Sink is the sink for one resource of one tenant. It is a sinks.Sink and a sinks.Lister.
type Sink struct {
	cfg    Config
	of     resource
	client *httpapi.Client
	header http.Header
	schema record.Schema
	proven atomic.Bool // an id from the list was seen to be the right kind for an update
	doubts doubts
}

// New returns the sink. The client stays the caller's, who closes it; the sinks of a tenant share one.
func New(cfg Config, client *httpapi.Client) (*Sink, error) {
	of, known := resourceOf(cfg.Resource)
	switch {
	case !known:
		return nil, fmt.Errorf("read resource: %q is neither %s nor %s", cfg.Resource, Users, Accounts)
	case strings.TrimSpace(cfg.Subdomain) == "" || strings.ContainsAny(cfg.Subdomain, " \t\r\n"):
		return nil, fmt.Errorf("read subdomain: %q is not the name of a tenant", cfg.Subdomain)
	case cfg.UserID != Nested && cfg.UserID != Node:
		return nil, fmt.Errorf("read user_id: %q is neither %s nor %s", cfg.UserID, Nested, Node)
	case !isReference(cfg.Reference):
		return nil, fmt.Errorf("read reference: %q is not one of %s", cfg.Reference, strings.Join(references(), ", "))
	}
	return &Sink{cfg: cfg, of: of, client: client, schema: of.schema(cfg.Reference, cfg.ReferenceOnUpdate),
		header: http.Header{"X-Clarus-Subdomain": {cfg.Subdomain}}}, nil
}

// Schema is what a record of the resource has.
func (s *Sink) Schema() record.Schema { return s.schema }

// Requests is one for every change. Trying an id that a look-up gave takes one more, once.
func (s *Sink) Requests(plan.Change) int { return 1 }

// Apply sends one change: a POST or a PATCH of exactly what After holds. Every Clarus write is a single request.
func (s *Sink) Apply(ctx context.Context, c plan.Change) (string, error) {
	for _, a := range c.After {
		if k := a.Value.Kind(); k == record.Unknown || k == record.Generated {
			return "", &sinks.Error{Class: sinks.Refused, Code: "unsendable",
				Message: a.Name + " has no value that could be sent: " + s.of.name + " of Clarus have no generated attributes"}
		}
	}
	if c.Action == plan.Create {
		return s.create(ctx, c)
	}
	return "", s.update(ctx, c)
}

func (s *Sink) create(ctx context.Context, c plan.Change) (string, error) {
	call := s.call(httpapi.Create, http.MethodPost, "/api/"+s.of.name, c.After)
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		return "", s.of.mayExist(err)
	}
	got, err := parseShown(answer.Body)
	if err != nil {
		return "", answer.Unreadable(call, err)
	}
	return string(got.ID), nil
}

func (s *Sink) update(ctx context.Context, c plan.Change) error {
	if c.RemoteID == "" {
		return &sinks.Error{Class: sinks.Refused, Code: "no_id", Message: "the record has no id in Clarus, so it can't be updated"}
	}
	if err := s.dare(ctx, c); err != nil {
		return err
	}
	answer, err := s.patch(ctx, c.RemoteID, c.After)
	if err != nil {
		return err
	}
	return s.settleDoubt(c, answer.Body)
}

func (s *Sink) patch(ctx context.Context, id string, a record.Attrs) (httpapi.Answer, error) {
	answer, err := s.client.Do(ctx, s.call(httpapi.Write, http.MethodPatch, "/api/"+s.of.name+"/"+url.PathEscape(id), a))
	return answer, mayBeGone(answer, err)
}

func (s *Sink) call(does httpapi.Effect, method, path string, a record.Attrs) httpapi.Call {
	body := append([]byte(`{"data":{"type":"`+s.of.name+`","attributes":`), a.AppendJSON(nil)...)
	return httpapi.Call{Does: does, Method: method, Path: path, Header: s.header, Body: append(body, "}}"...)}
}
