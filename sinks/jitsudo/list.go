package jitsudo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

const (
	// pageSize is what a listing asks for: the vendor's sample, of the tenants' list. No maximum is named.
	pageSize = 50
	// maxPage is the longest page that is read, in bytes: that many users, each with an avatar of 256 KB in base64, and something over.
	maxPage = 32 << 20
)

// List gives every user. Foreign are the tenant's owner, the user that rosterd logs in as, and those with a role or a provider that
// rosterd does not know. It is as the pages come, with one request each: a user that moves meanwhile may be given twice. An
// error is the last thing that it gives, and always an *sinks.Error.
func (s *Sink) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		for u, err := range s.pages(ctx) {
			if err != nil {
				yield(sinks.Found{}, err)
				return
			}
			if !yield(s.found(u), nil) {
				return
			}
		}
	}
}

// Lookup finds the user with that e-mail, without case: JITSudo has no place for the key. Several look-ups share one listing.
func (s *Sink) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	asked := a.Get(email).Text()
	if asked == "" {
		return nil, refused("no_email", "without its e-mail, a user of JITSudo can't be looked up")
	}
	hits, err := s.listings.users(ctx, asked)
	switch {
	case err != nil:
		return nil, err
	case len(hits) > 1:
		return nil, &sinks.Error{Class: sinks.Refused, Code: "ambiguous",
			Message: fmt.Sprintf("several users have this e-mail: ids %s and %s", hits[0].ID, hits[1].ID)}
	case len(hits) == 0:
		return nil, nil
	}
	found := s.found(hits[0])
	return &found, nil
}

// found is the user in the words of the schema, with the reason why it is none of ours.
func (s *Sink) found(u user) sinks.Found {
	f := u.found()
	f.Foreign = s.foreign(u)
	return f
}

// read makes one pass over the tenant.
func (s *Sink) read(ctx context.Context) (*listing, error) {
	l := &listing{byEmail: map[string][]user{}}
	for u, err := range s.pages(ctx) {
		if err != nil {
			return nil, err
		}
		folded := record.Fold(u.Email)
		if !slices.ContainsFunc(l.byEmail[folded], func(other user) bool { return other.ID == u.ID }) {
			l.byEmail[folded] = append(l.byEmail[folded], u)
		}
	}
	return l, nil
}

// pages follows the pages of the list to their end. What is missing from it would be created anew, so a list that can't be read to its
// end is an error.
func (s *Sink) pages(ctx context.Context) iter.Seq2[user, error] {
	return func(yield func(user, error) bool) {
		been := map[string]bool{}
		for cursor := ""; ; {
			p, err := s.page(ctx, cursor, pageSize)
			if err == nil && p.HasMore == nil && !p.NextCursor.there && len(*p.Data) >= pageSize {
				err = cutOff()
			}
			if err != nil {
				yield(user{}, err)
				return
			}
			for _, u := range *p.Data {
				s.watch(u)
				if !yield(u, nil) {
					return
				}
			}
			next, more := p.next()
			if !more {
				return
			}
			if next == "" || been[next] {
				yield(user{}, lost(next))
				return
			}
			been[next] = true
			cursor = next
		}
	}
}

// lost is a list that says there is more, and not where: it would be followed for ever, or end too early. So would one whose
// target does not know the parameter cursor, which the vendor describes and does not show.
func lost(cursor string) *sinks.Error {
	how := "not where"
	if cursor != "" {
		how = "names one that has been read"
	}
	return &sinks.Error{Class: sinks.Unknown, Code: "paging", Message: "the list of users says that there is a next page, but " + how}
}

// cutOff is a full page that says nothing of a next one: the names of those members are inferred, and by other names there may be more.
func cutOff() *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Code: "paging",
		Message: "a page of the list of users is full, and has neither has_more nor next_cursor: whether these are all can't be told"}
}

type page struct {
	Data       *[]user    `json:"data"`
	NextCursor nextCursor `json:"next_cursor"`
	HasMore    *bool      `json:"has_more"`
}

// nextCursor is where the list goes on, "" or null at its end.
type nextCursor struct {
	there bool // the page has that member
	text  string
}

func (c *nextCursor) UnmarshalJSON(b []byte) error {
	c.there = true
	return json.Unmarshal(b, &c.text)
}

func (p page) next() (cursor string, more bool) {
	if p.HasMore != nil {
		return p.NextCursor.text, *p.HasMore
	}
	return p.NextCursor.text, p.NextCursor.text != ""
}

func (s *Sink) page(ctx context.Context, cursor string, limit int) (page, error) {
	call := httpapi.Call{Does: httpapi.Read, Method: http.MethodGet, Path: fmt.Sprintf("/v1/users?limit=%d", limit), MaxAnswer: maxPage}
	if cursor != "" {
		call.Path += "&cursor=" + url.QueryEscape(cursor)
	}
	answer, err := s.do(ctx, call)
	if err != nil {
		return page{}, unlisted(err)
	}
	var p page
	err = json.Unmarshal(answer.Body, &p)
	if err == nil && p.Data == nil {
		err = errors.New("it has no list of users")
	}
	for i := 0; err == nil && i < len(*p.Data); i++ {
		err = (*p.Data)[i].whole()
	}
	if err != nil {
		return page{}, answer.Unreadable(call, err)
	}
	return p, nil
}

// unlisted says what it means that there is no list, whose existence is only inferred from those of other records.
func unlisted(err error) error {
	e, ok := errors.AsType[*sinks.Error](err)
	switch {
	case !ok:
		return err
	case e.Advice == adviseOther:
		e.Advice += "; or this JITSudo has no GET /v1/users, without which its users can be neither looked up nor adopted"
		return e
	case e.Class != sinks.NotFound && e.Status != http.StatusMethodNotAllowed:
		return err
	}
	return &sinks.Error{Class: sinks.Refused, Status: e.Status, Code: "no_list", Err: err,
		Message: "this JITSudo has no GET /v1/users (" + e.Error() + "), so its users can be neither looked up nor adopted; check base_url of the sink"}
}
