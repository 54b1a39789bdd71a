package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// issuer is a target with a token endpoint of its own making.
type issuer struct {
	tokens, calls atomic.Int64
	answer        func(w http.ResponseWriter, n int64)                  // to a request for a token; nil: one is given
	accept        func(w http.ResponseWriter, r *http.Request, n int64) // the target's own answer
	lifetime      int
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/oauth/token" {
		i.accept(w, r, i.calls.Add(1))
		return
	}
	n := i.tokens.Add(1)
	if i.answer != nil {
		i.answer(w, n)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":%d}`, n, i.lifetime)
}

func issued(t *testing.T, i *issuer) *httpapi.Client {
	t.Helper()
	if i.lifetime == 0 {
		i.lifetime = 3600
	}
	if i.accept == nil {
		i.accept = func(w http.ResponseWriter, _ *http.Request, _ int64) { _, _ = io.WriteString(w, "{}") }
	}
	s := serve(t, i.ServeHTTP)
	return client(t, httpapi.Config{BaseURL: s.URL, Timeout: 2 * time.Second, Auth: httpapi.Auth{OAuth2: &httpapi.OAuth2{
		TokenURL: s.URL + "/oauth/token", ClientID: "rosterd", ClientSecret: "hush-hush", Scopes: []string{"users"}}}})
}

func TestOneTokenServesEverybody(t *testing.T) {
	i := &issuer{}
	c := issued(t, i)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), create); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if i.tokens.Load() != 1 || i.calls.Load() != 20 {
		t.Errorf("%d tokens for %d calls, want 1 for 20", i.tokens.Load(), i.calls.Load())
	}
}

func TestTokenIsRenewedOnceAfterA401(t *testing.T) {
	for name, tc := range map[string]struct {
		accepts       string // the token that is accepted
		tokens, calls int64
		want          sinks.Class
	}{
		"once":     {"Bearer token-2", 2, 2, 0},
		"for ever": {"none", 2, 2, sinks.Halt},
	} {
		i := &issuer{}
		i.accept = func(w http.ResponseWriter, r *http.Request, _ int64) {
			if r.Header.Get("Authorization") != tc.accepts {
				w.WriteHeader(401)
				_, _ = io.WriteString(w, `{"error":"bad `+r.Header.Get("Authorization")+`"}`)
			}
		}
		_, err := issued(t, i).Do(t.Context(), create)
		if tc.want == 0 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want != 0 {
			if e := failure(t, err); e.Class != tc.want || !strings.Contains(e.Advice, "auth") || strings.Contains(e.Error(), "token-2") {
				t.Errorf("%s: %v %v", name, e.Class, e)
			}
		}
		if i.tokens.Load() != tc.tokens || i.calls.Load() != tc.calls {
			t.Errorf("%s: %d tokens, %d calls; want %d and %d", name, i.tokens.Load(), i.calls.Load(), tc.tokens, tc.calls)
		}
	}
}

func TestManyAt401RenewOneToken(t *testing.T) {
	i := &issuer{}
	i.accept = func(w http.ResponseWriter, r *http.Request, _ int64) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(401)
		}
	}
	c := issued(t, i)
	if _, err := c.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), create); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if i.tokens.Load() != 2 {
		t.Errorf("%d tokens, want 2", i.tokens.Load())
	}
}

func TestTokenThatIsNotGiven(t *testing.T) {
	status := func(code int, header, text string) func(http.ResponseWriter, int64) {
		return func(w http.ResponseWriter, _ int64) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			if code == 200 && strings.HasPrefix(text, "{") {
				w.Header().Set("Content-Type", "application/json")
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, text)
		}
	}
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, int64)
		want   sinks.Class
		says   string
	}{
		"invalid client":  {status(401, "", `{"error":"invalid_client","error_description":"unknown client hush-hush"}`), sinks.Halt, "client_secret"},
		"400":             {status(400, "", `{"error":"invalid_client"}`), sinks.Halt, "client_secret"},
		"invalid scope":   {status(400, "Content-Type: application/json", `{"error":"invalid_scope"}`), sinks.Halt, "scopes"},
		"not found":       {status(404, "", "no"), sinks.Halt, "token_url"},
		"redirect":        {status(302, "Location: https://login.example.com/", ""), sinks.Halt, "token_url"},
		"503 and a wait":  {status(503, "Retry-After: 1", ""), sinks.Unsent, ""},
		"429":             {status(429, "Retry-After: 1", ""), sinks.Unsent, ""},
		"500":             {status(500, "", "<html><title>Oops</title>"), sinks.Unsent, "Oops"},
		"a web page":      {status(200, "", "<html>"), sinks.Unsent, "oauth/token"},
		"no token":        {status(200, "", `{}`), sinks.Unsent, "access_token"},
		"connection cut":  {func(http.ResponseWriter, int64) { panic(http.ErrAbortHandler) }, sinks.Unsent, "oauth/token"},
		"error with 200":  {status(200, "", `{"error":"invalid_client"}`), sinks.Halt, "client_id"},
		"endless refusal": {status(403, "", strings.Repeat("x", 2<<20)), sinks.Halt, "client_id"},
	} {
		i := &issuer{answer: tc.answer}
		_, err := issued(t, i).Do(t.Context(), create)
		e := failure(t, err)
		if e.Class != tc.want || !strings.Contains(e.Error(), tc.says) || strings.Contains(e.Error(), "hush-hush") {
			t.Errorf("%s: class %v, want %v: %v", name, e.Class, tc.want, e)
		}
		if (e.Status == 429 || e.Status == 503) != e.Throttled || e.Throttled != (e.RetryAfter == time.Second) {
			t.Errorf("%s: throttled %v, retry after %v", name, e.Throttled, e.RetryAfter)
		}
		if i.calls.Load() != 0 {
			t.Errorf("%s: the target was called without a token", name)
		}
	}
}

func TestOneCancelledCallerSpoilsNobodysToken(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	i := &issuer{answer: func(w http.ResponseWriter, n int64) {
		if n == 1 {
			close(arrived)
			<-release
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"t"}`)
	}}
	c := issued(t, i)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.Do(ctx, create); err == nil {
			t.Error("the cancelled one got an answer")
		}
	})
	<-arrived
	wg.Go(func() {
		if _, err := c.Do(t.Context(), create); err != nil {
			t.Errorf("the other: %v", err)
		}
	})
	cancel()
	wg.Wait()
	close(release)
}

func TestLoginIsATokenToo(t *testing.T) {
	i := &issuer{}
	i.accept = func(w http.ResponseWriter, r *http.Request, _ int64) {
		if r.URL.Path == "/login" {
			_, _ = io.WriteString(w, `{"jwt":"from-login"}`)
			return
		}
		if r.Header.Get("Authorization") != "Bearer from-login" {
			w.WriteHeader(401)
		}
	}
	s := serve(t, i.ServeHTTP)
	c := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Scheme: "Bearer ",
		Login: func(ctx context.Context, c *httpapi.Client) (httpapi.Token, error) {
			_, err := c.Do(ctx, httpapi.Call{Method: http.MethodPost, Path: "/login", Anonymous: true})
			return httpapi.Token{Value: "from-login"}, err
		}}})
	if _, err := c.Do(t.Context(), create); err != nil {
		t.Error(err)
	}
}
