package ece

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// fakeUser is a user of the fake and what only the API tells of it. It is guarded by the fake's lock.
type fakeUser struct {
	FakeRecord
	created, updated time.Time
}

// insert stores a user with the defaults of a creation. The caller holds the lock.
func (f *Fake) insert(a record.Attrs) *fakeUser {
	u := &fakeUser{FakeRecord: FakeRecord{ID: a.Get(natural).Text(), Realm: realmNative}, created: time.Now()}
	f.byName[f.nameKey(u.ID)] = u
	f.users = append(f.users, u)
	f.merge(u, a)
	return u
}

// merge is the merge patch: what is not named stays, null removes or brings the default back, a list replaces.
func (f *Fake) merge(u *fakeUser, a record.Attrs) {
	if secret, given := a.Lookup(password); given {
		u.Password = secret.Text()
	}
	u.Attrs = u.Attrs.Merge(a).Merge(record.Attrs{{Name: password}})
	if _, given := u.Attrs.Lookup(active); !given {
		u.Attrs = u.Attrs.Merge(record.Attrs{{Name: active, Value: record.BoolOf(true)}})
	}
	u.updated = time.Now()
}

// nameKey is what two users can't have both.
func (f *Fake) nameKey(name string) string {
	if f.o.MindsCase {
		return name
	}
	return record.Fold(name)
}

// named is the user of that name, nil for none.
func (f *Fake) named(name string) *fakeUser { return f.byName[f.nameKey(name)] }

// create is POST /users.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	a, faults := readUser(r)
	if len(faults) == 0 {
		faults = f.checkCreate(a)
	}
	if len(faults) > 0 {
		refuse(w, http.StatusBadRequest, faults...)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.named(a.Get(natural).Text()) != nil {
		refuse(w, http.StatusConflict, fault{"user.user_name.conflict", "The username is already in use", []string{natural}})
		return
	}
	show(w, f.insert(a))
}

// update is PATCH /users/{user_name}.
func (f *Fake) update(w http.ResponseWriter, r *http.Request) {
	a, faults := readUser(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.named(r.PathValue(natural))
	switch {
	case u == nil:
		notFound(w)
	case u.Builtin:
		refuse(w, http.StatusBadRequest, fault{"user.cannot_modify", "Built-in users can't be modified", nil})
	case u.Realm != realmNative:
		refuse(w, http.StatusBadRequest, fault{"user.cannot_modify_external", "External users can't be modified", nil})
	default:
		if faults = append(faults, f.checkUpdate(u, a)...); len(faults) > 0 {
			refuse(w, http.StatusBadRequest, faults...)
			return
		}
		f.merge(u, a)
		show(w, u)
	}
}

// get is GET /users/{user_name}.
func (f *Fake) get(w http.ResponseWriter, r *http.Request) { f.showNamed(w, r.PathValue(natural)) }

// current is GET /user.
func (f *Fake) current(w http.ResponseWriter, _ *http.Request) { f.showNamed(w, f.o.Username) }

func (f *Fake) showNamed(w http.ResponseWriter, name string) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if u := f.named(name); u != nil {
		show(w, u)
		return
	}
	notFound(w)
}

// list is GET /users: without pages, and without disabled users unless they are asked for.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	disabled, err := strconv.ParseBool(orElse(r.URL.Query().Get("include_disabled"), "false"))
	if err != nil {
		refuse(w, http.StatusBadRequest, fault{codeInvalid, "include_disabled must be true or false", []string{"include_disabled"}})
		return
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	b := []byte(`{"users":[`)
	for _, u := range f.users {
		if !disabled && !u.Attrs.Get(active).True() {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = u.appendJSON(b)
	}
	send(w, append(b, "]}"...))
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, fault{codeUserNotFound, "User not found", nil})
}

func show(w http.ResponseWriter, u *fakeUser) { send(w, u.appendJSON(nil)) }

func send(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(b) // the client has gone: nobody left to tell
}

// appendJSON writes a user as the vendor's page shows one. Members without a value are left out, and the password always.
func (u *fakeUser) appendJSON(b []byte) []byte {
	text := func(name, value string) record.Attr { return record.Attr{Name: name, Value: record.TextOf(value)} }
	top := record.Attrs{text("email", u.Attrs.Get("email").Text()), text("full_name", u.Attrs.Get("full_name").Text()),
		text(natural, u.ID), {Name: "builtin", Value: record.BoolOf(u.Builtin)}}
	security := record.Attrs{{Name: "enabled", Value: u.Attrs.Get(active)}, {Name: "roles", Value: u.Attrs.Get(roles)}}
	realm := record.Attrs{text("type", u.Realm), text("id", u.Realm)}
	made := record.Attrs{text("created_at", u.created.UTC().Format(time.RFC3339)), text("updated_at", u.updated.UTC().Format(time.RFC3339))}
	b = top.Keepable().AppendJSON(b)
	b = made.AppendJSON(append(b[:len(b)-1], `,"metadata":`...))
	b = security.Keepable().AppendJSON(append(b, `,"security":`...))
	b = realm.AppendJSON(append(b[:len(b)-1], `,"security_realm":`...))
	return append(b, "}}"...)
}

// readUser takes one object and nothing after it, and makes it flat: security.roles.
func readUser(r *http.Request) (record.Attrs, []fault) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, []fault{{codeInvalid, err.Error(), nil}}
	}
	return flatten(text)
}
