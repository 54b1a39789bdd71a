package ldap

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// Each of these waits for ever at one place, and says when it does.
func TestWhoeverCancelsIsHeardEverywhere(t *testing.T) {
	stop := errors.New("it was told to stop")
	waiting := make(chan struct{}, 100)
	wait := func(a *ldaptest.Answer) { waiting <- struct{}{}; a.Silence() }
	d := ldaptest.ADDirectory(append(people(250), ldaptest.Entry{DN: "cn=x," + groupsDN}, ldaptest.Entry{DN: "cn=big," + peopleDN, Attributes: []ldaptest.Attribute{members(3000)}})...)
	at := func(when func(ldaptest.Search) bool) ldaptest.ScriptedOptions {
		return ldaptest.ScriptedOptions{Identity: controller(), Search: func(a *ldaptest.Answer, q ldaptest.Search) {
			if when(q) {
				wait(a)
				return
			}
			if strings.Contains(q.Filter, uniqueMember) { // cn=x has nobody
				a.Done(ldaptest.Result{})
				return
			}
			d.Search(a, q)
		}}
	}
	muted := listen(t, func(c net.Conn) { waiting <- struct{}{}; mute(c) })
	for _, p := range []struct {
		name string
		o    ldaptest.ScriptedOptions
		set  func(*Config)
	}{
		{"at TLS", ldaptest.ScriptedOptions{}, func(c *Config) { c.URLs = []string{"ldaps://" + muted} }},
		{"at StartTLS", ldaptest.ScriptedOptions{}, func(c *Config) { c.URLs, c.StartTLS = []string{"ldap://" + muted}, true }},
		{"at the bind", ldaptest.ScriptedOptions{Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) { wait(a) }}, func(*Config) {}},
		{"at the root DSE", ldaptest.ScriptedOptions{Meta: func(a *ldaptest.Answer, _ ldaptest.Search) { wait(a) }}, func(*Config) {}},
		{"at a group", at(func(q ldaptest.Search) bool {
			return q.Scope == 0 && len(q.Attributes) == 1 && q.Attributes[0] == noAttributes
		}), func(*Config) {}},
		{"at the first page", at(func(q ldaptest.Search) bool { return q.Paged && q.Scope == 2 && len(q.Cookie) == 0 }), func(*Config) {}},
		{"at a later page", at(func(q ldaptest.Search) bool { return q.Paged && len(q.Cookie) > 0 }), func(*Config) {}},
		{"at a range", at(func(q ldaptest.Search) bool {
			return len(q.Attributes) == 1 && q.Attributes[0] == "member;range=1500-*"
		}), func(c *Config) { c.PageSize = 1000 }},
	} {
		t.Run(p.name, func(t *testing.T) {
			_, c := script(t, p.o)
			c.Timeout = time.Hour
			p.set(&c)
			before := goleak.IgnoreCurrent()
			ctx, cancel := context.WithCancelCause(t.Context())
			watched := make(chan struct{})
			go func() {
				defer close(watched)
				select {
				case <-waiting:
					cancel(stop)
				case <-ctx.Done():
				}
			}()
			begin := time.Now()
			got := readWith(t, ctx, c, nil, "cn", "member", in("x"))
			if !errors.Is(got.err, stop) || time.Since(begin) > 3*time.Second {
				t.Errorf("after %v: %v", time.Since(begin), got.err)
			}
			cancel(nil)
			<-watched
			goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/rosterd/rosterd/sources/ldap/ldaptest.(*conn).serve"),
				goleak.IgnoreAnyFunction("github.com/rosterd/rosterd/sources/ldap.mute"), goleak.IgnoreAnyFunction("github.com/rosterd/rosterd/sources/ldap/ldaptest.(*Answer).Silence"))
		})
	}
}

func TestAReadCancelledAtAnyMomentEndsWithAnErrorAndNothingRunning(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 3000})
	c := readerOf(s.URL(), s.Password)
	before := goleak.IgnoreCurrent()
	for moment := time.Duration(0); moment < 60*time.Millisecond; moment += 1500 * time.Microsecond {
		ctx, cancel := context.WithTimeout(t.Context(), moment)
		got := readWith(t, ctx, c, nil, "uid", "cn")
		if got.err == nil {
			got.whole(t, 3000)
		} else if !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("%v: %v", moment, got.err)
		}
		cancel()
	}
	goleak.VerifyNone(t, before)
}

func TestAReadBrokenOffAnywhereLeavesNothingRunning(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 3000})
	c := readerOf(s.URL(), s.Password)
	before := goleak.IgnoreCurrent()
	for _, most := range []int{0, 1, 99, 100, 101, 1500, 2999} {
		rd, err := New(c).Open(t.Context(), sources.Request{Need: []string{"uid", "cn"}})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range rd.Entries(nil) {
			if err != nil || n == most {
				break
			}
			n++
		}
		if got := rd.Receipt(); got.Complete {
			t.Errorf("after %d: %+v", n, got)
		}
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
	}
	rd, err := New(c).Open(t.Context(), sources.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if err := rd.Close(); err != nil { // never read
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

func TestOneSourceIsReadBySeveralAtATime(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 500})
	source := New(readerOf(s.URL(), s.Password))
	done := make(chan int64)
	for range 4 {
		go func() {
			rd, err := source.Open(t.Context(), sources.Request{Need: []string{"uid"}})
			if err != nil {
				t.Error(err)
				done <- 0
				return
			}
			for _, err := range rd.Entries(nil) {
				if err != nil {
					t.Error(err)
				}
			}
			done <- rd.Receipt().Entries
			_ = rd.Close()
		}()
	}
	for range 4 {
		if n := <-done; n != 500 {
			t.Errorf("%d entries", n)
		}
	}
}
