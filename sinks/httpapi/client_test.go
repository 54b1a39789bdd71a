package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// client speaks to base through a gate without a rate.
func client(t testing.TB, cfg httpapi.Config) *httpapi.Client {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	cfg.Version, cfg.MaxInFlight = "1.2.3", 4
	c, err := httpapi.New(cfg, gate(t, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 4, MaxWait: time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func failure(t *testing.T, err error) *sinks.Error {
	t.Helper()
	var e *sinks.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *sinks.Error", err)
	}
	return e
}

var create = httpapi.Call{Does: httpapi.Create, Method: http.MethodPost, Path: "/users", Body: []byte(`{"a":1}`)}

func TestAnswersMeanWhatTheContractSays(t *testing.T) {
	for _, tc := range []struct {
		status              int
		create, write, read sinks.Class
	}{
		{301, sinks.Halt, sinks.Halt, sinks.Halt},
		{304, sinks.Halt, sinks.Halt, sinks.Halt},
		{307, sinks.Halt, sinks.Halt, sinks.Halt},
		{400, sinks.Refused, sinks.Refused, sinks.Refused},
		{401, sinks.Halt, sinks.Halt, sinks.Halt},
		{403, sinks.Denied, sinks.Denied, sinks.Denied},
		{404, sinks.Refused, sinks.NotFound, sinks.NotFound},
		{405, sinks.Refused, sinks.Refused, sinks.Refused},
		{407, sinks.Halt, sinks.Halt, sinks.Halt},
		{408, sinks.Unknown, sinks.Unknown, sinks.Unknown},
		{409, sinks.Exists, sinks.Refused, sinks.Refused},
		{410, sinks.Refused, sinks.NotFound, sinks.NotFound},
		{422, sinks.Refused, sinks.Refused, sinks.Refused},
		{449, sinks.Halt, sinks.Halt, sinks.Halt},
		{500, sinks.Unknown, sinks.Unknown, sinks.Unknown},
		{501, sinks.Unknown, sinks.Unknown, sinks.Unknown},
		{503, sinks.Unknown, sinks.Unknown, sinks.Unknown},
		{599, sinks.Unknown, sinks.Unknown, sinks.Unknown},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.status) })
		c := client(t, httpapi.Config{BaseURL: s.URL})
		for does, want := range map[httpapi.Effect]sinks.Class{httpapi.Create: tc.create, httpapi.Write: tc.write, httpapi.Read: tc.read} {
			_, err := c.Do(t.Context(), httpapi.Call{Does: does, Method: http.MethodPost, Path: "/"})
			e := failure(t, err)
			if e.Class != want || e.Status != tc.status {
				t.Errorf("%d to %d: class %v, want %v", tc.status, does, e.Class, want)
			}
			if (e.Class == sinks.Halt) != (e.Advice != "") {
				t.Errorf("%d: advice %q for class %v", tc.status, e.Advice, e.Class)
			}
		}
	}
}

func TestNobodyIsGoneBecauseAProxySaysSo(t *testing.T) {
	for body, want := range map[string]sinks.Class{
		"": sinks.NotFound, "\n": sinks.NotFound, `{"error":"no such user"}`: sinks.NotFound,
		"404 page not found\n": sinks.Unknown, "<html><title>404 Not Found</title></html>": sinks.Unknown,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, body)
		})
		_, err := client(t, httpapi.Config{BaseURL: s.URL}).Do(t.Context(), httpapi.Call{Does: httpapi.Write, Method: http.MethodPatch, Path: "/"})
		if e := failure(t, err); e.Class != want {
			t.Errorf("%q: class %v, want %v", body, e.Class, want)
		}
	}
}

func TestRequestHasTheHeadersThatTheTargetNeeds(t *testing.T) {
	var got *http.Request
	var body []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"id":7}`)
	})
	c := client(t, httpapi.Config{BaseURL: s.URL + "/api/v1/", Auth: httpapi.Auth{Header: "X-API-Key", Fixed: "key-1"}})
	call := create
	call.Header = http.Header{"X-Tenant-Id": {"acme"}}
	a, err := c.Do(t.Context(), call)
	if err != nil || a.Status != 201 || string(a.Body) != `{"id":7}` {
		t.Fatalf("%v %+v", err, a)
	}
	if got.Method+" "+got.URL.Path+" "+string(body) != `POST /api/v1/users {"a":1}` {
		t.Errorf("%s %s %s", got.Method, got.URL.Path, body)
	}
	for name, want := range map[string]string{"X-API-Key": "key-1", "X-Tenant-ID": "acme", "User-Agent": "rosterd/1.2.3",
		"Content-Type": "application/json", "Accept": "application/json", "Authorization": ""} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestSuccessWithAnUnreadableBody(t *testing.T) {
	const ok = sinks.Class(0)
	for name, tc := range map[string]struct {
		body                http.HandlerFunc
		create, write, read sinks.Class
	}{
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
		}, sinks.Unknown, ok, sinks.Unknown},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, strings.Repeat(" ", 1<<16))
			}
		}, sinks.Unknown, ok, sinks.Unknown},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, sinks.Unknown, ok, sinks.Unknown},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "\ufeff\n<!DOCTYPE html><title>Log in</title>")
		}, sinks.Unknown, sinks.Unknown, sinks.Unknown},
		"nothing": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ok, ok, ok},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				tc.body(w, r)
			})
			c := client(t, httpapi.Config{BaseURL: s.URL, Timeout: 300 * time.Millisecond})
			for does, want := range map[httpapi.Effect]sinks.Class{httpapi.Create: tc.create, httpapi.Write: tc.write, httpapi.Read: tc.read} {
				_, err := c.Do(t.Context(), httpapi.Call{Does: does, Method: http.MethodPost, Path: "/", Body: []byte("{}")})
				if want == ok {
					if err != nil {
						t.Errorf("%d: %v, want no error", does, err)
					}
				} else if e := failure(t, err); e.Class != want {
					t.Errorf("%d: %v, want %v", does, e.Class, want)
				}
			}
		})
	}
}

func TestWriteIsNeverSentAgainByTheLibrary(t *testing.T) {
	var arrived atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if arrived.Add(1)%2 == 0 { // every second one on a connection that was used before: net/http's case for repeating
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{}`)
	})
	g := gate(t, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 4})
	c, err := httpapi.New(httpapi.Config{BaseURL: s.URL, Timeout: 5 * time.Second, MaxInFlight: 4}, g)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut} {
		for i := range 10 {
			call := create
			call.Method = method
			_, err := c.Do(t.Context(), call)
			if (err != nil) != (i%2 == 1) {
				t.Errorf("%s %d: %v", method, i, err)
			}
			if err != nil && failure(t, err).Class != sinks.Unknown {
				t.Errorf("%s: %v, want Unknown", method, err)
			}
		}
	}
	if arrived.Load() != 30 || g.Requests() != 30 {
		t.Errorf("%d requests arrived, %d were counted, want 30", arrived.Load(), g.Requests())
	}
}

func TestTimeoutDoesNotRunWhileARequestWaitsForItsTurn(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
	g := gate(t, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 1, MaxWait: time.Minute})
	c, err := httpapi.New(httpapi.Config{BaseURL: s.URL, Timeout: 100 * time.Millisecond}, g)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	g.Pause(time.Now().Add(300 * time.Millisecond))
	if _, err := c.Do(t.Context(), create); err != nil {
		t.Errorf("%v, want the pause not to count", err)
	}
}

func TestARequestThatIsNotAnsweredInTimeMayHaveBeenDone(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-time.After(3 * time.Second): // later than anybody should wait for it
			_, _ = io.WriteString(w, `{}`)
		}
	})
	_, err := client(t, httpapi.Config{BaseURL: s.URL, Timeout: 100 * time.Millisecond}).Do(t.Context(), create)
	if e := failure(t, err); e.Class != sinks.Unknown || !strings.Contains(e.Message, "no answer within 100ms") {
		t.Errorf("%v: %s", e.Class, e.Message)
	}
}

func TestCancelledInFlightMayHaveBeenDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := client(t, httpapi.Config{BaseURL: s.URL}).Do(ctx, create)
	if e := failure(t, err); e.Class != sinks.Unknown {
		t.Errorf("%v, want Unknown", e.Class)
	}
	_, err = client(t, httpapi.Config{BaseURL: s.URL}).Do(ctx, create)
	if e := failure(t, err); e.Class != sinks.Unsent {
		t.Errorf("%v, want Unsent before it was sent", e.Class)
	}
}

func TestAnswerIsReadAsFarAsTheCallAllows(t *testing.T) {
	for _, tc := range []struct {
		long, most int64
		fails      bool
	}{
		{1 << 20, 0, false},
		{1<<20 + 1, 0, true},
		{1<<20 + 1, 2 << 20, false},
		{2<<20 + 1, 2 << 20, true},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("0"), int(tc.long))) })
		answer, err := client(t, httpapi.Config{BaseURL: s.URL}).Do(t.Context(), httpapi.Call{Method: http.MethodGet, Path: "/", MaxAnswer: tc.most})
		if (err != nil) != tc.fails || !tc.fails && int64(len(answer.Body)) != tc.long {
			t.Errorf("%d of %d bytes: %d, %v", tc.long, tc.most, len(answer.Body), err)
		}
	}
}
