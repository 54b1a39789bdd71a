package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// adminPages are what lies beneath /_sandbox/.
func (s *Sandbox) adminPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/{$}", s.overview)
	mux.HandleFunc("GET /_sandbox/users", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"clarus": s.Users(), "jitsudo": s.jitsudo.Users(), "ece": s.ece.Users()})
	})
	mux.HandleFunc("GET /_sandbox/accounts", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"clarus": s.Accounts()})
	})
	mux.HandleFunc("GET /_sandbox/requests", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"counts": s.Counts(), "requests": s.Requests()})
	})
	mux.HandleFunc("DELETE /_sandbox/requests", func(w http.ResponseWriter, _ *http.Request) {
		s.Forget()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Faults()) })
	mux.HandleFunc("POST /_sandbox/faults", s.replaceFaults)
	return mux
}

// replaceFaults takes JSON: what it does not name is off.
func (s *Sandbox) replaceFaults(w http.ResponseWriter, r *http.Request) {
	const longest = 64 << 10
	var f Faults
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, longest))
	dec.DisallowUnknownFields()
	err := dec.Decode(&f)
	if err == nil {
		err = s.SetFaults(f)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	show(w, f)
}

func (s *Sandbox) overview(w http.ResponseWriter, r *http.Request) {
	c := s.Counts()
	faults, err := json.Marshal(s.Faults())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, `rosterd sandbox

clarus   POST /oauth/token, POST /graphql
         POST /api/users, PATCH /api/users/{id}          %d users
         POST /api/accounts, PATCH /api/accounts/{id}    %d accounts
jitsudo  POST /v1/users, PUT /v1/users/{id}, POST /v1/users/{id}/suspend, GET /v1/users, POST /v1/auth/login    %d users
ece      POST /api/v1/users, PATCH, GET /api/v1/users/{user_name}, GET /api/v1/users    %d users

GET /_sandbox/users      the users that the targets hold
GET /_sandbox/accounts   their accounts
GET /_sandbox/requests   what they were sent (%d requests, %d writes); DELETE forgets it
GET /_sandbox/faults     what goes wrong; POST replaces it, {} ends it

faults   %s

%s`, len(s.Users()), len(s.Accounts()), len(s.jitsudo.Users()), len(s.ece.Users()), c.Requests, c.Writes, faults, s.examples("http://"+r.Host))
}

func show(w http.ResponseWriter, doc any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(doc) // the client has gone: nobody left to tell
}
