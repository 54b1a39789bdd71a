// Package clarus is the sink for Clarus WMS: users, created and updated by REST, looked up by GraphQL. What is known of
// the API comes from the vendor's pages for creating and updating a user; what they leave open is said where it matters.
package clarus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
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
	Subdomain         string // the tenant; required in every request besides the token
	Reference         string // the slot that holds the key: external_system_reference1, 2 or 3
	ReferenceOnUpdate bool   // an update may carry the reference; the vendor's page for updates does not offer it
	UserID            string // Nested or Node
}

// Users is the sink for the users of one tenant.
type Users struct {
	cfg    Config
	client *httpapi.Client
	header http.Header
	schema record.Schema
	proven atomic.Bool // an id from the list was seen to be the right kind for an update
	doubts doubts
}

// New returns the sink. The client stays the caller's, who closes it.
func New(cfg Config, client *httpapi.Client) (*Users, error) {
	switch {
	case strings.TrimSpace(cfg.Subdomain) == "" || strings.ContainsAny(cfg.Subdomain, " \t\r\n"):
		return nil, fmt.Errorf("read subdomain: %q is not the name of a tenant", cfg.Subdomain)
	case cfg.UserID != Nested && cfg.UserID != Node:
		return nil, fmt.Errorf("read user_id: %q is neither %s nor %s", cfg.UserID, Nested, Node)
	case !isReference(cfg.Reference):
		return nil, fmt.Errorf("read reference: %q is not one of %s", cfg.Reference, strings.Join(references(), ", "))
	}
	return &Users{cfg: cfg, client: client, schema: schema(cfg.Reference, cfg.ReferenceOnUpdate),
		header: http.Header{"X-Clarus-Subdomain": {cfg.Subdomain}}}, nil
}

// Schema is what a user of Clarus has.
func (u *Users) Schema() record.Schema { return u.schema }

// Requests is one for every change.
func (u *Users) Requests(plan.Change) int { return 1 }

// Apply sends one change: a POST or a PATCH of exactly what After holds. Every Clarus write is a single request.
func (u *Users) Apply(ctx context.Context, c plan.Change) (string, error) {
	for _, a := range c.After {
		if k := a.Value.Kind(); k == record.Unknown || k == record.Generated {
			return "", &sinks.Error{Class: sinks.Refused, Code: "unsendable",
				Message: a.Name + " has no value that could be sent: users of Clarus have no generated attributes"}
		}
	}
	if c.Action == plan.Create {
		return u.create(ctx, c)
	}
	return "", u.update(ctx, c)
}

func (u *Users) create(ctx context.Context, c plan.Change) (string, error) {
	call := u.call(httpapi.Create, http.MethodPost, "/api/users", c.After)
	answer, err := u.client.Do(ctx, call)
	if err != nil {
		return "", mayExist(err)
	}
	got, err := parseUser(answer.Body)
	if err != nil {
		return "", answer.Unreadable(call, err)
	}
	return string(got.ID), nil
}

func (u *Users) update(ctx context.Context, c plan.Change) error {
	if c.RemoteID == "" {
		return &sinks.Error{Class: sinks.Refused, Code: "no_id", Message: "the record has no id in Clarus, so it can't be updated"}
	}
	answer, err := u.client.Do(ctx, u.call(httpapi.Write, http.MethodPatch, "/api/users/"+url.PathEscape(c.RemoteID), c.After))
	if err != nil {
		return err
	}
	return u.settleDoubt(c, answer.Body)
}

func (u *Users) call(does httpapi.Effect, method, path string, a record.Attrs) httpapi.Call {
	body := append([]byte(`{"data":{"type":"users","attributes":`), a.AppendJSON(nil)...)
	return httpapi.Call{Does: does, Method: method, Path: path, Header: u.header, Body: append(body, "}}"...)}
}

// user is a user as the REST answers show it, with a data wrapper or without: other resources of Clarus lack it.
type user struct {
	ID         httpapi.ID `json:"id"`
	Attributes struct {
		Email string `json:"email"`
	} `json:"attributes"`
	Email string `json:"email"` // of an answer without wrapper
}

func parseUser(body []byte) (user, error) {
	var doc struct {
		Data *user `json:"data"`
		user
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return user{}, err
	}
	got := doc.user
	if doc.Data != nil {
		got = *doc.Data
	}
	if got.Attributes.Email == "" {
		got.Attributes.Email = got.Email
	}
	if got.ID == "" {
		return user{}, errors.New("it has no id")
	}
	return got, nil
}

var (
	taken    = regexp.MustCompile(`(?i)\b(taken|already|exists|duplicate[ds]?|unique|uniqueness|in[ _]use|conflict)\b`)
	mentions = regexp.MustCompile(`(?i)\b(name|role|role_id|language|timezone|is_active|external_system_reference\d|string\d)\b`)
	mail     = regexp.MustCompile(`(?i)e-?mail`)
)

// mayExist makes Exists of a refusal that reads like "email has already been taken", for how Clarus reports a duplicate is
// not documented. The caller looks the record up, so a wrong guess costs a request; a refusal of another attribute stays.
func mayExist(err error) error {
	var e *sinks.Error
	if !errors.As(err, &e) || e.Class != sinks.Refused || e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return err
	}
	words := e.Code + " " + e.Message
	if taken.MatchString(words) && (mail.MatchString(words) || !mentions.MatchString(words)) {
		e.Class = sinks.Exists
	}
	return e
}
