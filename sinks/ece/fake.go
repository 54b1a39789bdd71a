package ece

import (
	"crypto/subtle"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeOptions say how a fake ECE behaves. The zero value of each is the strictest reading of the vendor's pages.
type FakeOptions struct {
	APIKey         string   // "sandbox-key" where it is empty
	Username       string   // of the client, a native platform administrator: "rosterd"
	Password       string   // "sandbox-secret"
	Emails         bool     // user names may have @ in them, besides what DefaultUserNames has
	MindsCase      bool     // user names may differ in case alone, and are found only as they are spelled
	ForbiddenRoles []string // that the client may not give
	Elevated       bool     // writes want elevated permissions, as before version 3.7
	WebPages       bool     // a proxy puts a web page in place of each refusal's body
}

// Fake is an ECE in memory, as far as its users go: strict where the vendor's pages or specification say something. It is the
// target of the tests and of the sandbox, at /api/v1. All methods may be called from any goroutine.
type Fake struct {
	o     FakeOptions
	names *regexp.Regexp
	mux   *http.ServeMux

	mu     sync.RWMutex
	users  []*fakeUser // in the order of their making: first the three that are always there
	byName map[string]*fakeUser
}

// FakeRecord is one user of the fake.
type FakeRecord struct {
	ID       string       `json:"id"`
	Attrs    record.Attrs `json:"attributes"` // all but the password
	Password string       `json:"-"`
	Realm    string       `json:"realm"`
	Builtin  bool         `json:"builtin"`
}

// NewFake returns an ECE with the users that it can't be without: admin and readonly, who are built in, and the client itself.
func NewFake(o FakeOptions) *Fake {
	o.APIKey = orElse(o.APIKey, "sandbox-key")
	o.Username = orElse(o.Username, "rosterd")
	o.Password = orElse(o.Password, "sandbox-secret")
	names := DefaultUserNames
	if o.Emails {
		names = `[A-Za-z0-9._@-]+`
	}
	f := &Fake{o: o, names: regexp.MustCompile(`^(?:` + names + `)$`), mux: http.NewServeMux(), byName: map[string]*fakeUser{}}
	f.insert(person("admin", platformAdmin)).Builtin = true
	f.insert(person("readonly", platformViewer)).Builtin = true
	f.insert(person(o.Username, platformAdmin)).Password = o.Password
	f.mux.HandleFunc("GET /api/v1/users", f.guarded(f.list))
	f.mux.HandleFunc("POST /api/v1/users", f.guarded(f.create))
	f.mux.HandleFunc("GET /api/v1/users/{user_name}", f.guarded(f.get))
	f.mux.HandleFunc("PATCH /api/v1/users/{user_name}", f.guarded(f.update))
	f.mux.HandleFunc("GET /api/v1/user", f.guarded(f.current))
	return f
}

// Options are how it behaves, with what the zero values stand for.
func (f *Fake) Options() FakeOptions { return f.o }

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

func person(name, role string) record.Attrs {
	return record.Attrs{{Name: natural, Value: record.TextOf(name)}, {Name: roles, Value: record.ListOf([]string{role})}}
}

// ServeHTTP answers as the ECE.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.o.WebPages {
		w = &pages{ResponseWriter: w}
	}
	f.mux.ServeHTTP(w, r)
}

// All are copies of all users, in the order of their making.
func (f *Fake) All() []FakeRecord {
	f.mu.RLock()
	defer f.mu.RUnlock()
	all := make([]FakeRecord, len(f.users))
	for i, u := range f.users {
		all[i] = u.FakeRecord
	}
	return all
}

// Users are copies of the users that were put in or created: all but those that were there from the beginning.
func (f *Fake) Users() []FakeRecord {
	const always = 3
	return f.All()[always:]
}

// Add puts a native user in as somebody else would, past the API.
func (f *Fake) Add(a record.Attrs) { f.AddExternal(realmNative, a) }

// AddExternal puts in a user of that realm: ldap, saml or active_directory.
func (f *Fake) AddExternal(realm string, a record.Attrs) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.insert(a).Realm = realm
}

// guarded asks for the credential, and for JSON where there is a body.
func (f *Fake) guarded(next http.HandlerFunc) http.HandlerFunc {
	const longest = 1 << 20
	return func(w http.ResponseWriter, r *http.Request) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		writes := r.Method != http.MethodGet
		switch {
		case !f.known(r):
			refuse(w, http.StatusUnauthorized, fault{"root.unauthenticated", "The supplied authentication is invalid", nil})
		case writes && media != "application/json":
			refuse(w, http.StatusUnsupportedMediaType, fault{"root.unsupported_media_type", "Content-Type must be application/json", nil})
		case writes && f.o.Elevated:
			refuse(w, statusElevated, fault{"root.unauthorized.rbac.elevated_permissions_required", "Elevated permissions are required.", nil})
		default:
			r.Body = http.MaxBytesReader(w, r.Body, longest)
			next(w, r)
		}
	}
}

// known reports whether a request has the client's key, or its name and password.
func (f *Fake) known(r *http.Request) bool {
	if name, secret, ok := r.BasicAuth(); ok {
		return name == f.o.Username && same(secret, f.o.Password)
	}
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
	return ok && same(key, f.o.APIKey)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fault is one of ECE's errors.
type fault struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Fields  []string `json:"fields,omitempty"`
}

func refuse(w http.ResponseWriter, status int, faults ...fault) {
	var codes []string
	for _, one := range faults {
		if !slices.Contains(codes, one.Code) {
			codes = append(codes, one.Code)
		}
	}
	w.Header().Set(codeIn, strings.Join(codes, ","))
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

// pages is an answer behind a proxy that has its own word for every error.
type pages struct {
	http.ResponseWriter
	replaced bool
}

func (p *pages) WriteHeader(status int) {
	if p.replaced = status >= http.StatusBadRequest; p.replaced {
		p.Header().Set("Content-Type", "text/html")
	}
	p.ResponseWriter.WriteHeader(status)
	if p.replaced {
		_, _ = p.ResponseWriter.Write([]byte("<html><head><title>" + http.StatusText(status) + "</title></head><body>proxy</body></html>\n"))
	}
}

func (p *pages) Write(b []byte) (int, error) {
	if p.replaced {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}
