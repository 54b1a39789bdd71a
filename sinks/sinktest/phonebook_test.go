package sinktest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sinks/sinktest"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPhonebookConforms(t *testing.T) {
	sinktest.Run(t, sinktest.Target{
		Fake:    func() http.Handler { return NewFake(FakeOptions{PageSize: 2}) },
		Sink:    connect,
		Create:  create,
		Update:  update,
		Missing: "999",
		Read:    func(r *http.Request) bool { return r.Method == http.MethodGet },
		Secrets: []string{"sandbox-token"},
		Every:   everyRequest, Golden: "phonebook.golden",
	})
}

// connect is a sink that speaks to the phonebook at that URL.
func connect(t *testing.T, url string, timeout time.Duration) sinks.Sink {
	t.Helper()
	gate, err := httpapi.NewGate(httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 4})
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpapi.New(httpapi.Config{BaseURL: url, Timeout: timeout, MaxInFlight: 4, Version: "test",
		Auth: httpapi.Auth{Scheme: "Bearer ", Fixed: "sandbox-token"}}, gate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return New(client)
}

func create(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprintf("E%d", n)), After: record.Attrs{
		{Name: "email", Value: record.TextOf(fmt.Sprintf("jane+%d@example.com", n))},
		{Name: "extension", Value: record.TextOf("4711")},
		{Name: "listed", Value: record.BoolOf(true)},
		{Name: "name", Value: record.TextOf("Jane Doe")},
	}}
}

func update(n int, id string) plan.Change {
	return plan.Change{Action: plan.Update, Key: record.Key(fmt.Sprintf("E%d", n)), RemoteID: id,
		Before: record.Attrs{{Name: "name", Value: record.TextOf("Jane Doe")}},
		After:  record.Attrs{{Name: "name", Value: record.TextOf("Jané")}}}
}

func everyRequest(ctx context.Context, t *testing.T, s sinks.Sink) {
	for n := 1; n <= 3; n++ {
		if _, err := s.Apply(ctx, create(n)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []plan.Change{
		update(1, "1"),
		{Action: plan.Update, RemoteID: "1", After: record.Attrs{{Name: "extension"}}},
		{Action: plan.Deactivate, RemoteID: "1", After: record.Attrs{{Name: "listed", Value: record.BoolOf(false)}}},
		{Action: plan.Reactivate, RemoteID: "1", After: record.Attrs{{Name: "listed", Value: record.BoolOf(true)}}},
	} {
		if _, err := s.Apply(ctx, c); err != nil {
			t.Errorf("%v: %v", c.Action, err)
		}
	}
	if found, err := s.Lookup(ctx, "E1", create(1).After); err != nil || found == nil || found.RemoteID != "1" {
		t.Errorf("%+v, %v", found, err)
	}
	people := 0
	for _, err := range s.(sinks.Lister).List(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		people++
	}
	if people != 3 {
		t.Errorf("%d people are listed, want 3", people)
	}
}

func TestSinkOfTheExampleStaysShort(t *testing.T) {
	const most = 150
	text, err := os.ReadFile("phonebook_sink_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > most {
		t.Errorf("%d lines, want at most %d", n, most)
	}
}
