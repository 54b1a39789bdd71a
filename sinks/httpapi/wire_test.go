package httpapi

import (
	"bytes"
	"errors"
	"net/http"
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
