package httpapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rosterd/rosterd/sinks"
)

func TestSlotThatCameAsItsWaiterLeftGoesToTheNext(t *testing.T) {
	s := slots{size: 1, taken: 1}
	next := make(chan struct{})
	s.waiting = append(s.waiting, next)
	s.leave(make(chan struct{})) // it is not among the waiting any more: the slot is its own
	select {
	case <-next:
	default:
		t.Error("the slot is lost")
	}
	if s.taken != 1 {
		t.Errorf("%d slots taken, want 1", s.taken)
	}
}

func TestWaiterThatLeavesGivesItsTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(0.1, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.wait(ctx); err == nil {
			t.Fatal("an empty bucket gave a token")
		}
		begun := time.Now()
		if err := p.wait(t.Context()); err != nil || time.Since(begun) != 9*time.Second {
			t.Errorf("next token after %v, want 9 s (%v)", time.Since(begun), err)
		}
	})
}

func TestTokenIsNotUsedInTheLastPartOfItsLife(t *testing.T) {
	for _, tc := range []struct{ life, used time.Duration }{
		{10 * time.Second, 9 * time.Second}, {2 * time.Hour, 2*time.Hour - time.Minute}, {0, 1000 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			fetched := 0
			cr, err := newCredential(Auth{Login: func(context.Context, *Client) (Token, error) {
				fetched++
				return Token{Value: "t", Lifetime: tc.life}, nil
			}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				after time.Duration
				want  int
			}{{0, 1}, {tc.used - 1, 1}, {1, 2}} {
				time.Sleep(step.after)
				if _, err := cr.get(t.Context()); err != nil {
					t.Fatal(err)
				}
				if tc.life == 0 {
					step.want = 1
				}
				if fetched != step.want {
					t.Errorf("life %v: %d tokens fetched, want %d", tc.life, fetched, step.want)
				}
			}
		})
	}
}

func TestCauseIsJudgedByWhatWasKnownWhenItCame(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	dns := &net.DNSError{Err: "operation was canceled", Name: "target"}
	unreachable := &net.OpError{Op: "read", Net: "tcp", Err: syscall.EHOSTUNREACH}
	for name, tc := range map[string]struct {
		ctx  context.Context
		l    *lost
		want sinks.Class
	}{
		"a cancelled look-up of the name":         {cancelled, &lost{err: dns}, sinks.Unsent},
		"a failed look-up of the name":            {t.Context(), &lost{err: dns}, sinks.Halt},
		"no route, before there was a connection": {t.Context(), &lost{err: unreachable}, sinks.Halt},
		"no route, after there was a connection":  {t.Context(), &lost{err: unreachable, connected: true}, sinks.Unknown},
		"no client certificate, told after the handshake": {t.Context(), &lost{connected: true,
			err: &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}}, sinks.Halt},
		"another alert in the middle of an answer": {t.Context(), &lost{connected: true,
			err: &net.OpError{Op: "remote error", Err: errors.New("tls: internal error")}}, sinks.Unknown},
		"reset as the handshake began": {t.Context(), &lost{err: syscall.ECONNRESET}, sinks.Unsent},
	} {
		req := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "target"}}
		if e := unanswered(tc.ctx, req, tc.l); e.Class != tc.want {
			t.Errorf("%s: %v, want %v", name, e.Class, tc.want)
		}
	}
}
