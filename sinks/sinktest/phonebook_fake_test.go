package sinktest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/rosterd/rosterd/sync/record"
)

// FakeOptions say how a fake phonebook behaves.
type FakeOptions struct {
	Token    string // "sandbox-token" where it is empty
	PageSize int    // at most so many people in a page; 0: 100
}

// Fake is a phonebook in memory, as strict as its page: what the true one would refuse has to be refused here, or a test proves
// nothing. It is the target of the tests and of the sandbox. All methods may be called from any goroutine.
type Fake struct {
	o   FakeOptions
	mux *http.ServeMux

	mu     sync.Mutex
	people []FakePerson // by id: the first is 1
}

// FakePerson is one person of the fake.
type FakePerson struct {
	ID    int64        `json:"id"`
	Attrs record.Attrs `json:"attributes"`
}

// NewFake returns a phonebook without people.
func NewFake(o FakeOptions) *Fake {
	if o.Token == "" {
		o.Token = "sandbox-token"
	}
	if o.PageSize == 0 {
		o.PageSize = 100
	}
	f := &Fake{o: o, mux: http.NewServeMux()}
	f.mux.HandleFunc("POST /people", f.create)
	f.mux.HandleFunc("PATCH /people/{id}", f.update)
	f.mux.HandleFunc("GET /people", f.list)
	return f
}

// People are copies of all people, by id.
func (f *Fake) People() []FakePerson {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]FakePerson(nil), f.people...)
}

// ServeHTTP answers as the phonebook.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+f.o.Token:
		refuse(w, http.StatusUnauthorized, "bad_token", "the token is not valid")
	case r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json":
		refuse(w, http.StatusUnsupportedMediaType, "not_json", "the body has to be application/json")
	default:
		f.mux.ServeHTTP(w, r)
	}
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	a, problem := f.read(r, nil)
	switch {
	case problem != "":
		refuse(w, http.StatusUnprocessableEntity, "invalid", problem)
	case f.holder(a) != 0:
		refuse(w, http.StatusConflict, "email_taken", "somebody has this email already")
	default:
		p := FakePerson{ID: int64(len(f.people) + 1), Attrs: record.Attrs{{Name: "listed", Value: record.BoolOf(true)}}.Merge(a)}
		f.people = append(f.people, p)
		reply(w, http.StatusCreated, p.shown())
	}
}

func (f *Fake) update(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 || id > int64(len(f.people)) {
		refuse(w, http.StatusNotFound, "no_such_person", "nobody has this id")
		return
	}
	p := &f.people[id-1]
	a, problem := f.read(r, p.Attrs)
	switch holder := f.holder(a); {
	case problem != "":
		refuse(w, http.StatusUnprocessableEntity, "invalid", problem)
	case holder != 0 && holder != id:
		refuse(w, http.StatusConflict, "email_taken", "somebody else has this email")
	default:
		p.Attrs = p.Attrs.Merge(a)
		reply(w, http.StatusOK, p.shown())
	}
}

// read takes one object, and says what is wrong with the person that it would make of the one before.
func (f *Fake) read(r *http.Request, before record.Attrs) (a record.Attrs, problem string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err == nil {
		a, err = record.ParseAttrs(body)
	}
	if err != nil {
		return nil, err.Error()
	}
	kinds := map[record.Type]record.Kind{record.TypeText: record.Text, record.TypeBool: record.Bool}
	for i, at := range a {
		decl, known := New(nil).Schema().Lookup(at.Name)
		switch {
		case !known || i > 0 && a[i-1].Name == at.Name:
			return nil, at.Name + " is unknown, or there twice"
		case !at.Value.IsNull() && at.Value.Kind() != kinds[decl.Type]:
			return nil, at.Name + " has to be " + decl.Type.String()
		case decl.MaxLen > 0 && len(at.Value.Text()) > decl.MaxLen:
			return nil, at.Name + " is too long"
		}
	}
	after := before.Merge(a)
	for _, name := range []string{"email", "name"} {
		if strings.TrimSpace(after.Get(name).Text()) == "" {
			return nil, name + " is missing"
		}
	}
	return a, ""
}

// holder is the id of who has the email that is asked for, 0 for nobody.
func (f *Fake) holder(a record.Attrs) int64 {
	for _, p := range f.people {
		if email := a.Get("email").Text(); email != "" && record.Fold(p.Attrs.Get("email").Text()) == record.Fold(email) {
			return p.ID
		}
	}
	return 0
}

func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, _ := strconv.ParseInt(query.Get("after"), 10, 64)
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit > f.o.PageSize {
		limit = f.o.PageSize
	}
	page := map[string]any{"people": []any{}}
	var people []any
	for _, p := range f.people {
		email := query.Get("email")
		if p.ID <= after || email != "" && record.Fold(p.Attrs.Get("email").Text()) != record.Fold(email) {
			continue
		}
		if len(people) == limit {
			page["after"] = fmt.Sprint(after)
			break
		}
		people, after = append(people, p.shown()), p.ID
		page["people"] = people
	}
	reply(w, http.StatusOK, page)
}

// shown is a person as answers show it.
func (p FakePerson) shown() map[string]any {
	doc := map[string]any{"id": p.ID}
	for _, a := range p.Attrs {
		doc[a.Name] = a.Value
	}
	return doc
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func reply(w http.ResponseWriter, status int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the client has gone: nobody left to tell
}
