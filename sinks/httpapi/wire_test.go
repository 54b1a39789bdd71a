package httpapi

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

type base func(*http.Request) (*http.Response, error)

func (b base) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

func TestBodyCanNotBeHadASecondTime(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://target/", bytes.NewReader([]byte("{}")))
	if err != nil || req.GetBody == nil {
		t.Fatal("net/http has changed: no GetBody", err)
	}
	w := wire{timeout: time.Second, base: base(func(r *http.Request) (*http.Response, error) {
		if r.GetBody != nil || r.Header.Get("Idempotency-Key") != "" {
			t.Error("net/http could send the request again by itself")
		}
		return nil, errors.New("cut")
	})}
	var l *lost
	if _, err := w.RoundTrip(req); !errors.As(err, &l) || l.connected || l.timeout != 0 {
		t.Errorf("%#v", err)
	}
}

// TestALostGetIsNotSentAgainPastTheGate: a connection that was kept is cut, and net/http must not repeat the request by itself.
func TestALostGetIsNotSentAgainPastTheGate(t *testing.T) {
	var got atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if got.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	w := wire{timeout: 5 * time.Second, base: transport}
	for i := range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := w.RoundTrip(req)
		if (err != nil) != (i == 1) {
			t.Fatalf("request %d: %v", i+1, err)
		}
		if err == nil {
			if resp.Body.Close() != nil || resp.Request.ContentLength > 0 {
				t.Error("a body")
			}
		}
	}
	if n := got.Load(); n != 2 {
		t.Errorf("%d requests came, 2 were sent", n)
	}
}
