package ece_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/sinktest"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

const secret = "initial-pass"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connectAs is a sink that speaks to the ECE at that URL.
func connectAs(t *testing.T, url string, timeout time.Duration, cfg ece.Config, auth httpapi.Auth) *ece.Sink {
	t.Helper()
	gate, err := httpapi.NewGate(httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 4})
	if err != nil {
		t.Fatal(err)
	}
	c, err := httpapi.New(httpapi.Config{BaseURL: url + "/api/v1", Timeout: timeout, MaxInFlight: 4, Version: "test", Auth: auth}, gate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s, err := ece.New(cfg, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connect(t *testing.T, url string) *ece.Sink {
	t.Helper()
	return connectAs(t, url, 10*time.Second, ece.Config{}, ece.KeyAuth("sandbox-key"))
}

// platform is a fake at a URL, and a sink that speaks to it.
func platform(t *testing.T, o ece.FakeOptions) (*ece.Fake, *ece.Sink) {
	t.Helper()
	f := ece.NewFake(o)
	return f, connect(t, serve(t, f))
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func attrs(pairs ...any) record.Attrs {
	var a record.Attrs
	for i := 0; i < len(pairs); i += 2 {
		v := record.Value{}
		switch x := pairs[i+1].(type) {
		case string:
			v = record.TextOf(x)
		case bool:
			v = record.BoolOf(x)
		case []string:
			v = record.ListOf(x)
		case record.Value:
			v = x
		}
		a = append(a, record.Attr{Name: pairs[i].(string), Value: v})
	}
	return a.Sort()
}

func create(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprintf("E%d", n)), After: attrs(
		"user_name", fmt.Sprintf("jane.doe%d", n), "full_name", "Jane <Doe> & \"Sons\"", "email", "jane@example.com",
		"security.roles", []string{"ece_deployment_viewer", "ece_platform_viewer"}, "security.password", secret, "security.enabled", true)}
}

func update(n int, id string) plan.Change {
	return change(plan.Update, id, "full_name", "Jané")
}

func change(action plan.Action, id string, pairs ...any) plan.Change {
	return plan.Change{Action: action, Key: "E1", RemoteID: id, After: attrs(pairs...)}
}

func apply(t *testing.T, s *ece.Sink, c plan.Change) string {
	t.Helper()
	id, err := s.Apply(t.Context(), c)
	if err != nil {
		t.Fatalf("%v: %v", c.Action, err)
	}
	return id
}

func asError(t *testing.T, err error) *sinks.Error {
	t.Helper()
	var e *sinks.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *sinks.Error", err)
	}
	return e
}

func basic(t *testing.T) httpapi.Auth {
	t.Helper()
	auth, err := ece.BasicAuth("rosterd", "sandbox-secret")
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func FuzzAnswers(f *testing.F) { sinktest.Fuzz(f, users()) }

func users() sinktest.Target {
	return sinktest.Target{
		Fake: func() http.Handler { return ece.NewFake(ece.FakeOptions{}) },
		Sink: func(t *testing.T, url string, timeout time.Duration) sinks.Sink {
			return connectAs(t, url, timeout, ece.Config{}, ece.KeyAuth("sandbox-key"))
		},
		Create: create, Update: update, Missing: "nobody", Secrets: []string{"sandbox-key", secret},
		Read:  func(r *http.Request) bool { return r.Method == http.MethodGet },
		Every: everyRequest, Golden: "users.golden",
	}
}

func TestUsersConform(t *testing.T) {
	target := users()
	sinktest.Run(t, target)
	t.Run("with Basic", func(t *testing.T) {
		target.Secrets = []string{"sandbox-secret", "cm9zdGVyZDpzYW5kYm94LXNlY3JldA", secret}
		target.Sink = func(t *testing.T, url string, timeout time.Duration) sinks.Sink {
			return connectAs(t, url, timeout, ece.Config{Self: "rosterd"}, basic(t))
		}
		target.Golden = "basic.golden"
		sinktest.Run(t, target)
	})
}

func everyRequest(ctx context.Context, t *testing.T, s sinks.Sink) {
	null := record.Value{}
	least := change(plan.Create, "", "user_name", "least", "security.roles", []string{"ece_platform_admin"})
	for _, c := range []plan.Change{
		create(1),
		least,
		update(1, "jane.doe1"),
		change(plan.Update, "jane.doe1", "email", null, "full_name", null, "security.roles", []string{"ece_deployment_manager"}),
		change(plan.Update, "jane.doe1", "security.roles", []string{}),
		change(plan.Update, "jane.doe1", "security.roles", null),
		change(plan.Deactivate, "jane.doe1", "security.enabled", false),
		change(plan.Reactivate, "jane.doe1", "security.enabled", true, "email", "jane@example.org"),
	} {
		if _, err := s.Apply(ctx, c); err != nil {
			t.Errorf("%v: %v", c.Action, err)
		}
	}
	if _, err := s.Lookup(ctx, "E1", attrs("user_name", "a b/c?d@example.com")); err != nil {
		t.Error(err)
	}
	for _, err := range s.(sinks.Lister).List(ctx) {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	if _, err := ece.New(ece.Config{UserNames: "("}, nil); err == nil || !strings.HasPrefix(err.Error(), "read ") {
		t.Error(err)
	}
	if _, err := ece.BasicAuth("a:b", "c"); err == nil || !strings.HasPrefix(err.Error(), "read ") {
		t.Error(err)
	}
}

func TestWhatIsWrongWithAConstantNamesItsAttribute(t *testing.T) {
	s, err := ece.New(ece.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []record.Attr{
		{Name: "security.roles", Value: record.ListOf([]string{"Admin"})},
		{Name: "security.enabled", Value: record.IntOf(1)},
		{Name: "user_name", Value: record.TextOf("a b")},
		{Name: "security.password", Value: record.GeneratedValue(7)},
	} {
		var e *record.AttributeError
		if err := s.Schema().Check(record.Attrs{wrong}); !errors.As(err, &e) || e.Name != wrong.Name || !strings.HasPrefix(err.Error(), wrong.Name+" ") {
			t.Errorf("%s: %v", wrong.Name, err)
		}
	}
}

func TestUserIsWhatThePageSays(t *testing.T) {
	s, err := ece.New(ece.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sch := s.Schema()
	if sch.Natural != "user_name" || sch.Active != "security.enabled" || sch.Reference != "" {
		t.Errorf("%+v", sch)
	}
	for _, want := range []record.Attribute{
		{Name: "user_name", Required: true, Fixed: true, MaxLen: 507},
		{Name: "full_name"},
		{Name: "email", MaxLen: 254},
		{Name: "security.enabled", Type: record.TypeBool},
		{Name: "security.password", Advised: true, CreateOnly: true, WriteOnly: true},
		{Name: "security.roles", Type: record.TypeTexts, Required: true, Set: true},
	} {
		if got, _ := sch.Lookup(want.Name); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
