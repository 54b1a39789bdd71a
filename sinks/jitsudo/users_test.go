package jitsudo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sinks/sinktest"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

const tenantID = "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func byLogin() jitsudo.Credentials {
	return jitsudo.Credentials{TenantID: tenantID, Email: "rosterd@example.com", Password: "sandbox-password"}
}

func byKey() jitsudo.Credentials {
	return jitsudo.Credentials{TenantID: tenantID, APIKey: "sandbox-key"}
}

// connect is a sink that speaks to that URL.
func connect(t *testing.T, url string, timeout time.Duration, who jitsudo.Credentials) *jitsudo.Sink {
	t.Helper()
	gate, err := httpapi.NewGate(httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 8})
	if err != nil {
		t.Fatal(err)
	}
	auth, err := who.Auth()
	if err != nil {
		t.Fatal(err)
	}
	c, err := httpapi.New(httpapi.Config{BaseURL: url, Timeout: timeout, MaxInFlight: 8, Version: "test", Auth: auth}, gate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s, err := jitsudo.New(jitsudo.Config{TenantID: who.TenantID, Own: who.Email}, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tenant is a fake at a URL, and a sink that speaks to it.
func tenant(t *testing.T, o jitsudo.FakeOptions) (*jitsudo.Fake, *jitsudo.Sink) {
	t.Helper()
	f := jitsudo.NewFake(o)
	return f, connect(t, serve(t, f), 10*time.Second, byLogin())
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// attrs takes names and values in turn.
func attrs(pairs ...any) record.Attrs {
	var a record.Attrs
	for i := 0; i < len(pairs); i += 2 {
		v, ok := pairs[i+1].(record.Value)
		switch given := pairs[i+1].(type) {
		case string:
			v = record.TextOf(given)
		case bool:
			v = record.BoolOf(given)
		case []string:
			v = record.ListOf(given)
		case nil:
		default:
			if !ok {
				panic(fmt.Sprintf("%T", given))
			}
		}
		a = append(a, record.Attr{Name: pairs[i].(string), Value: v})
	}
	return a.Sort()
}

func asError(t *testing.T, err error) *sinks.Error {
	t.Helper()
	var e *sinks.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *sinks.Error", err)
	}
	return e
}

func mail(n int) string { return fmt.Sprintf("jane.doe%d@example.com", n) }

func create(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprintf("E%d", n)), After: attrs(
		"email", mail(n), "name", `Jane <Doe> & "Sons"`, "roles", []string{"approver", "user"}, "password", "correct-horse", "active", true)}
}

func update(n int, id string) plan.Change {
	return plan.Change{Action: plan.Update, Key: record.Key(fmt.Sprintf("E%d", n)), RemoteID: id, Have: create(n).After,
		Before: attrs("name", "Jane"), After: attrs("name", "Jané")}
}

func off(id string) plan.Change {
	return plan.Change{Action: plan.Deactivate, RemoteID: id, Before: attrs("active", true), After: attrs("active", false)}
}

func on(id string) plan.Change {
	return plan.Change{Action: plan.Reactivate, RemoteID: id, Before: attrs("active", false), After: attrs("active", true)}
}

func TestUsersConform(t *testing.T) {
	for golden, who := range map[string]jitsudo.Credentials{"login.golden": byLogin(), "key.golden": byKey()} {
		t.Run(golden, func(t *testing.T) { sinktest.Run(t, users(who, golden)) })
	}
}

func FuzzConversations(f *testing.F) { sinktest.Fuzz(f, users(byLogin(), "login.golden")) }

func users(who jitsudo.Credentials, golden string) sinktest.Target {
	return sinktest.Target{
		Fake:   func() http.Handler { return jitsudo.NewFake(jitsudo.FakeOptions{PageSize: 2}) },
		Sink:   func(t *testing.T, url string, timeout time.Duration) sinks.Sink { return connect(t, url, timeout, who) },
		Create: create, Update: update, Missing: "00000000-0000-4000-8000-999999999999", Renews: who.APIKey == "",
		Read:    func(r *http.Request) bool { return r.Method == http.MethodGet || r.URL.Path == "/v1/auth/login" },
		Secrets: []string{"sandbox-password", "sandbox-key", "correct-horse", "Bearer "},
		Every:   everyRequest, Golden: golden,
	}
}

func everyRequest(ctx context.Context, t *testing.T, s sinks.Sink) {
	inactive := create(2)
	inactive.After = attrs("email", "o'neil+2@example.com", "name", "O'Neil", "roles", []string{"admin"}, "auth_provider", "oidc", "active", false)
	full := update(1, "")
	full.Action, full.After = plan.Reactivate, attrs("active", true, "roles", []string{"user"})
	var id string
	for _, c := range []plan.Change{create(1), update(1, ""), off(""), full, off(""), on(""), inactive} {
		steps := s.(sinks.Stepper).Steps(c)
		if n := s.Requests(c); n != len(steps) {
			t.Errorf("%v: forecast %d, %d steps", c.Action, n, len(steps))
		}
		for _, step := range steps {
			if step.Action != plan.Create {
				step.RemoteID = id
			}
			got, err := s.Apply(ctx, step)
			if err != nil {
				t.Errorf("%v: %v", step.Action, err)
			}
			if step.Action == plan.Create {
				id = got
			}
		}
	}
	for _, err := range s.(sinks.Lister).List(ctx) {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Lookup(ctx, "E1", create(1).After); err != nil {
		t.Error(err)
	}
}
