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

// graphql is POST /graphql: subdomain_users or accounts { all(filter, first, after) }. Errors are answered with status 200.
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
	if len(root) != 1 || len(root[0].fields) != 1 || root[0].fields[0].name != "all" {
		return nil, errors.New("expected one list { all { … } }")
	}
	var t *table
	for _, one := range []*table{f.users, f.accounts} {
		if one.of.list == root[0].name {
			t = one
		}
	}
	if t == nil {
		return nil, fmt.Errorf("field '%s' doesn't exist on type 'Query'", root[0].name)
	}
	all := root[0].fields[0]
	size, after, match, err := t.arguments(all.args)
	if err != nil {
		return nil, err
	}
	edges, last, more := f.pick(t, size, after, match)
	shown := make([]any, len(edges))
	for i, rec := range edges {
		if shown[i], err = t.edge(rec, all); err != nil {
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
			return nil, fmt.Errorf("field '%s' doesn't exist on the connection", part.name)
		}
	}
	return map[string]any{t.of.list: map[string]any{"all": out}}, nil
}

// pick is up to size matching records after that id, the id of the last, and whether there are more.
func (f *Fake) pick(t *table, size int, after int64, match func(FakeRecord) bool) (picked []FakeRecord, last int64, more bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for i := max(after-t.first+1, 0); i < int64(len(t.records)); i++ {
		if rec := t.records[i]; match(rec) {
			if len(picked) == size {
				return picked, last, true
			}
			picked, last = append(picked, rec), rec.ID
		}
	}
	return picked, last, false
}

func (t *table) arguments(args map[string]any) (size int, after int64, match func(FakeRecord) bool, err error) {
	size, match = t.o.PageSize, func(FakeRecord) bool { return true }
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
			if match, err = t.filter(v); name != "filter" || err != nil {
				return 0, 0, nil, fmt.Errorf("argument '%s' is not accepted: %w", name, err)
			}
		}
	}
	return size, after, match, nil
}

// filter is {user_email or code: {eq | ilike: text}}: eq minds the case, as a database does; ilike is partial and does not.
func (t *table) filter(v map[string]any) (func(FakeRecord) bool, error) {
	operators, ok := v[t.of.filter].(map[string]any)
	if !ok || len(v) != 1 || len(operators) != 1 {
		return nil, fmt.Errorf("expected %s with one operator", t.of.filter)
	}
	if text, ok := operators["eq"].(string); ok {
		return func(rec FakeRecord) bool { return rec.Attrs.Get(t.rule.Natural).Text() == text }, nil
	}
	text, ok := operators["ilike"].(string)
	if !ok {
		return nil, errors.New("expected eq or ilike with a text")
	}
	text = record.Fold(text)
	if !strings.ContainsAny(text, `%_\`) {
		return func(rec FakeRecord) bool { return strings.Contains(rec.folded, text) }, nil
	}
	pattern, err := regexp.Compile(strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(text)))
	if err != nil {
		return nil, err
	}
	return func(rec FakeRecord) bool { return pattern.MatchString(rec.folded) }, nil
}

// edge shows what of the documented node is selected.
func (t *table) edge(rec FakeRecord, all field) (any, error) {
	whole := map[string]any{"node": t.shown(rec)}
	for _, part := range all.fields {
		if part.name == "edges" {
			return choose(whole, part.fields)
		}
	}
	return whole, nil
}

// shown is the documented node, and nothing else.
func (t *table) shown(rec FakeRecord) map[string]any {
	id := strconv.FormatInt(rec.ID+t.node, 10)
	if t.of.name == Users {
		return map[string]any{"id": id, "user": map[string]any{"id": strconv.FormatInt(rec.ID, 10),
			"name": rec.Attrs.Get("name"), "email": rec.Attrs.Get("email")}}
	}
	return map[string]any{"id": id, "code": rec.Attrs.Get("code"), "name": rec.Attrs.Get("name"), "is_short_pickable": false,
		"external_system_reference1": rec.Attrs.Get("external_system_reference1"), "vat_number": nil}
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
