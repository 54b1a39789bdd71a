// Package jitsudo is the sink for the users of a JITSudo tenant. What is known of the API comes from the vendor's public pages; of
// several operations only a title or a sample is public, and what they leave open is said where it matters.
//
//	create                    POST /v1/users              201
//	name and roles, together  PUT  /v1/users/{id}
//	switch off, switch on     POST /v1/users/{id}/suspend {"active": false}, {"active": true}
//	list                      GET  /v1/users?limit=&cursor=
//
// There is no request for one user, no filter, no deletion, and no place for the key.
package jitsudo

import (
	"context"
	"fmt"
	"net/http"
	"regexp"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// headerTenant has to be in every request, a login too.
const headerTenant = "X-Tenant-ID"

// Config is what of a JITSudo tenant is not the HTTP client's.
type Config struct {
	TenantID string // a UUID; the tenant of the credential
	Own      string // the e-mail of the user that rosterd logs in as, who is never adopted and never written; "" where it has none
}

// Sink is the sink for the users of one tenant. It is a sinks.Sink, a sinks.Stepper, a sinks.Lister and a sinks.Pinger.
type Sink struct {
	cfg      Config
	client   *httpapi.Client
	header   http.Header
	schema   record.Schema
	listings *listings
	wards    wards
}

var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// New returns the sink. The client stays the caller's, who closes it; the sinks of a tenant share one.
func New(cfg Config, client *httpapi.Client) (*Sink, error) {
	if !uuid.MatchString(cfg.TenantID) {
		return nil, fmt.Errorf("read tenant_id: %q is not a UUID", cfg.TenantID)
	}
	s := &Sink{cfg: cfg, client: client, schema: schema(), header: http.Header{}}
	s.header.Set(headerTenant, cfg.TenantID)
	s.listings = newListings(s.read)
	return s, nil
}

// Schema is what a user has.
func (s *Sink) Schema() record.Schema { return s.schema }

// Requests is one for every step.
func (s *Sink) Requests(c plan.Change) int { return len(s.Steps(c)) }

// Ping asks for one user.
func (s *Sink) Ping(ctx context.Context) error {
	_, err := s.page(ctx, "", 1)
	return err
}

// do sends a call to the tenant.
func (s *Sink) do(ctx context.Context, call httpapi.Call) (httpapi.Answer, error) {
	call.Header = s.header
	answer, err := s.client.Do(ctx, call)
	return answer, explain(err)
}

var (
	_ sinks.Sink    = (*Sink)(nil)
	_ sinks.Stepper = (*Sink)(nil)
	_ sinks.Lister  = (*Sink)(nil)
	_ sinks.Pinger  = (*Sink)(nil)
)
