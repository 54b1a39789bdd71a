package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks/httpapi"
)

// instant answers at once.
type instant struct{}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

// BenchmarkGate is a request's way through slot, token and pace, with nothing behind them.
func BenchmarkGate(b *testing.B) {
	g := gate(b, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 32, MaxWait: time.Second})
	rt := g.Over(instant{})
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://target.example", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := rt.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDo is a whole call over a socket, gate and answer included, several at a time. The server's part is in it.
func BenchmarkDo(b *testing.B) {
	s := serve(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"data":{"id":7}}`)
	})
	c := client(b, httpapi.Config{BaseURL: s.URL})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Do(b.Context(), create); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
