package clarus

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// graphql is POST /graphql: subdomain_users { all(filter, first, after) }. Errors are answered with status 200.
func (f *Fake) graphql(w http.ResponseWriter, r *http.Request) {
	var doc struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&doc); err != nil {
		refuse(w, http.StatusBadRequest, fault{Code: "bad_request", Detail: err.Error()})
		return
	}
	root, err := parseQuery(doc.Query)
	var data any
	if err == nil {
		data, err = f.query(root)
	}
	if err != nil {
		reply(w, http.StatusOK, map[string]any{"errors": []map[string]string{{"message": err.Error()}}})
		return
	}
	reply(w, http.StatusOK, map[string]any{"data": data})
}

func (f *Fake) query(root []field) (any, error) {
	if len(root) != 1 || root[0].name != "subdomain_users" || len(root[0].fields) != 1 || root[0].fields[0].name != "all" {
		return nil, errors.New("expected subdomain_users { all { … } }")
	}
	all := root[0].fields[0]
	size, after, match, err := f.arguments(all.args)
	if err != nil {
		return nil, err
	}
	edges, last, more := f.pick(size, after, match)
	shown := make([]any, len(edges))
	for i, u := range edges {
		if shown[i], err = f.edge(u, all); err != nil {
			return nil, err
		}
	}
	out := map[string]any{}
	for _, part := range all.fields {
		switch part.name {
		case "edges":
			out["edges"] = shown
		case "pageInfo":
			out["pageInfo"] = map[string]any{"hasNextPage": more, "endCursor": strconv.FormatInt(last, 36)}
		default:
			return nil, fmt.Errorf("field '%s' doesn't exist on type 'SubdomainUserConnection'", part.name)
		}
	}
	return map[string]any{"subdomain_users": map[string]any{"all": out}}, nil
}

// pick is up to size matching users after that id, the id of the last, and whether there are more.
func (f *Fake) pick(size int, after int64, match func(FakeUser) bool) (picked []FakeUser, last int64, more bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for i := max(after-firstID+1, 0); i < int64(len(f.users)); i++ {
		if u := f.users[i]; match(u) {
			if len(picked) == size {
				return picked, last, true
			}
			picked, last = append(picked, u), u.ID
		}
	}
	return picked, last, false
}

func (f *Fake) arguments(args map[string]any) (size int, after int64, match func(FakeUser) bool, err error) {
	size, match = f.o.PageSize, func(FakeUser) bool { return true }
	for name, v := range args {
		switch v := v.(type) {
		case int64:
			if name != "first" || v < 1 {
				return 0, 0, nil, fmt.Errorf("argument '%s' is not accepted", name)
			}
			size = int(min(v, 500))
		case string:
			if after, err = strconv.ParseInt(v, 36, 64); name != "after" || err != nil {
				return 0, 0, nil, fmt.Errorf("argument '%s' is not accepted: %q", name, v)
			}
		case map[string]any:
			if match, err = filter(v); name != "filter" || err != nil {
				return 0, 0, nil, fmt.Errorf("argument '%s' is not accepted: %w", name, err)
			}
		}
	}
	return size, after, match, nil
}

// filter is {user_email: {eq | ilike: text}}: eq minds the case, as a database does; ilike is partial and does not.
func filter(v map[string]any) (func(FakeUser) bool, error) {
	operators, ok := v["user_email"].(map[string]any)
	if !ok || len(v) != 1 || len(operators) != 1 {
		return nil, errors.New("expected user_email with one operator")
	}
	if text, ok := operators["eq"].(string); ok {
		return func(u FakeUser) bool { return u.Attrs.Get("email").Text() == text }, nil
	}
	text, ok := operators["ilike"].(string)
	if !ok {
		return nil, errors.New("expected eq or ilike with a text")
	}
	text = record.Fold(text)
	if !strings.ContainsAny(text, `%_\`) {
		return func(u FakeUser) bool { return strings.Contains(u.folded, text) }, nil
	}
	pattern, err := regexp.Compile(strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(text)))
	if err != nil {
		return nil, err
	}
	return func(u FakeUser) bool { return pattern.MatchString(u.folded) }, nil
}

// edge shows what the documented node has, and nothing else: id, and a user with id, name and email.
func (f *Fake) edge(u FakeUser, all field) (any, error) {
	whole := map[string]any{"node": map[string]any{
		"id": strconv.FormatInt(u.ID+f.o.NodeOffset, 10),
		"user": map[string]any{"id": strconv.FormatInt(u.ID, 10), "name": u.Attrs.Get("name").Text(),
			"email": u.Attrs.Get("email").Text()},
	}}
	for _, part := range all.fields {
		if part.name == "edges" {
			return choose(whole, part.fields)
		}
	}
	return whole, nil
}

// choose keeps the selected fields.
func choose(whole map[string]any, fields []field) (map[string]any, error) {
	out := map[string]any{}
	for _, sel := range fields {
		v, ok := whole[sel.name]
		if !ok {
			return nil, fmt.Errorf("field '%s' doesn't exist", sel.name)
		}
		if inner, ok := v.(map[string]any); ok {
			var err error
			if v, err = choose(inner, sel.fields); err != nil {
				return nil, err
			}
		}
		out[sel.name] = v
	}
	return out, nil
}
