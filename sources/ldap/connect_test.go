package ldap

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// listen takes connections on the loopback and has each served, until the test ends.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	return listenAt(t, "127.0.0.1:0", serve)
}

func listenAt(t testing.TB, at string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			running.Go(func() { serve(c); _ = c.Close() })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return l.Addr().String()
}

// mute takes what is sent and says nothing.
func mute(c net.Conn) {
	buf := make([]byte, 512)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// nobody is an address where nothing listens.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestTheNextServerIsTriedWhenOneCannotBeReadFrom(t *testing.T) {
	good, c := directory(t, ldaptest.Directory{Entries: people(3)})
	other, _ := directory(t, ldaptest.Directory{})
	c.Timeout = 300 * time.Millisecond
	busy, _ := script(t, ldaptest.ScriptedOptions{Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) {
		a.Done(ldaptest.Result{Code: ldap.LDAPResultBusy, Diagnostic: "too many"})
	}})
	filling := ldaptest.ActiveDirectory()
	for i, a := range filling.RootDSE.Attributes {
		if a.Name == "isSynchronized" {
			filling.RootDSE.Attributes[i] = ldaptest.Attr("isSynchronized", "FALSE")
		}
	}
	fresh, _ := script(t, ldaptest.ScriptedOptions{Identity: filling, Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) { a.Done(ldaptest.Result{}) }})
	quiet, _ := script(t, ldaptest.ScriptedOptions{Meta: func(a *ldaptest.Answer, _ ldaptest.Search) { a.Silence() }, Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) { a.Done(ldaptest.Result{}) }})
	for _, first := range []struct{ name, url, says string }{
		{"it refuses", "ldap://" + nobody(t), "connection refused"},
		{"it takes the connection and says nothing", "ldap://" + listen(t, mute), "no answer in 300ms"},
		{"it takes the connection, says nothing, and TLS was wanted", "ldaps://" + listen(t, mute), "no answer in 300ms"},
		{"it ends the connection", "ldap://" + listen(t, func(net.Conn) {}), "does it expect TLS"},
		{"it ends the connection where TLS was to begin", "ldaps://" + listen(t, func(net.Conn) {}), "is this the port of ldap"},
		{"its certificate is another's", other.LDAPSURL(), "certificate"},
		{"it is busy", busy.URL(), "result 51"},
		{"it is being filled", fresh.URL(), "replication"},
		{"it binds and then says nothing", quiet.URL(), "no answer in 300ms"},
		{"its name is in no DNS", "ldap://dc1.invalid", "dc1.invalid"},
	} {
		t.Run(first.name, func(t *testing.T) {
			c := c
			c.URLs = []string{first.url}
			readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, first.says, first.url)
			c.URLs = []string{first.url, good.URL()}
			got := readWith(t, patient(t, 5*time.Second), c, nil, "uid").whole(t, 3)
			if !strings.Contains(got.receipt.Source, good.URL()) {
				t.Errorf("receipt: %+v", got.receipt)
			}
		})
	}
}

func TestWhereNoServerCanBeReadFromEachIsNamedWithItsReason(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{})
	a, b := nobody(t), nobody(t)
	c.URLs = []string{"ldap://" + a, "ldap://" + b}
	read(t, c, "uid").says(t, "no server can be read from: ldap://", a+": can't connect", b+": can't connect")
	c.URLs = c.URLs[:1]
	if err := read(t, c, "uid").err; err == nil || !strings.HasPrefix(err.Error(), "ldap://"+a+": can't connect: ") {
		t.Error(err)
	}
}

func TestAPortThatSpeaksSomethingElseIsSaidToBe(t *testing.T) {
	good, c := directory(t, ldaptest.Directory{Entries: people(1)})
	web := listen(t, func(c net.Conn) {
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
		mute(c)
	})
	for _, at := range []struct{ name, url, says string }{
		{"HTTP where LDAP is expected", "ldap://" + web, "is this an LDAP server"},
		{"HTTP where TLS is expected", "ldaps://" + web, "does not speak TLS"},
		{"TLS where LDAP is expected", strings.Replace(good.LDAPSURL(), "ldaps", "ldap", 1), "TLS"},
		{"LDAP where TLS is expected", strings.Replace(good.URL(), "ldap", "ldaps", 1), "TLS"},
	} {
		t.Run(at.name, func(t *testing.T) {
			c := c
			c.URLs, c.Timeout = []string{at.url}, 2*time.Second
			readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, at.says)
		})
	}
}

func TestAnonymousIsTakenByASilentServerForNoLongerThanTheTimeout(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{})
	c.URLs, c.Bind, c.Timeout = []string{"ldap://" + listen(t, mute)}, Bind{Method: "anonymous"}, 200*time.Millisecond
	readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, "no answer in 200ms")
}

func TestTheDNSNamesServersOfItsOwnDomainOnly(t *testing.T) {
	good, c := directory(t, ldaptest.Directory{Entries: people(2)})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(good.URL(), "ldap://"))
	n, _ := net.LookupPort("tcp", port)
	records := func(targets ...string) lookupSRV {
		return func(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
			if service != "ldap" || proto != "tcp" || strings.TrimSuffix(name, ".") != "localhost" {
				return "", nil, errors.New("asked for " + service + proto + name)
			}
			var all []*net.SRV
			for _, target := range targets {
				all = append(all, &net.SRV{Target: target, Port: uint16(n)})
			}
			return "", all, nil
		}
	}
	for _, d := range []struct {
		name, url string
		targets   []string
		says      string // "": it is read
	}{
		{"in the domain", "srv://localhost", []string{"localhost."}, ""},
		{"in the domain, which is written with a dot", "srv://localhost.", []string{"LocalHost."}, ""},
		{"one outside, and one within", "srv://localhost", []string{"evil.example.", "localhost."}, ""},
		{"outside only", "srv://localhost", []string{"evil.example.", "evillocalhost."}, `"evillocalhost"`},
		{"none at all", "srv://localhost", []string{"."}, "names no LDAP server"},
		{"another domain", "srv://example.com", nil, "_ldap._tcp.example.com"},
	} {
		t.Run(d.name, func(t *testing.T) {
			c := c
			c.URLs, c.lookupSRV = []string{d.url}, records(d.targets...)
			if got := read(t, c, "uid"); d.says != "" {
				got.says(t, d.says)
			} else {
				got.whole(t, 2)
			}
		})
	}
}

func TestBothSpellingsOfASocketAreConnectedTo(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 5})
	c := readerOf(s.LDAPIURL(), "")
	c.Bind = Bind{Method: "external"}
	read(t, c, "uid").whole(t, 5)
	u, err := parseURL(s.LDAPIURL())
	if err != nil {
		t.Fatal(err)
	}
	c.URLs = []string{"ldapi://" + u.Path}
	read(t, c, "uid").whole(t, 5)
	c.URLs = []string{"ldapi:///nowhere/ldapi"}
	read(t, c, "uid").says(t, "/nowhere/ldapi", "no such file")
}
