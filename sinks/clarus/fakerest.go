package clarus

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/rosterd/rosterd/sync/record"
)

// create is POST /api/users and /api/accounts.
func (f *Fake) create(t *table) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := readAttributes(r.Body, t.of.name)
		if err != nil {
			refuse(w, http.StatusBadRequest, fault{Code: "bad_request", Detail: err.Error()})
			return
		}
		faults := t.check(a, true)
		f.mu.Lock()
		defer f.mu.Unlock()
		if faults = append(faults, t.clash(a, 0)...); len(faults) > 0 {
			refuse(w, http.StatusUnprocessableEntity, faults...)
			return
		}
		id := t.insert(a)
		f.show(w, http.StatusCreated, t, t.records[id-t.first])
	}
}

// update is PATCH /api/users/{id} and /api/accounts/{id}: what is not named stays, null clears.
func (f *Fake) update(t *table) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := readAttributes(r.Body, t.of.name)
		if err != nil {
			refuse(w, http.StatusBadRequest, fault{Code: "bad_request", Detail: err.Error()})
			return
		}
		faults := t.check(a, false)
		f.mu.Lock()
		defer f.mu.Unlock()
		rec := t.byPath(r.PathValue("id"))
		if rec == nil {
			refuse(w, http.StatusNotFound, fault{Code: "not_found", Detail: "Couldn't find " + t.of.one + " with 'id'=" + r.PathValue("id")})
			return
		}
		if faults = append(faults, t.clash(a, rec.ID)...); len(faults) > 0 {
			refuse(w, http.StatusUnprocessableEntity, faults...)
			return
		}
		t.alter(rec, a)
		f.show(w, http.StatusOK, t, *rec)
	}
}

// readAttributes takes exactly the documented wrapper.
func readAttributes(body io.Reader, resource string) (record.Attrs, error) {
	var doc struct {
		Data *struct {
			Type       string          `json:"type"`
			Attributes json.RawMessage `json:"attributes"`
		} `json:"data"`
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON document")
	}
	if doc.Data == nil || doc.Data.Type != resource || len(doc.Data.Attributes) == 0 {
		return nil, errors.New("expected data with type " + resource + " and attributes")
	}
	return record.ParseAttrs(doc.Data.Attributes)
}

// show answers with a record: every attribute, null where it has none.
func (f *Fake) show(w http.ResponseWriter, status int, t *table, rec FakeRecord) {
	id := rec.ID + t.rest
	b := []byte(`{"id":`)
	if f.o.TextIDs {
		b = append(strconv.AppendInt(append(b, '"'), id, 10), '"')
	} else {
		b = strconv.AppendInt(b, id, 10)
	}
	b = append(b, `,"type":"`+t.of.name+`","attributes":`...)
	all := make(record.Attrs, len(t.rule.Attributes))
	for i, decl := range t.rule.Attributes {
		all[i] = record.Attr{Name: decl.Name, Value: rec.Attrs.Get(decl.Name)}
	}
	b = append(all.AppendJSON(b), '}')
	if !f.o.Bare {
		b = append(append([]byte(`{"data":`), b...), '}')
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client has gone: nobody left to tell
}
