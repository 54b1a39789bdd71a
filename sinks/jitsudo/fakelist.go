package jitsudo

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// list is GET /v1/users?limit=&cursor=, in the order of creation.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	const fallback, most = 50, 100
	query, err := url.ParseQuery(r.URL.RawQuery)
	for parameter := range query {
		if parameter != "limit" && parameter != "cursor" {
			refuse(w, http.StatusBadRequest, "invalid_input", "unknown parameter "+parameter)
			return
		}
	}
	limit, from := fallback, 0
	if given := query.Get("limit"); given != "" && err == nil {
		limit, err = strconv.Atoi(given)
	}
	if cursor := query.Get("cursor"); cursor != "" && err == nil {
		var plain []byte
		if plain, err = base64.RawURLEncoding.DecodeString(cursor); err == nil {
			from, err = strconv.Atoi(strings.TrimPrefix(string(plain), "after:"))
		}
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if err != nil || limit < 1 || limit > most || from < 0 || from > len(f.records) {
		refuse(w, http.StatusBadRequest, "invalid_input", "limit or cursor is invalid")
		return
	}
	if f.o.PageSize > 0 {
		limit = min(limit, f.o.PageSize)
	}
	end := min(from+limit, len(f.records))
	doc := map[string]any{"has_more": end < len(f.records), "next_cursor": nil}
	if end < len(f.records) {
		doc["next_cursor"] = base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.Itoa(end)))
	}
	data := make([]any, 0, end-from)
	for i := from; i < end; i++ {
		data = append(data, f.shown(&f.records[i]))
	}
	doc["data"] = data
	reply(w, http.StatusOK, doc)
}

func (f *Fake) show(w http.ResponseWriter, status int, rec *FakeRecord) {
	reply(w, status, f.shown(rec))
}

// shown is a user as answers show it.
func (f *Fake) shown(rec *FakeRecord) map[string]any {
	out := map[string]any{"id": rec.ID, "email_verified": true, "is_owner": rec.Owner, "created_at": rec.created, "updated_at": rec.updated}
	for _, a := range rec.Attrs {
		out[a.Name] = a.Value
	}
	if f.o.Avatar > 0 {
		out["avatar_base64"] = "data:image/png;base64," + strings.Repeat("A", f.o.Avatar)
	}
	return out
}
