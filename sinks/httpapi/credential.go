package httpapi

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/rosterd/rosterd/sinks"
)

// Auth is how a target is told who we are. Of Fixed, OAuth2 and Login one is given, or none.
type Auth struct {
	Header string // Authorization where it is empty
	Scheme string // what stands before the credential, with its blank; Bearer of OAuth2 where it is empty
	Fixed  string // an API key, a token made by hand, base64 of user:password
	OAuth2 *OAuth2
	Login  func(ctx context.Context, c *Client) (Token, error) // sends an anonymous Call; an error is an *sinks.Error
	// Secrets may not appear in an error. Fixed, OAuth2's secret and every token are known without being named here.
	Secrets []string
}

// Token is a proof that was given for a time.
type Token struct {
	Value    string
	Lifetime time.Duration // from the request for it on; 0: not told, it lasts until a 401
}

const (
	// earlyPart of a lifetime, at most earlyMost, is left unused, so that a token does not expire on its way.
	earlyPart = 10
	earlyMost = time.Minute
)

// credential keeps the present proof. One goroutine at a time fetches a new one, the others wait for it.
type credential struct {
	header  string
	scheme  string
	fetch   func(context.Context) (Token, error) // nil: fixed
	secrets []string

	mu       sync.Mutex
	proof    string // the header's value; "" for none
	expires  time.Time
	fetching chan struct{} // closed when the fetch under way has ended; nil: none
	failure  error         // of the fetch that ended last
}

func newCredential(a Auth, c *Client) (*credential, error) {
	cr := &credential{header: a.Header, scheme: a.Scheme, secrets: a.Secrets}
	if cr.header == "" {
		cr.header = "Authorization"
	}
	given := 0
	if a.Fixed != "" {
		if strings.ContainsFunc(a.Fixed, unicode.IsControl) {
			return nil, errors.New("read auth: the credential holds a line break or another control character")
		}
		given++
		cr.proof = a.Scheme + a.Fixed
	}
	if a.Login != nil {
		given++
		cr.fetch = func(ctx context.Context) (Token, error) { return a.Login(ctx, c) }
	}
	if a.OAuth2 != nil {
		given++
		if cr.scheme == "" {
			cr.scheme = "Bearer "
		}
		cr.secrets = append([]string{a.OAuth2.ClientSecret}, a.Secrets...)
		var err error
		if cr.fetch, err = a.OAuth2.fetcher(c); err != nil {
			return nil, err
		}
	}
	switch given {
	case 0:
		return nil, nil
	case 1:
		return cr, nil
	}
	return nil, errors.New("read auth: of an API key, a token, a login and OAuth2 one can be used, not several")
}

// get returns the proof to send, fetched first if need be. An error is an *sinks.Error.
func (cr *credential) get(ctx context.Context) (string, error) {
	for {
		cr.mu.Lock()
		if cr.proof != "" && (cr.expires.IsZero() || time.Now().Before(cr.expires)) {
			defer cr.mu.Unlock()
			return cr.proof, nil
		}
		if cr.fetching == nil {
			cr.fetching = make(chan struct{})
			cr.mu.Unlock()
			return cr.renew(ctx)
		}
		wait := cr.fetching
		cr.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return "", unsent(context.Cause(ctx))
		}
		// One failure is everybody's who waited for it; asking again for each would be a storm. But that the one who
		// asked was cancelled says nothing to the others.
		cr.mu.Lock()
		err := sinks.Own(cr.failure)
		cr.mu.Unlock()
		if err != nil {
			return "", err
		}
	}
}

// renew fetches a new proof for everybody. This goroutine has set cr.fetching.
func (cr *credential) renew(ctx context.Context) (string, error) {
	begun := time.Now()
	t, err := cr.fetch(ctx)
	cr.mu.Lock()
	defer cr.mu.Unlock()
	close(cr.fetching)
	cr.fetching, cr.failure = nil, sinks.Own(err)
	if ctx.Err() != nil {
		cr.failure = nil
	}
	if err != nil {
		cr.proof = ""
		return "", err
	}
	cr.proof, cr.expires = cr.scheme+t.Value, time.Time{}
	if t.Lifetime > 0 {
		cr.expires = begun.Add(t.Lifetime - min(t.Lifetime/earlyPart, earlyMost))
	}
	return cr.proof, nil
}

// drop forgets a proof that was not accepted, and reports whether another can be had. If another goroutine has dropped it
// already, what it got stays.
func (cr *credential) drop(proof string) bool {
	if cr.fetch == nil {
		return false
	}
	cr.mu.Lock()
	defer cr.mu.Unlock()
	if cr.proof == proof {
		cr.proof = ""
	}
	return true
}
