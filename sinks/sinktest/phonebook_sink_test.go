package sinktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Sink is the example of a sink, to copy from: for the phonebook of an office, a JSON REST API as there are many.
//
//	create   POST  /people                  201 and the person
//	update   PATCH /people/{id}             200; what is not named stays, null clears
//	look up  GET   /people?email=…          those with that e-mail
//	list     GET   /people?limit=&after=…   a page, and where the next one begins
//
// All the rest is the HTTP client's: rate, credential, time-outs, and what an answer means.
type Sink struct{ client *httpapi.Client }

// New returns the sink. The client stays the caller's, who closes it.
func New(client *httpapi.Client) *Sink { return &Sink{client: client} }

// Schema is what a person has. There is no place for the key: Reference stays empty.
func (s *Sink) Schema() record.Schema {
	return record.Schema{Natural: "email", Active: "listed", Attributes: []record.Attribute{
		{Name: "email", Type: record.TypeText, Required: true},
		{Name: "name", Type: record.TypeText, Required: true},
		{Name: "extension", Type: record.TypeText, MaxLen: 8},
		{Name: "listed", Type: record.TypeBool},
	}}
}

// Requests is one for every change.
func (s *Sink) Requests(plan.Change) int { return 1 }

// Apply sends exactly what After holds. Whatever the client says of the answer is said of the change.
func (s *Sink) Apply(ctx context.Context, c plan.Change) (string, error) {
	for _, a := range c.After {
		if k := a.Value.Kind(); k == record.Unknown || k == record.Generated {
			return "", refused("unsendable", a.Name+" has no value that could be sent")
		}
	}
	if c.Action == plan.Create {
		return s.create(ctx, c.After)
	}
	return "", s.update(ctx, c)
}

// create may not be done twice: without an id in the answer it is not known whether it was done, and the caller looks it up.
func (s *Sink) create(ctx context.Context, a record.Attrs) (string, error) {
	call := httpapi.Call{Does: httpapi.Create, Method: http.MethodPost, Path: "/people", Body: a.AppendJSON(nil)}
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		return "", err
	}
	var p person
	if err := json.Unmarshal(answer.Body, &p); err != nil {
		return "", answer.Unreadable(call, err)
	}
	if p.ID == "" {
		return "", answer.Unreadable(call, errors.New("it has no id"))
	}
	return string(p.ID), nil
}

// update can be repeated, so its answer is of no interest. A 404 without the phonebook's own code is another's, of a proxy or a wrong
// address: to believe it would be to take somebody for gone.
func (s *Sink) update(ctx context.Context, c plan.Change) error {
	if c.RemoteID == "" {
		return refused("no_id", "the person has no id in the phonebook, so it can't be changed")
	}
	_, err := s.client.Do(ctx, httpapi.Call{Does: httpapi.Write, Method: http.MethodPatch, Path: "/people/" + url.PathEscape(c.RemoteID),
		Body: c.After.AppendJSON(nil)})
	if e, ok := errors.AsType[*sinks.Error](err); ok && e.Class == sinks.NotFound && e.Code != "no_such_person" {
		e.Class, e.Advice = sinks.Halt, "check base_url of the sink: what answers there is not the phonebook"
	}
	return err
}

// Lookup finds the person with that e-mail. The phonebook compares with case or without, nobody knows; here it is without.
func (s *Sink) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	email := a.Get("email").Text()
	if email == "" {
		return nil, refused("no_email", "without its email, a person can't be looked up in the phonebook")
	}
	var hit *sinks.Found
	for f, err := range s.pages(ctx, url.Values{"email": {email}}) {
		switch {
		case err != nil:
			return nil, err
		case record.Fold(f.Attrs.Get("email").Text()) != record.Fold(email), hit != nil && hit.RemoteID == f.RemoteID:
		case hit != nil:
			return nil, refused("ambiguous", "several people have this email: ids "+hit.RemoteID+" and "+f.RemoteID)
		default:
			hit = &f
		}
	}
	return hit, nil
}

// List gives everybody, with one request a page. An error is the last thing that it gives.
func (s *Sink) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return s.pages(ctx, url.Values{"limit": {"100"}})
}

// pages follows a list to its end: who is missing from it would be created anew.
func (s *Sink) pages(ctx context.Context, query url.Values) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for been := map[string]bool{}; ; {
			call := httpapi.Call{Does: httpapi.Read, Method: http.MethodGet, Path: "/people?" + query.Encode()}
			p, err := s.page(ctx, call)
			if err != nil {
				yield(sinks.Found{}, err)
				return
			}
			for _, one := range *p.People {
				if !yield(one.found(), nil) {
					return
				}
			}
			if p.Next == "" {
				return
			}
			if been[p.Next] {
				yield(sinks.Found{}, &sinks.Error{Class: sinks.Unknown, Code: "paging", Message: "the list of people goes round in circles"})
				return
			}
			been[p.Next] = true
			query.Set("after", p.Next)
		}
	}
}
