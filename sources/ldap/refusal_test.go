package ldap

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// A schedule of a minute with a password that was changed would lock the account, again and again.
func TestARefusedBindIsNotTriedAgainForAWhile(t *testing.T) {
	var code atomic.Uint32
	s, c := script(t, ldaptest.ScriptedOptions{Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) { a.Done(ldaptest.Result{Code: uint16(code.Load())}) },
		Search: ldaptest.Directory{Entries: people(1)}.Search})
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return now }
	source := New(c)
	for _, step := range []struct {
		after time.Duration
		code  uint16
		binds int // so far
		says  []string
	}{
		{0, ldap.LDAPResultInvalidCredentials, 1, []string{"result 49"}},
		{time.Minute, ldap.LDAPResultSuccess, 1, []string{"not tried again before 10:15:00", "at 10:00:00", "result 49", "check --connect", "restart"}},
		{13*time.Minute + 59*time.Second, ldap.LDAPResultSuccess, 1, []string{"not tried again before 10:15:00"}},
		{time.Second, ldap.LDAPResultInvalidCredentials, 2, []string{"result 49"}},
		{rest, ldap.LDAPResultBusy, 3, []string{"result 51"}}, // which locks nobody out
		{0, ldap.LDAPResultSuccess, 4, nil},
		{0, ldap.LDAPResultInvalidCredentials, 5, []string{"result 49"}},
	} {
		now = now.Add(step.after)
		code.Store(uint32(step.code))
		rd, err := source.Open(t.Context(), sources.Request{Need: []string{"uid"}})
		if err == nil {
			_ = rd.Close() // it was opened, which is what counts
		}
		if got := (answers{err: err}); step.says != nil {
			got.says(t, step.says...)
		} else if err != nil {
			t.Error(err)
		}
		if n := binds(s); n != step.binds {
			t.Errorf("%d binds, want %d", n, step.binds)
		}
	}
	read(t, c, "uid").says(t, "result 49") // a new configuration is a new source
	if n := binds(s); n != 6 {
		t.Errorf("%d binds", n)
	}
}
