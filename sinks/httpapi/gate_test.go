package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// target is a RoundTripper in memory, for synctest's clock does not advance over sockets.
type target struct {
	latency time.Duration
	answer  func(n int) (status int, header http.Header)

	mu       sync.Mutex
	sent     []time.Time
	inFlight int
	most     int
}

func (t *target) RoundTrip(req *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.sent = append(t.sent, time.Now())
	n := len(t.sent)
	t.inFlight++
	t.most = max(t.most, t.inFlight)
	t.mu.Unlock()
	time.Sleep(t.latency)
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: req}
	if t.answer != nil {
		resp.StatusCode, resp.Header = t.answer(n)
	}
	resp.Body = &body{Reader: strings.NewReader("{}"), t: t}
	return resp, nil
}

type body struct {
	io.Reader
	t    *target
	once sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil {
		b.once.Do(b.end)
	}
	return n, err
}

func (b *body) Close() error {
	b.once.Do(b.end)
	return nil
}

func (b *body) end() {
	b.t.mu.Lock()
	defer b.t.mu.Unlock()
	b.t.inFlight--
}

// drive sends requests from so many workers until the time is over, and returns the errors.
func drive(t *testing.T, rt http.RoundTripper, workers int, d time.Duration) []error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := send(ctx, rt); err != nil && ctx.Err() == nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return errs
}

func send(ctx context.Context, rt http.RoundTripper) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://target/", nil)
	if err != nil {
		return 0, err
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

func gate(t testing.TB, l httpapi.Limits) *httpapi.Gate {
	t.Helper()
	g, err := httpapi.NewGate(l)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// busiest is how many requests were sent in the busiest second.
func busiest(sent []time.Time) int {
	most, from := 0, 0
	for to := range sent {
		for sent[to].Sub(sent[from]) > time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

func TestGateKeepsTheRateInEverySecondAndUsesIt(t *testing.T) {
	for _, l := range []httpapi.Limits{
		{Rate: 10, Burst: 1, MaxInFlight: 4},
		{Rate: 10, Burst: 5, MaxInFlight: 1},
		{Rate: 1000.0 / 60, Burst: 1, MaxInFlight: 8},
		{Rate: 5000.0 / 3600, Burst: 1, MaxInFlight: 4},
		{Rate: 0.5, Burst: 1, MaxInFlight: 4},
		{Rate: 500, Burst: 10, MaxInFlight: 32},
		{Rate: 5000, Burst: 1, MaxInFlight: 32},
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := &target{latency: time.Millisecond}
			g := gate(t, l)
			begun, during := time.Now(), time.Minute
			if l.Rate >= 500 {
				during = 5 * time.Second
			}
			drive(t, g.Over(tg), 40, during)
			if got, most := busiest(tg.sent), l.Rate+float64(l.Burst); float64(got) > most {
				t.Errorf("%+v: %d requests in one second, at most %v are allowed", l, got, most)
			}
			if first := tg.sent[0].Sub(begun).Seconds(); first < 1/l.Rate {
				t.Errorf("%+v: first request after %v s, want an empty bucket at the start", l, first)
			}
			if want := 0.995*l.Rate*during.Seconds() - 1; float64(len(tg.sent)) < want {
				t.Errorf("%+v: %d requests sent, want at least %v", l, len(tg.sent), want)
			}
			if tg.most > l.MaxInFlight {
				t.Errorf("%+v: %d in flight", l, tg.most)
			}
			if g.Requests() != int64(len(tg.sent)) {
				t.Errorf("counted %d of %d requests", g.Requests(), len(tg.sent))
			}
		})
	}
}

func TestGateRestartedAgainAndAgainKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{}
		for range 50 {
			drive(t, gate(t, httpapi.Limits{Rate: 10, Burst: 5, MaxInFlight: 4}).Over(tg), 4, 150*time.Millisecond)
		}
		if got := busiest(tg.sent); got > 15 || got < 5 {
			t.Errorf("%d requests in one second, want 5 to 15", got)
		}
	})
}

func TestGateIsSharedByItsClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{}
		g := gate(t, httpapi.Limits{Rate: 10, Burst: 1, MaxInFlight: 4})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { drive(t, g.Over(tg), 4, 10*time.Second) })
		}
		wg.Wait()
		if got := busiest(tg.sent); got > 11 {
			t.Errorf("%d requests in one second of a gate for 10/s", got)
		}
	})
}

func TestGateReloadGivesNoFreshBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{}
		l := httpapi.Limits{Rate: 10, Burst: 5, MaxInFlight: 4}
		g := gate(t, l)
		var wg sync.WaitGroup
		wg.Go(func() { drive(t, g.Over(tg), 4, 10*time.Second) })
		for range 90 {
			time.Sleep(100 * time.Millisecond)
			if err := g.Adjust(l); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		if got := busiest(tg.sent); got > 15 {
			t.Errorf("%d requests in one second", got)
		}
	})
}

func TestGateWithoutARateIsOnlyBoundedInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tg := &target{latency: time.Millisecond}
		drive(t, gate(t, httpapi.Limits{Rate: float64(rate.Inf), Burst: 1, MaxInFlight: 3}).Over(tg), 10, time.Second)
		if tg.most != 3 || len(tg.sent) < 2900 {
			t.Errorf("%d in flight, %d sent; want 3 and about 3000", tg.most, len(tg.sent))
		}
	})
}

func TestGateRejectsLimitsThatSendNothing(t *testing.T) {
	for _, l := range []httpapi.Limits{{}, {Rate: 0, Burst: 1, MaxInFlight: 1}, {Rate: -1, Burst: 1, MaxInFlight: 1},
		{Rate: 1, MaxInFlight: 1}, {Rate: 1, Burst: 1}} {
		if _, err := httpapi.NewGate(l); err == nil {
			t.Errorf("%+v: accepted", l)
		}
	}
}

func TestGateCancelledWhileWaitingHasSentNothing(t *testing.T) {
	for name, prepare := range map[string]func(g *httpapi.Gate, rt http.RoundTripper){
		"for a token": func(*httpapi.Gate, http.RoundTripper) {},
		"for a slot":  func(_ *httpapi.Gate, rt http.RoundTripper) { go send(context.Background(), rt) },
		"in a pause":  func(g *httpapi.Gate, _ http.RoundTripper) { g.Pause(time.Now().Add(time.Minute)) },
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := &target{latency: time.Hour}
			g := gate(t, httpapi.Limits{Rate: 0.1, Burst: 1, MaxInFlight: 1, MaxWait: time.Hour})
			rt := g.Over(tg)
			prepare(g, rt)
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, err := send(ctx, rt)
			var e *sinks.Error
			if !errors.As(err, &e) || e.Class != sinks.Unsent || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v, want Unsent", name, err)
			}
			if g.Requests() != 0 {
				t.Errorf("%s: %d requests counted", name, g.Requests())
			}
			time.Sleep(2 * time.Hour) // a slot taken for ever would leave this one waiting
			if _, err := send(t.Context(), rt); err != nil {
				t.Errorf("%s: afterwards: %v", name, err)
			}
		})
	}
}
