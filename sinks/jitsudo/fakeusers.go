package jitsudo

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeRecord is one user of the fake.
type FakeRecord struct {
	ID    string       `json:"id"`
	Attrs record.Attrs `json:"attributes"` // all but the password
	Owner bool         `json:"is_owner"`

	password         string
	created, updated time.Time
}

func (rec *FakeRecord) on() bool { return rec.Attrs.Get(active).True() }

// Users are copies of all users, by id: the owner and the user that rosterd logs in as are the first two.
func (f *Fake) Users() []FakeRecord {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return slices.Clone(f.records)
}

// Password is what a user can log in with, "" for one that has none.
func (f *Fake) Password(id string) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if rec := f.byPath(id); rec != nil {
		return rec.password
	}
	return ""
}

// Add puts a user in as somebody else would, past the API and its rules, and returns its id.
func (f *Fake) Add(a record.Attrs) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.insert(a).ID
}

// SetOwner makes a user the tenant's owner, in place of whoever is.
func (f *Fake) SetOwner(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.records {
		f.records[i].Owner = f.records[i].ID == id
	}
}

// insert stores a user with the defaults of a creation.
func (f *Fake) insert(a record.Attrs) *FakeRecord {
	all := record.Attrs{{Name: active, Value: record.BoolOf(true)}, {Name: provider, Value: record.TextOf(local)}}.Merge(a)
	now := time.Now().UTC()
	f.holders[record.Fold(a.Get(email).Text())] = len(f.records)
	f.records = append(f.records, FakeRecord{ID: fmt.Sprintf(idForm, len(f.records)+1), Attrs: all.Without(password),
		password: a.Get(password).Text(), created: now, updated: now})
	return &f.records[len(f.records)-1]
}

// idForm is the form of ids: UUIDs that are the same in every test.
const (
	idForm   = idPrefix + "%012d"
	idPrefix = "00000000-0000-4000-8000-"
)

// byPath is the user with the id that a path names, nil for none.
func (f *Fake) byPath(id string) *FakeRecord {
	digits, ok := strings.CutPrefix(id, idPrefix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > len(f.records) {
		return nil
	}
	return &f.records[n-1]
}

// create is POST /v1/users.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	a, wrong := read(r, email, name, roles, "?", provider, password)
	if wrong == nil {
		wrong = f.invalid(a)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, taken := f.holders[record.Fold(a.Get(email).Text())]
	switch {
	case wrong != nil:
		wrong.refuse(w)
	case f.forbids(a):
		refuse(w, http.StatusForbidden, "forbidden", "denied by policy", "users of "+f.o.Forbid+" are managed elsewhere")
	case taken:
		refuse(w, http.StatusConflict, "conflict", "User already exists")
	default:
		f.show(w, http.StatusCreated, f.insert(a))
	}
}

// update is PUT /v1/users/{id}: name and roles, both.
func (f *Fake) update(w http.ResponseWriter, r *http.Request) {
	a, wrong := read(r, name, roles)
	if wrong == nil {
		wrong = invalidRoles(a)
	}
	f.change(w, r, a, wrong, !slices.Contains(a.Get(roles).List(), "admin"))
}

// suspend is POST /v1/users/{id}/suspend: false suspends, true reactivates.
func (f *Fake) suspend(w http.ResponseWriter, r *http.Request) {
	a, wrong := read(r, active)
	f.change(w, r, a, wrong, !a.Get(active).True())
}

func (f *Fake) change(w http.ResponseWriter, r *http.Request, a record.Attrs, wrong *wrong, lowers bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rec := f.byPath(r.PathValue("id"))
	switch {
	case rec == nil:
		refuse(w, http.StatusNotFound, "not_found", "User not found")
	case wrong != nil:
		wrong.refuse(w)
	case rec.Owner && lowers:
		refuse(w, http.StatusForbidden, "forbidden", "denied by policy", "the owner can't be suspended or demoted")
	case f.forbids(rec.Attrs):
		refuse(w, http.StatusForbidden, "forbidden", "denied by policy", "users of "+f.o.Forbid+" are managed elsewhere")
	default:
		rec.Attrs, rec.updated = rec.Attrs.Merge(a), time.Now().UTC()
		f.show(w, http.StatusOK, rec)
	}
}

func (f *Fake) forbids(a record.Attrs) bool {
	return f.o.Forbid != "" && strings.HasSuffix(record.Fold(a.Get(email).Text()), record.Fold(f.o.Forbid))
}

// invalid holds a user to be created against the vendor's pages.
func (f *Fake) invalid(a record.Attrs) *wrong {
	bad := func(message string) *wrong { return &wrong{http.StatusBadRequest, "invalid_input", message} }
	before, domain, _ := strings.Cut(a.Get(email).Text(), "@")
	secret, by := a.Get(password).Text(), orElse(a.Get(provider).Text(), local)
	switch {
	case before == "" || domain == "" || strings.ContainsAny(before+domain, " @\t\r\n"):
		return bad("email is not an e-mail address")
	case !slices.Contains(allProviders(), by):
		return bad("auth_provider must be one of local, oidc, saml")
	case by == local && utf8.RuneCountInString(secret) < f.o.MinPassword:
		return bad(fmt.Sprintf("a local user needs a password of at least %d characters", f.o.MinPassword))
	case by != local && secret != "":
		return bad("password must be omitted for OIDC and SAML users")
	}
	return invalidRoles(a)
}

func invalidRoles(a record.Attrs) *wrong {
	list := slices.Sorted(slices.Values(a.Get(roles).List()))
	if len(list) == 0 || len(slices.Compact(slices.Clone(list))) < len(list) {
		return &wrong{http.StatusUnprocessableEntity, "invalid_roles", "roles must name at least one role, and none twice"}
	}
	for _, role := range list {
		if !slices.Contains(allRoles(), role) {
			return &wrong{http.StatusUnprocessableEntity, "invalid_roles", "unknown role " + role}
		}
	}
	return nil
}
