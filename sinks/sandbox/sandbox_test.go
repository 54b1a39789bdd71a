package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves a sandbox on loopback, and returns a sink that speaks to it.
func start(t testing.TB, o sandbox.Options) (*sandbox.Sandbox, *clarus.Sink, string) {
	t.Helper()
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	const inFlight = 32
	gate, err := httpapi.NewGate(httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: inFlight})
	if err != nil {
		t.Fatal(err)
	}
	c, err := httpapi.New(httpapi.Config{BaseURL: srv.URL, Timeout: 10 * time.Second, MaxInFlight: inFlight, Auth: httpapi.Auth{
		OAuth2: &httpapi.OAuth2{TokenURL: srv.URL + "/oauth/token", ClientID: "rosterd", ClientSecret: "sandbox-secret"}}}, gate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	u, err := clarus.New(clarus.Config{Resource: clarus.Users, Subdomain: "acme", Reference: "external_system_reference1", UserID: clarus.Nested}, c)
	if err != nil {
		t.Fatal(err)
	}
	return s, u, srv.URL
}

func create(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprint(n)), After: record.Attrs{
		{Name: "email", Value: record.TextOf(fmt.Sprintf("u%d@example.com", n))}, {Name: "name", Value: record.TextOf("N")}}}
}

func TestFaultsHappenAsAsked(t *testing.T) {
	for name, tc := range map[string]struct {
		faults sandbox.Faults
		class  sinks.Class
		status int
		done   bool
	}{
		"throttle":     {sandbox.Faults{Throttle: 1, RetryAfter: sandbox.Duration(90 * time.Second)}, sinks.Unsent, 429, false},
		"each request": {sandbox.Faults{ThrottleEvery: 1}, sinks.Unsent, 429, false},
		"server error": {sandbox.Faults{ServerError: 1}, sinks.Unknown, 500, false},
		"error after":  {sandbox.Faults{ErrorAfter: 1}, sinks.Unknown, 500, true},
		"unavailable":  {sandbox.Faults{Unavailable: 1, RetryAfter: sandbox.Duration(time.Second), RetryAfterDate: true}, sinks.Unknown, 503, false},
		"html":         {sandbox.Faults{HTML: 1}, sinks.Unknown, 502, false},
		"cut before":   {sandbox.Faults{CutBefore: 1}, sinks.Unknown, 0, false},
		"cut after":    {sandbox.Faults{CutAfter: 1}, sinks.Unknown, 0, true},
		"expired":      {sandbox.Faults{ExpireTokens: 1}, sinks.Halt, 401, false},
	} {
		tc.faults.WritesOnly = true
		s, u, _ := start(t, sandbox.Options{Faults: tc.faults})
		_, err := u.Apply(t.Context(), create(1))
		var e *sinks.Error
		if !errors.As(err, &e) || e.Class != tc.class || e.Status != tc.status {
			t.Errorf("%s: %#v, want %v with %d", name, err, tc.class, tc.status)
			continue
		}
		if wait := time.Duration(tc.faults.RetryAfter); e.RetryAfter > wait || e.RetryAfter < wait-2*time.Second {
			t.Errorf("%s: retry after %v, want %v", name, e.RetryAfter, wait)
		}
		if (len(s.Users()) == 1) != tc.done {
			t.Errorf("%s: %d users, done %v", name, len(s.Users()), tc.done)
		}
		c := s.Counts()
		if c.Writes < 1 || c.Methods["POST"] != c.Requests || c.Statuses[tc.status] != c.Writes || len(c.Faults) != 1 {
			t.Errorf("%s: %+v", name, c)
		}
		if err := s.SetFaults(sandbox.Faults{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTokensAndLookupsAreSparedWhereAsked(t *testing.T) {
	for _, only := range []bool{true, false} {
		_, u, _ := start(t, sandbox.Options{Faults: sandbox.Faults{ServerError: 1, WritesOnly: only}})
		_, err := u.Lookup(t.Context(), "1", create(1).After)
		if (err == nil) != only {
			t.Errorf("writes only %v: %v", only, err)
		}
	}
}

func TestFaultsComeAsOftenAsAskedAndTheSameAgain(t *testing.T) {
	sequence := func() string {
		s, err := sandbox.New(sandbox.Options{Faults: sandbox.Faults{Seed: 7, ServerError: 0.2, HTML: 0.1, Throttle: 0.1}})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 2000 {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest("POST", "/api/users", nil))
			fmt.Fprint(&b, w.Code, " ")
		}
		return b.String()
	}
	first := sequence()
	if first != sequence() {
		t.Error("one seed, two sequences")
	}
	for code, want := range map[string]int{"500 ": 400, "502 ": 200, "429 ": 200, "401 ": 1200} {
		if n := strings.Count(first, code); n < want*8/10 || n > want*12/10 {
			t.Errorf("%d times %s, want about %d", n, code, want)
		}
	}
}

func TestRateLimitOfTheTarget(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Faults: sandbox.Faults{RateLimit: 0.001, RateBurst: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []int{401, 401, 401, 429, 429} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", "/api/users", nil))
		if w.Code != want {
			t.Errorf("request %d: %d, want %d", n, w.Code, want)
		}
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, f := range []sandbox.Faults{{Throttle: 1.1}, {HTML: -0.1}, {HTML: 0.6, CutAfter: 0.6}, {LatencyMin: 2, LatencyMax: 1},
		{RetryAfter: -1}, {RateLimit: -1}, {ThrottleEvery: -1}} {
		if _, err := sandbox.New(sandbox.Options{Faults: f}); err == nil {
			t.Errorf("%+v: accepted", f)
		}
	}
}

func TestLogRemembersTheLastAndCountsAll(t *testing.T) {
	for log, want := range map[int]int{3: 3, 0: 10, -1: 0} {
		s, u, _ := start(t, sandbox.Options{Log: log})
		for n := range 9 {
			if _, err := u.Apply(t.Context(), create(n)); err != nil {
				t.Fatal(err)
			}
		}
		got := s.Requests()
		if len(got) != want || s.Counts().Requests != 10 || s.Counts().Writes != 9 || s.Counts().Statuses[201] != 9 {
			t.Errorf("log %d: %d remembered, %+v", log, len(got), s.Counts())
		}
		if want > 0 && !strings.Contains(got[want-1].Body, "u8@example.com") {
			t.Errorf("log %d: the last is %+v", log, got[want-1])
		}
		for _, r := range got {
			if strings.Contains(r.Body, "secret") {
				t.Errorf("a secret is remembered: %s", r.Body)
			}
		}
		s.Forget()
		if len(s.Requests()) != 0 || s.Counts().Requests != 0 || len(s.Users()) != 9 {
			t.Error("not forgotten, or too much")
		}
	}
}

func TestPagesOfTheSandbox(t *testing.T) {
	s, u, url := start(t, sandbox.Options{})
	if _, err := u.Apply(t.Context(), create(1)); err != nil {
		t.Fatal(err)
	}
	s.Clarus().AddAccount(record.Attrs{{Name: "code", Value: record.TextOf("ACME")}, {Name: "name", Value: record.TextOf("Acme")}})
	ask := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	for _, tc := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/_sandbox/", "", 200, "1 users"},
		{"GET", "/_sandbox/", "", 200, "1 accounts"},
		{"GET", "/_sandbox/users", "", 200, "u1@example.com"},
		{"GET", "/_sandbox/accounts", "", 200, `"code": "ACME"`},
		{"PATCH", "/api/accounts/501", "", 401, "token"},
		{"GET", "/_sandbox/requests", "", 200, "/api/users"},
		{"POST", "/_sandbox/faults", `{"cut_after":0.5,"latency_max":"5ms"}`, 200, `"5ms"`},
		{"GET", "/_sandbox/faults", "", 200, `"cut_after": 0.5`},
		{"POST", "/_sandbox/faults", `{"cutafter":1}`, 400, "unknown field"},
		{"POST", "/_sandbox/faults", `{"cut_after":2}`, 400, "probability"},
		{"POST", "/_sandbox/faults", `{}`, 200, ""},
		{"DELETE", "/_sandbox/requests", "", 204, ""},
		{"GET", "/_sandbox/requests", "", 200, `"requests": []`},
		{"GET", "/nothing", "", 404, ""},
	} {
		if status, text := ask(tc.method, tc.path, tc.body); status != tc.status || !strings.Contains(text, tc.says) {
			t.Errorf("%s %s: %d %s\nwant %d with %s", tc.method, tc.path, status, text, tc.status, tc.says)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if s.Faults() != (sandbox.Faults{}) {
		t.Errorf("%+v", s.Faults())
	}
}

func TestExamplesOfTheOverviewCreateAUserEach(t *testing.T) {
	for _, program := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatal(err) // `make servers` installs curl
		}
	}
	s, _, url := start(t, sandbox.Options{Clarus: clarus.FakeOptions{ClientSecret: "another-secret", Subdomain: "other"}})
	users := func() [3]int { return [3]int{len(s.Users()), len(s.Jitsudo().Users()), len(s.ECE().Users())} }
	before := users()
	resp, err := http.Get(url + "/_sandbox/")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	_, script, found := strings.Cut(string(page), "# clarus")
	if err != nil || !found {
		t.Fatalf("%v: %s", err, page)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-ec", "unset http_proxy HTTP_PROXY ALL_PROXY all_proxy\n#"+script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	after := users()
	for i := range after {
		if after[i] != before[i]+1 {
			t.Fatalf("%v users before, %v after: %s", before, after, out)
		}
	}
}

func TestFaultsAreWrittenAsTheyAreRead(t *testing.T) {
	want := sandbox.Faults{Seed: 1, LatencyMin: sandbox.Duration(time.Second), LatencyMax: sandbox.Duration(2 * time.Second), HTML: 0.5}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got sandbox.Faults
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("%s: %v %+v", b, err, got)
	}
}

func BenchmarkCreate(b *testing.B) {
	_, u, _ := start(b, sandbox.Options{Log: -1})
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := u.Apply(b.Context(), create(int(n.Add(1)))); err != nil {
				b.Error(err)
			}
		}
	})
}
