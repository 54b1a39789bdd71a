package httpapi_test

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// listener hands each connection to h and closes it.
func listener(t *testing.T, h func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestNoConnectionHaltsWithAdvice(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed := listenerClosed(t)
	refusing := listener(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	})
	for name, tc := range map[string]struct {
		cfg    httpapi.Config
		advice string
	}{
		"unknown CA":         {httpapi.Config{BaseURL: secure.URL}, "tls.ca_file"},
		"another host":       {httpapi.Config{BaseURL: strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), CAFile: caFile(t, secure)}, "not one for localhost"},
		"no TLS there":       {httpapi.Config{BaseURL: strings.Replace(plain.URL, "http:", "https:", 1)}, "does not speak TLS"},
		"refused":            {httpapi.Config{BaseURL: "http://" + closed}, "nothing listens there"},
		"no such name":       {httpapi.Config{BaseURL: "http://target.invalid"}, "DNS"},
		"proxy refused":      {httpapi.Config{BaseURL: "https://target.invalid", Proxy: "http://" + closed}, "proxy"},
		"proxy wants log-in": {httpapi.Config{BaseURL: "https://target.invalid", Proxy: "http://" + refusing}, "proxy"},
	} {
		_, err := client(t, tc.cfg).Do(t.Context(), create)
		if e := failure(t, err); e.Class != sinks.Halt || !strings.Contains(e.Advice, tc.advice) {
			t.Errorf("%s: class %v, %v; want Halt with %q", name, e.Class, e, tc.advice)
		}
	}
}

func TestOwnCAIsTrusted(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer s.Close()
	if _, err := client(t, httpapi.Config{BaseURL: s.URL, CAFile: caFile(t, s)}).Do(t.Context(), create); err != nil {
		t.Error(err)
	}
}

func TestHandshakeCutWasSurelyNotDone(t *testing.T) {
	addr := listener(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	_, err := client(t, httpapi.Config{BaseURL: "https://" + addr}).Do(t.Context(), create)
	if e := failure(t, err); e.Class != sinks.Unsent {
		t.Errorf("%v %v, want Unsent", e.Class, e)
	}
}

func TestConnectionCutBeforeTheAnswerMayHaveBeenDone(t *testing.T) {
	addr := listener(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
	_, err := client(t, httpapi.Config{BaseURL: "http://" + addr}).Do(t.Context(), create)
	if e := failure(t, err); e.Class != sinks.Unknown {
		t.Errorf("%v %v, want Unknown", e.Class, e)
	}
}

func TestCancelledLookUpOfANameIsNoDNSFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(t, httpapi.Config{BaseURL: "http://target.invalid"}).Do(ctx, create)
	if e := failure(t, err); e.Class != sinks.Unsent {
		t.Errorf("%v %v, want Unsent", e.Class, e)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived at another host, with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/login?session=abc", http.StatusTemporaryRedirect)
	})
	_, err := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Fixed: "key"}}).Do(t.Context(), create)
	e := failure(t, err)
	if e.Class != sinks.Halt || !strings.Contains(e.Advice, "base_url") || !strings.Contains(e.Advice, other.URL+"/login") ||
		strings.Contains(e.Advice, "session") {
		t.Errorf("%v %v", e.Class, e)
	}
}

func TestConfigurationThatCanNotWorkIsRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := gate(t, httpapi.Limits{Rate: 1, Burst: 1, MaxInFlight: 1})
	for name, cfg := range map[string]httpapi.Config{
		"no scheme":       {BaseURL: "target.example.com", Timeout: 1},
		"another scheme":  {BaseURL: "ftp://target.example.com", Timeout: 1},
		"credentials":     {BaseURL: "https://u:hunter22@target.example.com", Timeout: 1},
		"a query":         {BaseURL: "https://target.example.com?a=b", Timeout: 1},
		"no time-out":     {BaseURL: "https://target.example.com"},
		"no CA file":      {BaseURL: "https://target.example.com", Timeout: 1, CAFile: "/nonexistent/ca.pem"},
		"empty CA file":   {BaseURL: "https://target.example.com", Timeout: 1, CAFile: empty},
		"proxy":           {BaseURL: "https://target.example.com", Timeout: 1, Proxy: "user:hunter22@proxy"},
		"two credentials": {BaseURL: "https://target.example.com", Timeout: 1, Auth: httpapi.Auth{Fixed: "a", OAuth2: &httpapi.OAuth2{TokenURL: "https://a/b"}}},
		"a line break":    {BaseURL: "https://target.example.com", Timeout: 1, Auth: httpapi.Auth{Fixed: "hunter22\n"}},
		"no token_url":    {BaseURL: "https://target.example.com", Timeout: 1, Auth: httpapi.Auth{OAuth2: &httpapi.OAuth2{}}},
	} {
		if _, err := httpapi.New(cfg, g); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

func TestHTTP2KeepsToTheContract(t *testing.T) {
	var arrived atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.ProtoMajor != 2 {
			t.Errorf("spoken is %s", r.Proto)
		}
		if arrived.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler) // resets the stream
		}
		_, _ = io.WriteString(w, "{}")
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	defer s.Close()
	c := client(t, httpapi.Config{BaseURL: s.URL, CAFile: caFile(t, s)})
	for n := range 6 {
		_, err := c.Do(t.Context(), create)
		if n%2 == 0 && err != nil {
			t.Error(err)
		}
		if n%2 == 1 && failure(t, err).Class != sinks.Unknown {
			t.Errorf("%v, want Unknown", err)
		}
	}
	if arrived.Load() != 6 {
		t.Errorf("%d requests arrived, want 6", arrived.Load())
	}
}

func listenerClosed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
