package ldaptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func dial(t *testing.T, address string, cfg *tls.Config) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL(address, ldap.DialWithTLSConfig(cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func search(t *testing.T, c *ldap.Conn, base, filter string, attrs ...string) []*ldap.Entry {
	t.Helper()
	found, err := c.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, attrs, nil))
	if err != nil {
		t.Fatal(err)
	}
	return found.Entries
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSlapd_EveryWayInWorks(t *testing.T) {
	s := Start(t, StartSlapd, SlapdOptions{})
	cfg := must(s.ClientTLS())
	own := must(s.ClientTLSWithCertificate())
	for _, tt := range []struct {
		name, url string
		tls       *tls.Config
		startTLS  bool
		bind      func(*ldap.Conn) error
		who       string
	}{
		{"anonymous", s.URL(), nil, false, func(c *ldap.Conn) error { return c.UnauthenticatedBind("") }, ""},
		{"password", s.URL(), nil, false, func(c *ldap.Conn) error { return c.Bind(ReaderDN, s.Password) }, "dn:" + ReaderDN},
		{"password after StartTLS", s.URL(), cfg, true, func(c *ldap.Conn) error { return c.Bind(ReaderDN, s.Password) }, "dn:" + ReaderDN},
		{"root over ldaps", s.LDAPSURL(), cfg, false, func(c *ldap.Conn) error { return c.Bind(RootDN, s.Password) }, "dn:" + RootDN},
		{"socket", s.LDAPIURL(), nil, false, (*ldap.Conn).ExternalBind, "dn:" + ReaderDN},
		{"certificate over ldaps", s.LDAPSURL(), own, false, (*ldap.Conn).ExternalBind, "dn:" + ReaderDN},
		{"certificate after StartTLS", s.URL(), own, true, (*ldap.Conn).ExternalBind, "dn:" + ReaderDN},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, tt.url, tt.tls)
			if tt.startTLS {
				if err := c.StartTLS(tt.tls); err != nil {
					t.Fatal(err)
				}
			}
			if err := tt.bind(c); err != nil {
				t.Fatal(err)
			}
			if who := must(c.WhoAmI(nil)); who.AuthzID != tt.who {
				t.Errorf("bound as %q", who.AuthzID)
			}
		})
	}
	t.Run("a wrong password is refused", func(t *testing.T) {
		if err := dial(t, s.URL(), nil).Bind(ReaderDN, "wrong"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			t.Error(err)
		}
	})
	t.Run("another server's authority doesn't fit", func(t *testing.T) {
		other := must(Start(t, StartScripted, ScriptedOptions{}).ClientTLS())
		if c, err := ldap.DialURL(s.LDAPSURL(), ldap.DialWithTLSConfig(other)); err == nil {
			c.Close()
			t.Error("connected")
		}
	})
}

func TestSlapd_HoldsThePeopleThatTheOptionsSay(t *testing.T) {
	o := SlapdOptions{People: 700, Groups: 2, Seed: 7, OUs: []string{"ou=berlin,ou=people", "ou=paris,ou=people"}}
	s := Start(t, StartSlapd, o)
	c := dial(t, s.URL(), nil)
	if err := c.Bind(ReaderDN, s.Password); err != nil {
		t.Fatal(err)
	}
	got := search(t, c, "ou=people,"+BaseDN, "(objectClass=inetOrgPerson)", "*", "+")
	if len(got) != o.People {
		t.Fatalf("%d people", len(got))
	}
	byDN := map[string]*ldap.Entry{}
	for _, e := range got {
		byDN[e.DN] = e
	}
	for i := range o.People {
		p := o.Person(i)
		e := byDN[p.DN]
		if e == nil {
			t.Fatalf("no %s", p.DN)
		}
		read := Person{e.DN, e.GetAttributeValue("entryUUID"), e.GetAttributeValue("uid"), e.GetAttributeValue("cn"), e.GetAttributeValue("sn"),
			e.GetAttributeValue("givenName"), e.GetAttributeValue("mail"), e.GetAttributeValue("employeeNumber"), e.GetAttributeValue("title"),
			e.GetAttributeValue("departmentNumber"), e.GetAttributeValue("memberOf")}
		if read != p {
			t.Errorf("read %v, want %v", read, p)
		}
	}
	if n := len(search(t, c, o.Group(1), "(objectClass=*)", "member")[0].GetAttributeValues("member")); n != o.People/2 {
		t.Errorf("%d members", n)
	}
	if other := (SlapdOptions{Seed: 8}); o.Person(3) == other.Person(3) {
		t.Error("another seed has the same people")
	}
}

func TestSlapd_LimitsAndRulesOfTheOptionsCount(t *testing.T) {
	s := Start(t, StartSlapd, SlapdOptions{People: 20, Global: "sizelimit 7", Database: `access to dn.subtree="ou=groups,` + BaseDN + `" by * none`})
	c := dial(t, s.URL(), nil)
	if err := c.Bind(ReaderDN, s.Password); err != nil {
		t.Fatal(err)
	}
	for base, code := range map[string]uint16{"ou=people," + BaseDN: ldap.LDAPResultSizeLimitExceeded, "ou=groups," + BaseDN: ldap.LDAPResultNoSuchObject} {
		_, err := c.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(objectClass=*)", nil, nil))
		if !ldap.IsErrorWithCode(err, code) {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestSlapd_ModifyGoesThroughTheOverlays(t *testing.T) {
	s := Start(t, StartSlapd, SlapdOptions{People: 2, LDIF: "dn: cn=late,ou=groups," + BaseDN +
		"\nobjectClass: groupOfNames\ncn: late\nmember: uid=u0000001,ou=people," + BaseDN + "\n"})
	c := dial(t, s.URL(), nil)
	if got := search(t, c, BaseDN, "(uid=u0000001)", "memberOf"); len(got) != 1 || got[0].GetAttributeValue("memberOf") != "cn=late,ou=groups,"+BaseDN {
		t.Errorf("%v", got)
	}
	if err := s.Modify("dn: uid=u0000001,ou=people," + BaseDN + "\nchangetype: modrdn\nnewrdn: uid=moved\ndeleteoldrdn: 1\n"); err != nil {
		t.Fatal(err)
	}
	if got := search(t, c, BaseDN, "(uid=moved)"); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if err := s.Modify("dn: uid=nobody," + BaseDN + "\nchangetype: delete\n"); err == nil || !strings.Contains(err.Error(), "No such object") {
		t.Errorf("%v", err)
	}
}

func TestSlapd_StopsAndComesBackWithItsData(t *testing.T) {
	s := Start(t, StartSlapd, SlapdOptions{People: 3})
	c := dial(t, s.URL(), nil)
	if err := errors.Join(s.Pause(), s.Pause()); err != nil {
		t.Fatal(err)
	}
	c.SetTimeout(50 * time.Millisecond)
	if err := c.Bind(ReaderDN, s.Password); err == nil {
		t.Error("a server that is stopped answers")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	c = dial(t, s.URL(), nil)
	if err := c.Bind(ReaderDN, s.Password); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WhoAmI(nil); err == nil {
		t.Error("a server that was killed answers")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := search(t, dial(t, s.URL(), nil), BaseDN, "(objectClass=inetOrgPerson)"); len(got) != 3 {
		t.Errorf("%d people", len(got))
	}
}

func TestSlapd_LeavesNothingBehind(t *testing.T) {
	s := must(StartSlapd(SlapdOptions{People: 1}))
	pid := s.cmd.Process.Pid
	if err := errors.Join(s.Pause(), s.Close(), s.Close()); err != nil { // a stopped one too
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d: %v", pid, err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v", s.dir, err)
	}
}

// The child is this test binary again, until it is killed.
func TestSlapd_EndsWithTheProcessThatStartedIt(t *testing.T) {
	if os.Getenv("LDAPTEST_CHILD") != "" {
		s := must(StartSlapd(SlapdOptions{}))
		fmt.Fprintln(os.Stdout, "slapd is", s.cmd.Process.Pid)
		select {}
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "LDAPTEST_CHILD=yes", "TMPDIR="+t.TempDir())
	out := must(child.StdoutPipe())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, scanned := fmt.Fscanf(out, "slapd is %d", &pid)
	handle, opened := unix.PidfdOpen(pid, 0)
	if err := errors.Join(scanned, opened, child.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	defer unix.Close(handle)
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}, 10_000); n != 1 {
		t.Errorf("slapd is still there after ten seconds: %v", err)
	}
}

func TestSlapd_AWrongConfigurationIsToldInItsWords(t *testing.T) {
	_, err := StartSlapd(SlapdOptions{Database: "nonsense on"})
	if err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("%v", err)
	}
}

func TestStart_WhatIsNotInstalledFailsTheTest(t *testing.T) {
	_, err := program("slapd-of-nobody", "slapd ldap-utils")
	r := &recorder{}
	r.run(func() {
		Start(r, func(SlapdOptions) (*Slapd, error) { return nil, err }, SlapdOptions{})
	})
	if !strings.Contains(r.fatal, "apt-get install slapd ldap-utils") {
		t.Errorf("%q", r.fatal)
	}
}

// recorder is a test that fails as one does: its goroutine ends.
type recorder struct {
	fatal string
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(func())        {}
func (r *recorder) Errorf(string, ...any) {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	panic(r)
}

func (r *recorder) run(f func()) {
	defer func() { _ = recover() }()
	f()
}
