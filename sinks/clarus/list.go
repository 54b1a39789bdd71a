package clarus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// pageSize is what a listing asks for. The vendor names no maximum; 100 is the usual default of such servers.
const pageSize = 100

// List gives every record, with one request a page: the id that an update wants, natural key, name, and of an account the
// reference, if its slot is the first. It is as the pages come: a record that moves meanwhile may be given twice, and two
// records may share a natural key. An error is the last thing that it gives, and always an *sinks.Error.
func (s *Sink) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return s.pages(ctx, fmt.Sprintf("first:%d", pageSize))
}

// pages follows the pages of a list to their end. Values stand in the query itself, quoted: the names of the filters' types,
// which variables would need, are not all documented.
func (s *Sink) pages(ctx context.Context, arguments string) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		been := map[string]bool{}
		for args := arguments; ; {
			p, err := s.page(ctx, args)
			if err != nil {
				yield(sinks.Found{}, err)
				return
			}
			for _, e := range p.Edges {
				if !yield(s.of.found(s.cfg, e.Node), nil) {
					return
				}
			}
			if !p.PageInfo.HasNextPage {
				return
			}
			next := p.PageInfo.EndCursor
			if next == "" || been[next] {
				yield(sinks.Found{}, s.lost(next))
				return
			}
			been[next] = true
			args = arguments + ",after:" + quote(next)
		}
	}
}

// lost is a list that says there is more, and not where: it would be followed for ever, or end too early.
func (s *Sink) lost(cursor string) *sinks.Error {
	how := "not where"
	if cursor != "" {
		how = "names one that has been read"
	}
	return &sinks.Error{Class: sinks.Unknown, Code: "paging", Message: "the list of " + s.of.name + " says that there is a next page, but " + how}
}

type page struct {
	Edges    []struct{ Node node }
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

// page reads one page. A list that can't be read to its end is an error: what is missing from it would be created anew.
func (s *Sink) page(ctx context.Context, arguments string) (page, error) {
	query := "{" + s.of.list + "{all(" + arguments + "){edges{node{" + s.of.node + "}}pageInfo{hasNextPage endCursor}}}}"
	call := httpapi.Call{Does: httpapi.Read, Method: http.MethodPost, Path: "/graphql", Header: s.header,
		Body: []byte(`{"query":` + quote(query) + `}`)}
	answer, err := s.client.Do(ctx, call)
	if err != nil {
		return page{}, err
	}
	var doc struct {
		Data   map[string]struct{ All *page }
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(answer.Body, &doc); err != nil {
		return page{}, answer.Unreadable(call, err)
	}
	if len(doc.Errors) > 0 { // GraphQL reports them with status 200, beside half an answer
		return page{}, &sinks.Error{Class: sinks.Refused, Status: answer.Status, Code: "graphql",
			Message: httpapi.Words(doc.Errors[0].Message)}
	}
	all := doc.Data[s.of.list].All
	if all == nil {
		return page{}, answer.Unreadable(call, errors.New("it has no list of "+s.of.name))
	}
	for _, e := range all.Edges {
		if s.of.found(s.cfg, e.Node).RemoteID == "" {
			return page{}, answer.Unreadable(call, errors.New("one of its "+s.of.name+" has no id"))
		}
	}
	return *all, nil
}

// quote writes a text as JSON, which GraphQL's quoted strings can hold too.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
