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

// Sink is the example to copy from: a sink for the phonebook of an office, a JSON REST API as there are many.
//
//	create   POST  /people                 201 and the person
//	update   PATCH /people/{id}            200; what is not named stays, null clears
//	look up  GET   /people?email=…         those with that e-mail
//	list     GET   /people?limit=&after=…  a page, and after whom the next one begins
//
// The rest is the HTTP client's: rate, credential, time-outs, and what an answer means.
type Sink struct{ client *httpapi.Client }

// New returns the sink. The client stays the caller's, who closes it.
func New(client *httpapi.Client) *Sink { return &Sink{client: client} }

// Schema is what a person has. There is no place for the key, so Reference stays empty.
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

// Apply sends exactly what After holds.
func (s *Sink) Apply(ctx context.Context, c plan.Change) (string, error) {
	if c.Action == plan.Create {
		return s.create(ctx, c.After)
	}
	return "", s.update(ctx, c.RemoteID, c.After)
}

// create must not be done twice: after an answer without an id it may have been done, and the caller looks the person up.
func (s *Sink) create(ctx context.Context, a record.Attrs) (string, error) {
	var p person
	call := httpapi.Call{Does: httpapi.Create, Method: http.MethodPost, Path: "/people", Body: a.AppendJSON(nil)}
	err := s.do(ctx, call, &p, func() bool { return p.ID != "" })
	return string(p.ID), err
}

// update can be repeated, so its answer is of no interest. But a 404 without the phonebook's own code is somebody else's, a proxy's
// or a wrong address's: to believe it would be to take a person for gone.
func (s *Sink) update(ctx context.Context, id string, a record.Attrs) error {
	_, err := s.client.Do(ctx, httpapi.Call{Does: httpapi.Write, Method: http.MethodPatch, Path: "/people/" + url.PathEscape(id), Body: a.AppendJSON(nil)})
	if e, ok := errors.AsType[*sinks.Error](err); ok && e.Class == sinks.NotFound && e.Code != "no_such_person" {
		e.Class, e.Advice = sinks.Halt, "check base_url of the sink: what answers there is not the phonebook"
	}
	return err
}

// Lookup finds the person with that e-mail, without case: the phonebook may give more than was asked for.
func (s *Sink) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	var hit *sinks.Found
	email := a.Get("email").Text()
	for f, err := range s.pages(ctx, url.Values{"email": {email}}) {
		switch {
		case err != nil:
			return nil, err
		case record.Fold(f.Attrs.Get("email").Text()) != record.Fold(email):
		case hit != nil && hit.RemoteID != f.RemoteID:
			return nil, &sinks.Error{Class: sinks.Refused, Code: "ambiguous", Message: "two people have this email: " + hit.RemoteID + " and " + f.RemoteID}
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
		been := map[string]bool{}
		for query.Del("after"); ; {
			var page struct {
				People *[]person `json:"people"`
				After  string    `json:"after"`
			}
			call := httpapi.Call{Does: httpapi.Read, Method: http.MethodGet, Path: "/people?" + query.Encode()}
			if err := s.do(ctx, call, &page, func() bool { return page.People != nil && !been[page.After] }); err != nil {
				yield(sinks.Found{}, err)
				return
			}
			for _, p := range *page.People {
				if !yield(p.found(), nil) {
					return
				}
			}
			if page.After == "" {
				return
			}
			been[page.After] = true // a list that goes round in circles is no whole one
			query.Set("after", page.After)
		}
	}
}

// do sends a call and reads its answer, which has to be whole.
func (s *Sink) do(ctx context.Context, call httpapi.Call, into any, whole func() bool) error {
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return answer.Unreadable(call, err)
	}
	if !whole() {
		return answer.Unreadable(call, errors.New("it lacks what the phonebook's page promises"))
	}
	return nil
}

// person is a person as answers show it.
type person struct {
	ID                     httpapi.ID
	Email, Name, Extension string
	Listed                 bool
}

func (p person) found() sinks.Found {
	return sinks.Found{RemoteID: string(p.ID), Attrs: record.Attrs{
		{Name: "email", Value: record.TextOf(p.Email)},
		{Name: "extension", Value: record.TextOf(p.Extension)},
		{Name: "listed", Value: record.BoolOf(p.Listed)},
		{Name: "name", Value: record.TextOf(p.Name)},
	}}
}
