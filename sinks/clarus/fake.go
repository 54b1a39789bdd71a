package clarus

import (
	"crypto/rand"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeOptions say how a fake tenant behaves. The zero value of each is the strictest reading of the vendor's pages.
type FakeOptions struct {
	Subdomain         string        // "acme" where it is empty
	ClientID          string        // "rosterd"
	ClientSecret      string        // "sandbox-secret"
	TokenLife         time.Duration // 2 h
	PageSize          int           // of lists that do not ask for a size: 50
	NodeOffset        int64         // the id of a node in the list of users is the user's and this: 1,000,000
	PatchByNode       bool          // an update of a user wants the node's id, and a create answers with it
	ReferenceOnUpdate bool          // an update may carry references
	CodeOnUpdate      bool          // an update of an account may carry its code
	TextIDs           bool          // ids are strings in answers
	Bare              bool          // answers lack the data wrapper
}

// Fake is a Clarus tenant in memory: strict where the vendor's pages say something, and JSON:API where they don't. It is
// the target of the tests, the demo and the sandbox. All methods may be called from any goroutine.
type Fake struct {
	o   FakeOptions
	mux *http.ServeMux

	mu              sync.RWMutex
	tokens          map[string]time.Time // and when each expires
	users, accounts *table
}

// NewFake returns a tenant without records.
func NewFake(o FakeOptions) *Fake {
	o.Subdomain = orElse(o.Subdomain, "acme")
	o.ClientID = orElse(o.ClientID, "rosterd")
	o.ClientSecret = orElse(o.ClientSecret, "sandbox-secret")
	o.TokenLife = orElse(o.TokenLife, 2*time.Hour)
	o.PageSize = orElse(o.PageSize, 50)
	o.NodeOffset = orElse(o.NodeOffset, 1_000_000)
	f := &Fake{o: o, mux: http.NewServeMux(), tokens: map[string]time.Time{},
		users: newTable(Users, 101, o), accounts: newTable(Accounts, 501, o)}
	f.users.node = o.NodeOffset
	if o.PatchByNode {
		f.users.rest = o.NodeOffset
	}
	f.mux.HandleFunc("POST /oauth/token", f.token)
	for _, t := range []*table{f.users, f.accounts} {
		f.mux.HandleFunc("POST /api/"+t.of.name, f.guarded(f.create(t)))
		f.mux.HandleFunc("PATCH /api/"+t.of.name+"/{id}", f.guarded(f.update(t)))
	}
	f.mux.HandleFunc("POST /graphql", f.guarded(f.graphql))
	return f
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Options are how it behaves, with what the zero values stand for.
func (f *Fake) Options() FakeOptions { return f.o }

// ServeHTTP answers as the tenant.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// Users are copies of all users, by id.
func (f *Fake) Users() []FakeRecord { return f.copies(f.users) }

// Accounts are copies of all accounts, by id.
func (f *Fake) Accounts() []FakeRecord { return f.copies(f.accounts) }

func (f *Fake) copies(t *table) []FakeRecord {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return append([]FakeRecord(nil), t.records...)
}

// Add puts a user in as somebody else would, past the API, and returns its id.
func (f *Fake) Add(a record.Attrs) int64 { return f.add(f.users, a) }

// AddAccount does the same with an account.
func (f *Fake) AddAccount(a record.Attrs) int64 { return f.add(f.accounts, a) }

func (f *Fake) add(t *table, a record.Attrs) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return t.insert(a)
}

// ExpireTokens makes every token given so far unacceptable.
func (f *Fake) ExpireTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.tokens)
}

// token is RFC 6749, 4.4, with id and secret in the form.
func (f *Fake) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	switch {
	case r.ParseForm() != nil || r.PostForm.Get("grant_type") != "client_credentials":
		reply(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	case r.PostForm.Get("client_id") != f.o.ClientID || r.PostForm.Get("client_secret") != f.o.ClientSecret:
		reply(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client",
			"error_description": "Client authentication failed due to unknown client"})
		return
	}
	now, token := time.Now(), rand.Text()
	f.mu.Lock()
	for t, expires := range f.tokens {
		if now.After(expires) {
			delete(f.tokens, t)
		}
	}
	f.tokens[token] = now.Add(f.o.TokenLife)
	f.mu.Unlock()
	reply(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer",
		"expires_in": max(1, int(f.o.TokenLife.Seconds())), "created_at": now.Unix()})
}

// guarded asks for the three headers that every request needs.
func (f *Fake) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		f.mu.RLock()
		expires, known := f.tokens[token]
		f.mu.RUnlock()
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch tenant := r.Header.Get("X-Clarus-Subdomain"); {
		case !known || time.Now().After(expires):
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			reply(w, http.StatusUnauthorized, map[string]string{"error": "The access token is invalid or expired"})
		case tenant == "":
			refuse(w, http.StatusBadRequest, fault{Code: "missing_header", Detail: "X-Clarus-Subdomain is required"})
		case tenant != f.o.Subdomain:
			refuse(w, http.StatusForbidden, fault{Code: "forbidden", Detail: "the token does not belong to this subdomain"})
		case media != "application/json":
			refuse(w, http.StatusUnsupportedMediaType, fault{Code: "media_type", Detail: "Content-Type must be application/json"})
		default:
			r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
			next(w, r)
		}
	}
}

// fault is one of JSON:API's errors.
type fault struct {
	Status string  `json:"status"`
	Code   string  `json:"code"`
	Title  string  `json:"title"`
	Detail string  `json:"detail"`
	Source *source `json:"source,omitempty"`
}

type source struct {
	Pointer string `json:"pointer"`
}

func refuse(w http.ResponseWriter, status int, faults ...fault) {
	for i := range faults {
		faults[i].Status = strconv.Itoa(status)
		faults[i].Title = http.StatusText(status)
	}
	reply(w, status, map[string][]fault{"errors": faults})
}

func reply(w http.ResponseWriter, status int, doc any) {
	b, err := json.Marshal(doc)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client has gone: nobody left to tell
}
