// Package sandbox is the target of the demo, of benchmarks and of first attempts: the fakes of all sinks on one port,
// strict and stateful, with faults on request. Beside the targets' own paths it has
//
//	GET  /_sandbox/           what there is
//	GET  /_sandbox/users      the users that the targets hold
//	GET  /_sandbox/accounts   the accounts, of Clarus alone
//	GET  /_sandbox/requests   what they were sent; DELETE forgets it
//	GET  /_sandbox/faults     what goes wrong; POST replaces it
package sandbox

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sinks/jitsudo"
)

// Options say how a sandbox begins.
type Options struct {
	Clarus  clarus.FakeOptions
	Jitsudo jitsudo.FakeOptions
	ECE     ece.FakeOptions
	Faults  Faults
	Log     int // how many requests are remembered; 0: 1000; below 0: none, for speed. They are counted all the same
}

// Sandbox is an http.Handler. All methods may be called from any goroutine.
type Sandbox struct {
	clarus  *clarus.Fake
	jitsudo *jitsudo.Fake
	ece     *ece.Fake
	target  http.Handler
	admin   http.Handler
	dice    atomic.Pointer[dice]
	log     *requestLog
}

// Paths to which something is posted that changes no record.
const (
	tokenPath = "/oauth/token"
	graphPath = "/graphql"
	loginPath = "/v1/auth/login"
)

// New returns a sandbox without records, or an error where a fault makes no sense.
func New(o Options) (*Sandbox, error) {
	const remembered = 1000
	if o.Log == 0 {
		o.Log = remembered
	}
	s := &Sandbox{clarus: clarus.NewFake(o.Clarus), jitsudo: jitsudo.NewFake(o.Jitsudo), ece: ece.NewFake(o.ECE), log: newRequestLog(o.Log)}
	if err := s.SetFaults(o.Faults); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, path := range []string{tokenPath, "/api/users", "/api/users/", "/api/accounts", "/api/accounts/", graphPath} {
		mux.Handle(path, s.clarus)
	}
	mux.Handle("/v1/", s.jitsudo)
	mux.Handle("/api/v1/", s.ece)
	s.target = mux
	s.admin = s.adminPages()
	return s, nil
}

// Clarus is the Clarus tenant.
func (s *Sandbox) Clarus() *clarus.Fake { return s.clarus }

// Users are the users of the Clarus tenant, by id.
func (s *Sandbox) Users() []clarus.FakeRecord { return s.clarus.Users() }

// Accounts are the accounts of the Clarus tenant, by id.
func (s *Sandbox) Accounts() []clarus.FakeRecord { return s.clarus.Accounts() }

// Jitsudo is the JITSudo tenant.
func (s *Sandbox) Jitsudo() *jitsudo.Fake { return s.jitsudo }

// ECE is the Elastic Cloud Enterprise.
func (s *Sandbox) ECE() *ece.Fake { return s.ece }

// Requests are the remembered requests, oldest first.
func (s *Sandbox) Requests() []Request { return s.log.list() }

// Counts are what was counted since the beginning or the last Forget.
func (s *Sandbox) Counts() Counts { return s.log.counted() }

// Forget empties the log and its counts. The records stay.
func (s *Sandbox) Forget() { s.log.forget() }

// Faults are the present ones.
func (s *Sandbox) Faults() Faults { return s.dice.Load().faults }

// SetFaults replaces all faults, from the next request on.
func (s *Sandbox) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	s.dice.Store(newDice(f))
	return nil
}

// ServeHTTP answers as one of the targets, or with a page about them.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		s.admin.ServeHTTP(w, r)
		return
	}
	dice := s.dice.Load()
	fault, latency := dice.roll(isWrite(r))
	answer := &watched{ResponseWriter: w}
	done := s.log.begin(r, fault)
	defer func() { done(answer.status) }()
	if latency > 0 && !pause(r, latency) {
		return
	}
	s.meet(fault, dice.faults, answer, r)
}

// meet answers a request that meets a fault.
func (s *Sandbox) meet(fault string, f Faults, w *watched, r *http.Request) {
	switch fault {
	case noFault:
		s.target.ServeHTTP(w, r)
	case expireTokens:
		s.clarus.ExpireTokens()
		s.jitsudo.ExpireTokens()
		s.target.ServeHTTP(w, r)
	case throttled:
		f.askToWait(w.Header())
		complain(w, http.StatusTooManyRequests, "rate limit exceeded")
	case unavailable:
		f.askToWait(w.Header())
		complain(w, http.StatusServiceUnavailable, "down for maintenance")
	case serverError:
		complain(w, http.StatusInternalServerError, "internal error")
	case errorAfter:
		s.target.ServeHTTP(unseen{http.Header{}}, r)
		complain(w, http.StatusInternalServerError, "internal error")
	case html:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"))
	case cutAfter:
		s.target.ServeHTTP(unseen{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case cutBefore:
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	}
}

func complain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"error":"` + text + `"}`))
}

// isWrite reports whether a request changes records: neither a read nor a token.
func isWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead &&
		r.URL.Path != tokenPath && r.URL.Path != graphPath && r.URL.Path != loginPath
}

// pause waits, and reports whether the client did too.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// unseen is an answer that nobody gets.
type unseen struct{ header http.Header }

func (u unseen) Header() http.Header         { return u.header }
func (u unseen) Write(b []byte) (int, error) { return len(b), nil }
func (u unseen) WriteHeader(int)             {}
