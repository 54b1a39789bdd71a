package ldaptest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

// ScriptedOptions are the script of a Scripted. The zero value is a well-behaved server with an empty tree.
type ScriptedOptions struct {
	// Search answers searches, from one goroutine each; Directory has such a function for the usual cases.
	Search func(*Answer, Search)
	// Bind answers binds. Nil: ReaderDN with the server's password, anonymous ones, and EXTERNAL with a client certificate.
	Bind func(*Answer, Bind)
	// Meta answers searches for the root DSE and the subschema. Nil: the two entries of Identity.
	Meta     func(*Answer, Search)
	Identity Identity // none: OpenLDAP()
	StartTLS StartTLS
}

// StartTLS is what becomes of a StartTLS request.
type StartTLS int

const (
	// StartTLSOffered does as asked.
	StartTLSOffered StartTLS = iota
	// StartTLSRefused answers unavailable (52) and goes on in the clear.
	StartTLSRefused
	// StartTLSInjected does as asked, but the packet with the answer also has, in the clear, successful answers to the next request.
	StartTLSInjected
)

// Scripted is an LDAP server in this process that answers as a test says, right or wrong, and remembers what it was asked.
// Its methods may be called from several goroutines.
type Scripted struct {
	Certificates
	Password string // of ReaderDN

	options     ScriptedOptions
	dir         string
	tls         *tls.Config
	plain, safe net.Listener
	running     sync.WaitGroup // the accept loops and connections

	mu       sync.Mutex
	search   func(*Answer, Search)
	requests []Request
	conns    []*conn
	closed   bool
}

// StartScripted listens on two ports of the loopback. The caller closes the server.
func StartScripted(o ScriptedOptions) (*Scripted, error) {
	if o.Identity.RootDSE.Attributes == nil {
		o.Identity = OpenLDAP()
	}
	if o.Search == nil {
		o.Search = Directory{}.Search
	}
	dir, err := os.MkdirTemp("", "rosterd-ldap-")
	if err != nil {
		return nil, fmt.Errorf("make folder for certificates: %w", err)
	}
	s := &Scripted{options: o, search: o.Search, dir: dir, Password: rand.Text()}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Scripted) listen() error {
	var err error
	if s.Certificates, err = newCertificates(s.dir, "127.0.0.1"); err != nil {
		return err
	}
	if s.tls, err = s.serverTLS(); err != nil {
		return err
	}
	if s.plain, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if s.safe, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.running.Go(func() { s.accept(s.plain, false) })
	s.running.Go(func() { s.accept(s.safe, true) })
	return nil
}

// URL is the address without TLS; StartTLS works there.
func (s *Scripted) URL() string { return "ldap://" + s.plain.Addr().String() }

// LDAPSURL is the address with TLS.
func (s *Scripted) LDAPSURL() string { return "ldaps://" + s.safe.Addr().String() }

// OnSearch changes the script for the searches to come.
func (s *Scripted) OnSearch(f func(*Answer, Search)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.search = f
}

// Requests are what was asked so far, in the order in which it came.
func (s *Scripted) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Searches are those of the requests, without those for the root DSE and the subschema.
func (s *Scripted) Searches() []Search {
	var all []Search
	for _, r := range s.Requests() {
		if r.Op == "search" && !s.meta(r.Search) {
			all = append(all, r.Search)
		}
	}
	return all
}

// CutAll cuts every connection; new ones are taken.
func (s *Scripted) CutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.cut()
	}
}

// Close ends all connections, waits for the scripts that still run, and removes the certificates. It may be called again.
func (s *Scripted) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, l := range []net.Listener{s.plain, s.safe} {
		if l != nil {
			_ = l.Close() // closed before, if it fails
		}
	}
	s.CutAll()
	s.running.Wait()
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove certificates: %w", err)
	}
	return nil
}

func (s *Scripted) accept(l net.Listener, encrypted bool) {
	for {
		tcp, err := l.Accept()
		if err != nil {
			return // it was closed
		}
		s.take(tcp, encrypted)
	}
}

func (s *Scripted) take(tcp net.Conn, encrypted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &conn{server: s, number: len(s.conns) + 1, tcp: tcp, stream: tcp, pending: map[int64]context.CancelFunc{}}
	if encrypted {
		c.stream = tls.Server(tcp, s.tls)
	}
	c.ctx, c.end = context.WithCancel(context.Background())
	s.conns = append(s.conns, c)
	if s.closed {
		c.cut()
	}
	s.running.Go(c.serve)
}

func (s *Scripted) note(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
}

// reply hands a request to its script.
func (s *Scripted) reply(a *Answer, r Request) {
	s.mu.Lock()
	search := s.search
	s.mu.Unlock()
	switch {
	case r.Op == "bind" && s.options.Bind != nil:
		s.options.Bind(a, r.Bind)
	case r.Op == "bind":
		s.bind(a, r.Bind)
	case r.Op != "search":
		a.Done(Result{Code: ldap.LDAPResultUnwillingToPerform, Diagnostic: "read only"})
	case s.meta(r.Search) && s.options.Meta != nil:
		s.options.Meta(a, r.Search)
	case s.meta(r.Search):
		s.options.Identity.search(a, r.Search)
	default:
		search(a, r.Search)
	}
}

func (s *Scripted) bind(a *Answer, b Bind) {
	switch {
	case b.Method == "anonymous", b.Method == "EXTERNAL" && b.Client != nil,
		b.Method == "simple" && strings.EqualFold(b.DN, ReaderDN) && b.Password == s.Password:
		a.Done(Result{})
	case b.Method == "simple", b.Method == "EXTERNAL":
		a.Done(Result{Code: ldap.LDAPResultInvalidCredentials})
	default:
		a.Done(Result{Code: ldap.LDAPResultAuthMethodNotSupported, Diagnostic: "unknown mechanism " + b.Method})
	}
}

// meta says whether a search is for what the server says of itself.
func (s *Scripted) meta(q Search) bool {
	return q.Scope == ldap.ScopeBaseObject && (q.Base == "" || strings.EqualFold(q.Base, s.options.Identity.Subschema.DN))
}
