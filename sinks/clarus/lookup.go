package clarus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// pageSize is what a listing asks for. The vendor names no maximum; 100 is the usual default of such servers.
const pageSize = 100

// Lookup finds the user with that e-mail: the list of users shows no reference.
//
// It asks with ilike and compares here, without case. eq is "exact": if that minds the case, it would miss Jane@ when asked
// for jane@, and a second Jane would be created. ilike is "partial, without case", so it gives a superset whatever the
// server makes of _ and %, which are therefore not escaped: a server that escapes them itself would then find nothing.
func (u *Users) Lookup(ctx context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	email := a.Get("email").Text()
	if email == "" {
		return nil, &sinks.Error{Class: sinks.Refused, Code: "no_email", Message: "without an e-mail a user of Clarus can't be looked up"}
	}
	operator := "ilike"
	if strings.Contains(email, `\`) { // escapes in a pattern, on some servers: only eq surely finds it
		operator = "eq"
	}
	var found *sinks.Found
	for f, err := range u.users(ctx, "filter:{user_email:{"+operator+":"+quote(email)+"}}") {
		if err != nil {
			return nil, err
		}
		if record.Fold(f.Attrs.Get("email").Text()) != record.Fold(email) || found != nil && found.RemoteID == f.RemoteID {
			continue
		}
		if found != nil {
			return nil, &sinks.Error{Class: sinks.Refused, Code: "ambiguous",
				Message: fmt.Sprintf("several users have this e-mail: ids %s and %s", found.RemoteID, f.RemoteID)}
		}
		found = &f
	}
	if found != nil && !u.proven.Load() {
		u.doubts.add(found.RemoteID)
	}
	return found, nil
}

// List gives every user, page by page. An error is the last thing it gives, and always an *sinks.Error.
func (u *Users) List(ctx context.Context) iter.Seq2[sinks.Found, error] {
	return u.users(ctx, fmt.Sprintf("first:%d", pageSize))
}

// users follows the pages of subdomain_users. Values stand in the query itself, quoted: the names of the filters' types,
// which variables would need, are not all documented.
func (u *Users) users(ctx context.Context, arguments string) iter.Seq2[sinks.Found, error] {
	return func(yield func(sinks.Found, error) bool) {
		args := arguments
		for {
			p, err := u.page(ctx, args)
			if err != nil {
				yield(sinks.Found{}, err)
				return
			}
			for _, e := range p.Edges {
				if !yield(u.found(e.Node), nil) {
					return
				}
			}
			if !p.PageInfo.HasNextPage {
				return
			}
			next := arguments + ",after:" + quote(p.PageInfo.EndCursor)
			if p.PageInfo.EndCursor == "" || next == args {
				yield(sinks.Found{}, &sinks.Error{Class: sinks.Unknown, Code: "paging",
					Message: "the list of users says there is a next page, but not where"})
				return
			}
			args = next
		}
	}
}

type page struct {
	Edges    []struct{ Node node }
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

type node struct {
	ID   httpapi.ID
	User struct {
		ID          httpapi.ID
		Name, Email string
	}
}

func (u *Users) found(n node) sinks.Found {
	f := sinks.Found{RemoteID: string(n.User.ID), Attrs: record.Attrs{
		{Name: "email", Value: record.TextOf(n.User.Email)}, {Name: "name", Value: record.TextOf(n.User.Name)}}}
	if u.cfg.UserID == Node {
		f.RemoteID = string(n.ID)
	}
	return f
}

func (u *Users) page(ctx context.Context, arguments string) (page, error) {
	query := "{subdomain_users{all(" + arguments + "){edges{node{id user{id name email}}}pageInfo{hasNextPage endCursor}}}}"
	call := httpapi.Call{Does: httpapi.Read, Method: http.MethodPost, Path: "/graphql", Header: u.header,
		Body: []byte(`{"query":` + quote(query) + `}`)}
	answer, err := u.client.Do(ctx, call)
	if err != nil {
		return page{}, err
	}
	var doc struct {
		Data struct {
			SubdomainUsers struct{ All *page } `json:"subdomain_users"`
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(answer.Body, &doc); err != nil {
		return page{}, answer.Unreadable(call, err)
	}
	if len(doc.Errors) > 0 { // GraphQL reports them with status 200, beside half an answer
		return page{}, &sinks.Error{Class: sinks.Refused, Status: answer.Status, Code: "graphql",
			Message: httpapi.Words(doc.Errors[0].Message)}
	}
	all := doc.Data.SubdomainUsers.All
	if all == nil {
		return page{}, answer.Unreadable(call, errors.New("it has no list of users"))
	}
	for _, e := range all.Edges {
		if u.found(e.Node).RemoteID == "" {
			return page{}, answer.Unreadable(call, errors.New("a user in it has no id"))
		}
	}
	return *all, nil
}

// quote writes a text as JSON, which GraphQL's quoted strings can hold too.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
