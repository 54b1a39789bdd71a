package clarus_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/sinktest"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T, url string, timeout time.Duration) *httpapi.Client {
	t.Helper()
	gate, err := httpapi.NewGate(httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 4})
	if err != nil {
		t.Fatal(err)
	}
	c, err := httpapi.New(httpapi.Config{BaseURL: url, Timeout: timeout, MaxInFlight: 4, Version: "test", Auth: httpapi.Auth{
		OAuth2: &httpapi.OAuth2{TokenURL: url + "/oauth/token", ClientID: "rosterd", ClientSecret: "sandbox-secret",
			Scopes: []string{"users"}}}}, gate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func config() clarus.Config {
	return clarus.Config{Resource: clarus.Users, Subdomain: "acme", Reference: "external_system_reference1", UserID: clarus.Nested}
}

// connect is a sink that speaks to that URL.
func connect(t *testing.T, url string, timeout time.Duration, cfg clarus.Config) *clarus.Sink {
	t.Helper()
	u, err := clarus.New(cfg, client(t, url, timeout))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// tenant is a fake at a URL, and a sink that speaks to it.
func tenant(t *testing.T, o clarus.FakeOptions, cfg clarus.Config) (*clarus.Fake, *clarus.Sink) {
	t.Helper()
	f := clarus.NewFake(o)
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return f, connect(t, s.URL, 10*time.Second, cfg)
}

func attrs(pairs ...any) record.Attrs {
	var a record.Attrs
	for i := 0; i < len(pairs); i += 2 {
		v := record.Value{}
		switch x := pairs[i+1].(type) {
		case string:
			v = record.TextOf(x)
		case int:
			v = record.IntOf(int64(x))
		case bool:
			v = record.BoolOf(x)
		case record.Value:
			v = x
		}
		a = append(a, record.Attr{Name: pairs[i].(string), Value: v})
	}
	return a.Sort()
}

func create(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprintf("E%d", n)), After: attrs(
		"email", fmt.Sprintf("jane.doe%d@example.com", n), "name", "Jane <Doe> & \"Sons\"", "role_id", 5, "is_active", true,
		"external_system_reference1", fmt.Sprintf("E%d", n))}
}

func update(n int, id string) plan.Change {
	return plan.Change{Action: plan.Update, Key: record.Key(fmt.Sprintf("E%d", n)), RemoteID: id,
		Before: attrs("email", fmt.Sprintf("jane.doe%d@example.com", n), "name", "Jane"), After: attrs("name", "Jané")}
}

func TestUsersConform(t *testing.T) { sinktest.Run(t, users()) }

func FuzzUserAnswers(f *testing.F) { sinktest.Fuzz(f, users()) }

func users() sinktest.Target {
	return sinktest.Target{
		Fake: func() http.Handler { return clarus.NewFake(clarus.FakeOptions{}) },
		Sink: func(t *testing.T, url string, timeout time.Duration) sinks.Sink {
			return connect(t, url, timeout, config())
		},
		Create: create, Update: update, Missing: "99999999", Renews: true, Secrets: []string{"sandbox-secret", "Bearer "},
		Read:  func(r *http.Request) bool { return r.URL.Path == "/oauth/token" || r.URL.Path == "/graphql" },
		Every: everyRequest, Golden: "users.golden",
	}
}

func everyRequest(ctx context.Context, t *testing.T, s sinks.Sink) {
	var id string
	for _, c := range []plan.Change{
		create(1),
		update(1, ""),
		{Action: plan.Update, After: attrs("email", "jane@example.org", "language", record.Value{}, "string1", "x", "role_id", 7)},
		{Action: plan.Update, After: attrs("role_id", record.Value{})},
		{Action: plan.Deactivate, After: attrs("is_active", false)},
		{Action: plan.Reactivate, After: attrs("is_active", true, "timezone", "Europe/Berlin")},
	} {
		if c.Action != plan.Create {
			c.RemoteID = id
		}
		got, err := s.Apply(ctx, c)
		if err != nil {
			t.Errorf("%v: %v", c.Action, err)
		}
		if c.Action == plan.Create {
			id = got
		}
	}
	for _, email := range []string{`o'"ne_il%@example.com`, `back\slash@example.com`} {
		if _, err := s.Lookup(ctx, "E1", attrs("email", email)); err != nil {
			t.Error(err)
		}
	}
	for _, err := range s.(sinks.Lister).List(ctx) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := s.(*clarus.Sink).Confirm(ctx, id, "JANE@example.org"); err != nil {
		t.Error(err)
	}
}
