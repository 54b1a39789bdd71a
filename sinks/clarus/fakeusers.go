package clarus

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// create is POST /api/users.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	a, err := readAttributes(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, fault{Code: "bad_request", Detail: err.Error()})
		return
	}
	faults := f.check(a, true)
	f.mu.Lock()
	defer f.mu.Unlock()
	if faults = append(faults, f.clash(a, 0)...); len(faults) > 0 {
		refuse(w, http.StatusUnprocessableEntity, faults...)
		return
	}
	id := f.insert(a)
	f.show(w, http.StatusCreated, f.users[id-firstID])
}

// update is PATCH /api/users/{id}: what is not named stays, null clears.
func (f *Fake) update(w http.ResponseWriter, r *http.Request) {
	a, err := readAttributes(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, fault{Code: "bad_request", Detail: err.Error()})
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if f.o.PatchByNode {
		id -= f.o.NodeOffset
	}
	faults := f.check(a, false)
	f.mu.Lock()
	defer f.mu.Unlock()
	at := int(id - firstID)
	if err != nil || at < 0 || at >= len(f.users) {
		refuse(w, http.StatusNotFound, fault{Code: "not_found", Detail: "Couldn't find User with 'id'=" + r.PathValue("id")})
		return
	}
	if faults = append(faults, f.clash(a, id)...); len(faults) > 0 {
		refuse(w, http.StatusUnprocessableEntity, faults...)
		return
	}
	u := &f.users[at]
	delete(f.emails, u.folded)
	u.Attrs = u.Attrs.Merge(a)
	u.folded = record.Fold(u.Attrs.Get("email").Text())
	f.emails[u.folded] = id
	f.show(w, http.StatusOK, *u)
}

// readAttributes takes exactly the documented wrapper.
func readAttributes(body io.Reader) (record.Attrs, error) {
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
	if doc.Data == nil || doc.Data.Type != "users" || len(doc.Data.Attributes) == 0 {
		return nil, errors.New("expected data with type users and attributes")
	}
	return record.ParseAttrs(doc.Data.Attributes)
}

// check holds attributes against the vendor's pages. The order of the faults is that of the names.
func (f *Fake) check(a record.Attrs, creating bool) []fault {
	var faults []fault
	say := func(name, code, detail string) {
		faults = append(faults, fault{Code: code, Detail: detail, Source: &source{"/data/attributes/" + name}})
	}
	for i, at := range a {
		decl, known := f.rule.Lookup(at.Name)
		onUpdate := !isReference(at.Name) || f.o.ReferenceOnUpdate
		switch {
		case !known || !creating && !onUpdate:
			say(at.Name, "unpermitted", "found unpermitted parameter: "+at.Name)
		case i > 0 && a[i-1].Name == at.Name:
			say(at.Name, "duplicate_member", at.Name+" is there twice")
		case !fits(decl.Type, at.Value):
			say(at.Name, "invalid_type", at.Name+" must be "+decl.Type.String())
		case at.Name == "email" && !at.Value.IsNull() && !isAddress(at.Value.Text()):
			say("email", "invalid", "Email is invalid")
		case decl.Required && strings.TrimSpace(at.Value.Text()) == "":
			say(at.Name, "blank", at.Name+" can't be blank")
		}
	}
	for _, decl := range f.rule.Attributes {
		if _, given := a.Lookup(decl.Name); creating && decl.Required && !given {
			say(decl.Name, "blank", decl.Name+" can't be blank")
		}
	}
	return faults
}

// clash is the fault of an e-mail that another user has. The lock is held.
func (f *Fake) clash(a record.Attrs, own int64) []fault {
	email := a.Get("email").Text()
	if holder, ok := f.emails[record.Fold(email)]; email == "" || !ok || holder == own {
		return nil
	}
	return []fault{{Code: "taken", Detail: "Email has already been taken", Source: &source{"/data/attributes/email"}}}
}

func fits(t record.Type, v record.Value) bool {
	want := []record.Kind{record.TypeText: record.Text, record.TypeInt: record.Int, record.TypeBool: record.Bool,
		record.TypeTime: record.Text, record.TypeTexts: record.List}[t]
	return v.Kind() == want || v.IsNull() && t != record.TypeBool
}

// isAddress is a minimal look at an e-mail address, as a form makes it.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n,;<>") && !strings.Contains(domain, "@") &&
		!slices.Contains(strings.Split(domain, "."), "")
}

// show answers with a user: every attribute, null where it has none.
func (f *Fake) show(w http.ResponseWriter, status int, u FakeUser) {
	id := u.ID
	if f.o.PatchByNode {
		id += f.o.NodeOffset
	}
	b := []byte(`{"id":`)
	if f.o.TextIDs {
		b = append(strconv.AppendInt(append(b, '"'), id, 10), '"')
	} else {
		b = strconv.AppendInt(b, id, 10)
	}
	b = append(b, `,"type":"users","attributes":`...)
	all := make(record.Attrs, len(f.rule.Attributes))
	for i, decl := range f.rule.Attributes {
		all[i] = record.Attr{Name: decl.Name, Value: u.Attrs.Get(decl.Name)}
	}
	b = append(all.AppendJSON(b), '}')
	if !f.o.Bare {
		b = append(append([]byte(`{"data":`), b...), '}')
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client has gone: nobody left to tell
}
