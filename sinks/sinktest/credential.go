package sinktest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
)

// both are a create and an update, each on a bench of its own, where the record to update stands already.
func (tg Target) both(t *testing.T, try func(t *testing.T, b bench, c plan.Change)) {
	t.Run("create", func(t *testing.T) { try(t, tg.bench(t, inTime), tg.Create(1)) })
	t.Run("update", func(t *testing.T) {
		b := tg.bench(t, inTime)
		id, err := b.sink.Apply(t.Context(), tg.Create(1))
		if err != nil {
			t.Fatal(err)
		}
		try(t, b, tg.Update(1, id))
	})
}

func (tg Target) renewed(t *testing.T) {
	tg.both(t, func(t *testing.T, b bench, c plan.Change) {
		before := b.wrote()
		b.play(expired())
		_, err := b.sink.Apply(t.Context(), c)
		if !tg.Renews {
			tg.expect(t, err, sinks.Halt)
			return
		}
		if n := b.wrote() - before; err != nil || n != 2 {
			t.Errorf("%v after %d writes, want success at the second", err, n)
		}
	})
}

func (tg Target) unauthorized(t *testing.T) {
	tg.both(t, func(t *testing.T, b bench, c plan.Change) {
		want := 1
		if tg.Renews {
			want = 2
		}
		before := b.wrote()
		b.playWrites(expired())
		_, err := b.sink.Apply(t.Context(), c)
		if e := tg.refusal(t, err, sinks.Halt); e != nil && e.Advice == "" {
			t.Error("no advice")
		}
		if n := b.wrote() - before; n != want {
			t.Errorf("%d writes, want %d: one renewal at most", n, want)
		}
		b.playWrites(nil)
		if _, err := b.sink.Apply(t.Context(), c); err != nil {
			t.Errorf("once the credential is good again: %v", err)
		}
	})
}

func expired() act { return status(http.StatusUnauthorized, nil, `{"error":"expired"}`) }

func (tg Target) denied(t *testing.T) {
	no := status(http.StatusForbidden, nil, `{"error":"not yours"}`)
	b := tg.bench(t, inTime)
	b.play(no)
	_, err := b.sink.Apply(t.Context(), tg.Create(1))
	tg.expect(t, err, sinks.Denied)
	if _, err := b.sink.Apply(t.Context(), tg.Create(1)); err != nil || b.wrote() != 2 {
		t.Errorf("after one 403: %v, %d writes", err, b.wrote())
	}
	b.playWrites(no)
	wrote, read := b.wrote(), b.read()
	for n := 2; n <= 4; n++ {
		_, err := b.sink.Apply(t.Context(), tg.Create(n))
		tg.expect(t, err, sinks.Denied)
	}
	if b.wrote() != wrote+3 || b.read() != read {
		t.Errorf("three denied creates: %d writes, %d other requests", b.wrote()-wrote, b.read()-read)
	}
}

func (tg Target) redirected(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived at another host with %v", r.Method, r.URL, r.Header)
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			tg.both(t, func(t *testing.T, b bench, c plan.Change) {
				b.play(status(code, http.Header{"Location": {other.URL + "/elsewhere"}}, ""))
				_, err := b.sink.Apply(t.Context(), c)
				if e := tg.refusal(t, err, sinks.Halt); e != nil && !strings.Contains(e.Advice, "base_url") {
					t.Errorf("advice %q does not name base_url", e.Advice)
				}
			})
		})
	}
}
