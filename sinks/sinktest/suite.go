// Package sinktest is the conformance suite of sinks: what a target may do to a change, and what a sink has to say of it.
// It runs over real HTTP on loopback, against the sink's own fake with a fault before it.
package sinktest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
)

// Target is what the suite has to know of a sink and its target.
type Target struct {
	// Fake is a new target without records.
	Fake func() http.Handler
	// Sink is a new sink that speaks to the target at that URL, without a rate, with that time-out of a request and a
	// max_wait of 0. What it opens it closes with t.Cleanup.
	Sink func(t *testing.T, url string, timeout time.Duration) sinks.Sink
	// Create is a change that creates the n-th record, Update one that changes it, each in one request.
	Create func(n int) plan.Change
	Update func(n int, remoteID string) plan.Change
	// Missing is a remote id of the right form that no record has.
	Missing string
	// Read tells the requests that change nothing: tokens, look-ups.
	Read func(r *http.Request) bool
	// Renews is set where a new credential can be had after a 401.
	Renews bool
	// Secrets are what of the credentials must never be seen in an error.
	Secrets []string
	// Every makes each kind of request that the sink can make, for the file named Golden in testdata.
	Every  func(ctx context.Context, t *testing.T, s sinks.Sink)
	Golden string
}

// timeout of a request in tests that wait for one, and in all others.
const (
	shortly  = 500 * time.Millisecond
	inTime   = 10 * time.Second
	sentence = 7 * time.Second // what a refusing target asks to wait
)

// Run tests a sink against everything that a target may do.
func Run(t *testing.T, target Target) {
	t.Run("faults", func(t *testing.T) { runFaults(t, target) })
	t.Run("a look-up that meets a fault says so", target.lookUpsFail)
	t.Run("a record is created, updated and found with one request each", target.lifecycle)
	t.Run("a record is created once", target.createdTwice)
	t.Run("several goroutines create and look up", target.sideBySide)
	t.Run("an update of what is not there is not found", target.notFound)
	t.Run("a 404 of something else is not the target's word that a record is gone", target.notTheTarget)
	t.Run("a 401 renews the credential once", target.renewed)
	t.Run("a 401 for ever halts", target.unauthorized)
	t.Run("a 403 is of one record, and renews nothing", target.denied)
	t.Run("a redirect is not followed", target.redirected)
	t.Run("a cancelled change was not sent", target.cancelled)
	t.Run("a target that is not there halts", target.absent)
	if target.lists(t) {
		t.Run("a list that meets a fault ends with it", target.listsFail)
		t.Run("a list that goes round in circles ends", target.circles)
	}
	t.Run("requests are those of the golden file", target.golden)
}

// bench is one target with faults before it, and one sink.
type bench struct {
	*stage
	sink sinks.Sink
	url  string
}

func (tg Target) bench(t *testing.T, timeout time.Duration) bench {
	t.Helper()
	st := &stage{target: tg.Fake(), isRead: tg.Read}
	s := httptest.NewServer(st)
	t.Cleanup(s.Close)
	return bench{stage: st, sink: tg.Sink(t, s.URL, timeout), url: s.URL}
}

func (tg Target) lifecycle(t *testing.T) {
	b := tg.bench(t, inTime)
	create := tg.Create(1)
	id, err := b.sink.Apply(t.Context(), create)
	if err != nil || id == "" {
		t.Fatalf("create: id %q, %v", id, err)
	}
	if n := b.wrote(); n != 1 || b.sink.Requests(create) != n {
		t.Errorf("create: %d writes, forecast %d, want 1", n, b.sink.Requests(create))
	}
	found, err := b.sink.Lookup(t.Context(), create.Key, create.After)
	if err != nil || found == nil || found.RemoteID != id {
		t.Errorf("look up: %+v, %v; want id %s", found, err, id)
	}
	update := tg.Update(1, id)
	if _, err := b.sink.Apply(t.Context(), update); err != nil {
		t.Errorf("update: %v", err)
	}
	if n := b.wrote(); n != 2 || b.sink.Requests(update) != 1 {
		t.Errorf("update: %d writes in all, want 2", n)
	}
	other := tg.Create(2)
	if found, err := b.sink.Lookup(t.Context(), other.Key, other.After); found != nil || err != nil {
		t.Errorf("look up what is not there: %+v, %v", found, err)
	}
}

func (tg Target) createdTwice(t *testing.T) {
	b := tg.bench(t, inTime)
	if _, err := b.sink.Apply(t.Context(), tg.Create(1)); err != nil {
		t.Fatal(err)
	}
	_, err := b.sink.Apply(t.Context(), tg.Create(1))
	tg.expect(t, err, sinks.Exists)
}

// sideBySide is for the race detector above all. Creates come first: look-ups may share a list, which must not be older than they are.
func (tg Target) sideBySide(t *testing.T) {
	const workers = 4
	b := tg.bench(t, inTime)
	var ids [workers]string
	each := func(do func(n int) error) {
		var wg sync.WaitGroup
		for n := range workers {
			wg.Go(func() {
				if err := do(n); err != nil {
					t.Errorf("record %d: %v", n, err)
				}
			})
		}
		wg.Wait()
	}
	each(func(n int) (err error) {
		ids[n], err = b.sink.Apply(t.Context(), tg.Create(n+1))
		return err
	})
	each(func(n int) error {
		c := tg.Create(n + 1)
		found, err := b.sink.Lookup(t.Context(), c.Key, c.After)
		if err == nil && (found == nil || found.RemoteID != ids[n]) {
			err = fmt.Errorf("found %+v, want id %s", found, ids[n])
		}
		return err
	})
	if n := b.wrote(); n != workers {
		t.Errorf("%d writes, want %d", n, workers)
	}
}

func (tg Target) notFound(t *testing.T) {
	_, err := tg.bench(t, inTime).sink.Apply(t.Context(), tg.Update(1, tg.Missing))
	tg.expect(t, err, sinks.NotFound)
}

func (tg Target) notTheTarget(t *testing.T) {
	for _, body := range []string{
		page,                    // nginx
		"404 page not found\n",  // Go and Traefik
		"default backend - 404", // Kubernetes
		"",                      // Envoy
		`{"message":"no Route matched with those values"}`, // Kong
	} {
		b := tg.bench(t, inTime)
		id, err := b.sink.Apply(t.Context(), tg.Create(1))
		if err != nil {
			t.Fatal(err)
		}
		b.play(status(http.StatusNotFound, nil, body))
		_, err = b.sink.Apply(t.Context(), tg.Update(1, id))
		switch e := asError(t, err); {
		case e == nil:
		case e.Class == sinks.NotFound || e.Class == sinks.Exists:
			t.Errorf("class %v: %v", e.Class, e)
		case e.Class == sinks.Halt && !strings.Contains(e.Advice, "base_url"):
			t.Errorf("advice %q does not name base_url", e.Advice)
		}
	}
}

func (tg Target) cancelled(t *testing.T) {
	b := tg.bench(t, inTime)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.sink.Apply(ctx, tg.Create(1))
	tg.expect(t, err, sinks.Unsent)
	if b.wrote() != 0 {
		t.Errorf("%d writes", b.wrote())
	}
}

func (tg Target) absent(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	_, err := tg.Sink(t, s.URL, inTime).Apply(t.Context(), tg.Create(1))
	if e := tg.refusal(t, err, sinks.Halt); e != nil && e.Advice == "" {
		t.Error("no advice")
	}
}
