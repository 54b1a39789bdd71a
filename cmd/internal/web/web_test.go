package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T, p Probe) *Server {
	t.Helper()
	s, err := Listen(t.Context(), "127.0.0.1:0", p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAnswersSayHowTheDaemonIs(t *testing.T) {
	for _, c := range []struct {
		promise, method, path string
		probe                 Probe
		code                  int
		body                  string
	}{
		{"alive", "GET", "/healthz", Probe{Alive: func() error { return nil }}, 200, "alive\n"},
		{"HEAD is for those who want the code alone", "HEAD", "/healthz", Probe{Alive: func() error { return nil }}, 200, ""},
		{"not alive", "GET", "/healthz", Probe{Alive: func() error { return errors.New("the loop stands still") }}, 503, "the loop stands still\n"},
		{"ready", "GET", "/readyz", Probe{Ready: func() []string { return nil }}, 200, "ready\n"},
		{"not ready: every reason", "GET", "/readyz", Probe{Ready: func() []string { return []string{"one", "two"} }}, 503, "one\ntwo\n"},
		{"nothing is changed", "POST", "/readyz", Probe{}, 405, "Method Not Allowed\n"},
		{"nothing else is there", "GET", "/", Probe{}, 404, "404 page not found\n"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+listen(t, c.probe).Address()+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.code || string(body) != c.body {
				t.Errorf("%d %q %v, want %d %q", resp.StatusCode, body, err, c.code, c.body)
			}
		})
	}
}

// TestWhoSaysNothingIsHungUpOn: a connection that sends no request does not keep the server from closing.
func TestWhoSaysNothingIsHungUpOn(t *testing.T) {
	s, err := Listen(t.Context(), "127.0.0.1:0", Probe{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /heal"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Close(); err != nil || time.Since(began) > 20*time.Second {
		t.Errorf("closed after %s: %v", time.Since(began), err)
	}
}

func TestATakenPortSaysSo(t *testing.T) {
	taken := listen(t, Probe{})
	if _, err := Listen(t.Context(), taken.Address(), Probe{}); err == nil || !strings.Contains(err.Error(), taken.Address()) {
		t.Errorf("got %v", err)
	}
}
