package jitsudo

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeOptions say how a fake tenant behaves. The zero value of each is the strictest reading of the vendor's pages.
type FakeOptions struct {
	TenantID     string        // the one of the vendor's sample where it is empty
	APIKey       string        // "sandbox-key"
	Email        string        // of the user that rosterd logs in as, an admin: "rosterd@example.com"
	Password     string        // "sandbox-password"
	Owner        string        // e-mail of the tenant's owner: "owner@example.com"
	TokenLife    time.Duration // 1 h
	PageSize     int           // the most users on a page, whatever a list asks for; 0: what it asks for
	MinPassword  int           // characters: 8
	SecondFactor bool          // a login answers with a challenge
	Enrolment    bool          // a login answers that a second factor has to be set up
	KeysReadOnly bool          // an API key can't change users
	Forbid       string        // users whose e-mail ends so may not be written to, by policy; "": none
	Avatar       int           // length of each user's avatar in answers
}

// Fake is a JITSudo tenant in memory, with its owner and the user that rosterd logs in as: the target of the tests, the demo and the
// sandbox. All methods may be called from any goroutine.
type Fake struct {
	o   FakeOptions
	mux *http.ServeMux

	mu      sync.RWMutex
	tokens  map[string]token
	records []FakeRecord   // by id, without a gap
	holders map[string]int // places in records, by folded e-mail
}

// token is a proof that a user has logged in.
type token struct {
	holder  int // place in records
	expires time.Time
}

// NewFake returns a tenant with no more than those two users.
func NewFake(o FakeOptions) *Fake {
	o.TenantID = orElse(o.TenantID, "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0")
	o.APIKey = orElse(o.APIKey, "sandbox-key")
	o.Email = orElse(o.Email, "rosterd@example.com")
	o.Password = orElse(o.Password, "sandbox-password")
	o.Owner = orElse(o.Owner, "owner@example.com")
	o.TokenLife = orElse(o.TokenLife, time.Hour)
	o.MinPassword = orElse(o.MinPassword, 8)
	f := &Fake{o: o, mux: http.NewServeMux(), tokens: map[string]token{}, holders: map[string]int{}}
	for _, one := range []struct{ email, name, password string }{{o.Owner, "Owner", rand.Text()}, {o.Email, "rosterd", o.Password}} {
		f.Add(record.Attrs{{Name: email, Value: record.TextOf(one.email)}, {Name: name, Value: record.TextOf(one.name)},
			{Name: password, Value: record.TextOf(one.password)}, {Name: roles, Value: record.ListOf([]string{"admin"})}})
	}
	f.records[0].Owner = true
	f.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	f.mux.HandleFunc("POST /v1/auth/login", f.ofTenant(f.login))
	f.mux.HandleFunc("GET /v1/users", f.guarded(f.list))
	f.mux.HandleFunc("POST /v1/users", f.guarded(f.create))
	f.mux.HandleFunc("PUT /v1/users/{id}", f.guarded(f.update))
	f.mux.HandleFunc("POST /v1/users/{id}/suspend", f.guarded(f.suspend))
	return f
}

// Options are how it behaves, with what the zero values stand for.
func (f *Fake) Options() FakeOptions { return f.o }

// ServeHTTP answers as the tenant.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// ExpireTokens makes every token given so far unacceptable.
func (f *Fake) ExpireTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.tokens)
}

// login is POST /v1/auth/login, for local users.
func (f *Fake) login(w http.ResponseWriter, r *http.Request) {
	a, wrong := read(r, email, password)
	f.mu.Lock()
	defer f.mu.Unlock()
	at, known := f.holders[record.Fold(a.Get(email).Text())]
	switch {
	case wrong != nil:
		wrong.refuse(w)
	case !known || f.records[at].password == "" || f.records[at].password != a.Get(password).Text() || !f.records[at].on():
		refuse(w, http.StatusUnauthorized, "unauthenticated", "invalid e-mail or password")
	case f.o.Enrolment:
		reply(w, http.StatusOK, map[string]any{"must_enroll": true})
	case f.o.SecondFactor:
		reply(w, http.StatusOK, map[string]any{"mfa_required": true, "challenge_id": rand.Text(), "methods": []string{"totp"}})
	default:
		now := time.Now()
		for value, t := range f.tokens {
			if now.After(t.expires) {
				delete(f.tokens, value)
			}
		}
		value, expires := rand.Text(), now.Add(f.o.TokenLife)
		f.tokens[value] = token{at, expires}
		reply(w, http.StatusOK, map[string]any{"token": value, "expires_at": expires.UTC().Format(time.RFC3339Nano)})
	}
}

// ofTenant asks for the tenant's header, which every path but /healthz wants.
func (f *Fake) ofTenant(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch tenant := r.Header.Get(headerTenant); {
		case !uuid.MatchString(tenant):
			refuse(w, http.StatusBadRequest, "invalid_input", headerTenant+" is required and has to be a UUID")
		case !strings.EqualFold(tenant, f.o.TenantID):
			refuse(w, http.StatusForbidden, "tenant_mismatch", "the credential does not belong to this tenant")
		default:
			next(w, r)
		}
	}
}

// guarded asks for a credential besides, and for an admin's where something is to be changed.
func (f *Fake) guarded(next http.HandlerFunc) http.HandlerFunc {
	return f.ofTenant(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-API-Key")
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		f.mu.RLock()
		t, known := f.tokens[bearer]
		admin := known && slices.Contains(f.records[t.holder].Attrs.Get(roles).List(), "admin")
		f.mu.RUnlock()
		reads := r.Method == http.MethodGet
		switch {
		case key != "" && bearer != "":
			refuse(w, http.StatusBadRequest, "invalid_input", "two credentials")
		case key != "" && (key != f.o.APIKey || f.o.KeysReadOnly && !reads),
			key == "" && (!known || time.Now().After(t.expires)):
			refuse(w, http.StatusUnauthorized, "unauthenticated", "the credential is missing, invalid or expired")
		case key == "" && !admin && !reads:
			refuse(w, http.StatusForbidden, "forbidden", "denied by policy", "only admins manage users")
		default:
			next(w, r)
		}
	})
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
