package httpapi_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

func TestGatePausesEverybodyWhenTheTargetAsks(t *testing.T) {
	date := func(h http.Header, d time.Duration) http.Header {
		h.Set("Retry-After", time.Now().Add(d).UTC().Format(http.TimeFormat))
		return h
	}
	for name, tc := range map[string]struct {
		status int
		header func() http.Header
		want   time.Duration // from the answer to the next request
	}{
		"429 with seconds":         {429, func() http.Header { return http.Header{"Retry-After": {"30"}} }, 30 * time.Second},
		"429 with a date":          {429, func() http.Header { return date(http.Header{}, 30*time.Second) }, 30 * time.Second},
		"429 by the target's date": {429, func() http.Header { return date(http.Header{"Date": {"Mon, 01 Jan 1990 00:00:00 GMT"}}, 0) }, 0},
		"503 with seconds":         {503, func() http.Header { return http.Header{"Retry-After": {"30"}} }, 30 * time.Second},
		"503 without":              {503, func() http.Header { return http.Header{} }, 100 * time.Millisecond},
		"429 with a reset":         {429, func() http.Header { return http.Header{"Ratelimit-Reset": {"30"}} }, 30 * time.Second},
		"500 with seconds":         {500, func() http.Header { return http.Header{"Retry-After": {"30"}} }, 100 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := &target{answer: func(n int) (int, http.Header) {
				if n == 5 {
					return tc.status, tc.header()
				}
				return 200, http.Header{}
			}}
			g := gate(t, httpapi.Limits{Rate: 10, Burst: 1, MaxInFlight: 1, MaxWait: time.Minute})
			errs := drive(t, g.Over(tg), 3, 45*time.Second)
			if tc.want == 0 { // the target's clock is decades behind: a wait far beyond max_wait, by its clock
				if len(errs) == 0 {
					t.Errorf("%s: no error", name)
				}
				return
			}
			if len(errs) > 0 {
				t.Fatalf("%s: %v", name, errs)
			}
			if gap := tg.sent[5].Sub(tg.sent[4]); gap < tc.want-time.Second || gap > tc.want+200*time.Millisecond {
				t.Errorf("%s: next request after %v, want %v", name, gap, tc.want)
			}
			if got := busiest(tg.sent); got > 11 {
				t.Errorf("%s: %d requests in one second after the pause", name, got)
			}
		})
	}
}

func TestGateDoesNotSleepLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{answer: func(int) (int, http.Header) { return 429, http.Header{"Retry-After": {"3244"}} }}
		g := gate(t, httpapi.Limits{Rate: 10, Burst: 1, MaxInFlight: 1, MaxWait: 2 * time.Minute})
		rt := g.Over(tg)
		if status, err := send(t.Context(), rt); status != 429 || err != nil {
			t.Fatal(status, err)
		}
		begun := time.Now()
		_, err := send(t.Context(), rt)
		var e *sinks.Error
		if !errors.As(err, &e) || e.Class != sinks.Unsent || !e.Throttled || e.RetryAfter != 3244*time.Second {
			t.Errorf("%#v, want Unsent for 3244 s", err)
		}
		if time.Since(begun) != 0 || g.Requests() != 1 {
			t.Errorf("slept %v, %d requests", time.Since(begun), g.Requests())
		}
	})
}

func TestGateSlowsDownWhenRefusedAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusing := true
		tg := &target{answer: func(int) (int, http.Header) {
			if refusing {
				return 429, http.Header{}
			}
			return 200, http.Header{}
		}}
		g := gate(t, httpapi.Limits{Rate: 64, Burst: 1, MaxInFlight: 1, MaxWait: time.Minute})
		rt := g.Over(tg)
		for want := 32.0; want >= 2; want /= 2 {
			if _, err := send(t.Context(), rt); err != nil || g.Rate() != want {
				t.Fatalf("rate %v after a refusal, want %v (%v)", g.Rate(), want, err)
			}
		}
		if _, err := send(t.Context(), rt); err != nil || g.Rate() != 2 {
			t.Errorf("rate %v, want never below 2", g.Rate())
		}
		refusing = false
		drive(t, rt, 1, 10*time.Second)
		if g.Rate() < 5 || g.Rate() > 20 {
			t.Errorf("rate %v after 10 s of successes, want a slow recovery", g.Rate())
		}
		drive(t, rt, 1, 2*time.Minute)
		if g.Rate() != 64 {
			t.Errorf("rate %v after 2 min of successes, want 64", g.Rate())
		}
	})
}

func TestGateSlowsDownOnceForWhatWasInFlightTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{latency: 10 * time.Second, answer: func(n int) (int, http.Header) {
			if n <= 4 {
				return 429, http.Header{}
			}
			return 200, http.Header{}
		}}
		g := gate(t, httpapi.Limits{Rate: 64, Burst: 4, MaxInFlight: 4, MaxWait: time.Minute})
		drive(t, g.Over(tg), 4, 11*time.Second)
		if g.Rate() < 32 { // a second halving would be 16; the next four answers win a little back
			t.Errorf("rate %v after four refusals at once, want 32", g.Rate())
		}
	})
}

func TestGateHalvesAtTheSecondRefusalEvenWithRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{answer: func(n int) (int, http.Header) {
			if n%5 == 0 {
				return 429, http.Header{"Retry-After": {"1"}}
			}
			return 200, http.Header{}
		}}
		g := gate(t, httpapi.Limits{Rate: 10, Burst: 1, MaxInFlight: 1, MaxWait: time.Minute})
		for n := 1; n <= 10; n++ {
			if _, err := send(t.Context(), g.Over(tg)); err != nil {
				t.Fatal(err)
			}
			if n == 5 && g.Rate() != 10 {
				t.Errorf("rate %v after the first, want 10: it named its wait", g.Rate())
			}
		}
		if g.Rate() != 5 {
			t.Errorf("rate %v after the second within a minute, want 5", g.Rate())
		}
	})
}

func TestGateWithoutARatePausesWhenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{answer: func(int) (int, http.Header) { return 429, http.Header{} }}
		g := gate(t, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 1, MaxWait: time.Minute})
		drive(t, g.Over(tg), 1, 10500*time.Millisecond)
		if len(tg.sent) > 12 {
			t.Errorf("%d requests in 10 s of nothing but refusals", len(tg.sent))
		}
	})
}
