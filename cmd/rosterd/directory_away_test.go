package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// pageProxy stands before a directory, and does something when the first entry of a page has passed. After it no more passes on that
// connection, unless it goes on.
type pageProxy struct {
	t        *testing.T
	upstream string
	listener net.Listener
	running  sync.WaitGroup

	asked atomic.Int64 // pages
	page  atomic.Int64 // at which do is called; 0: none
	do    func()

	goesOn bool // the connection, after do
}

func newPageProxy(t *testing.T, d *directory, do func()) *pageProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &pageProxy{t: t, upstream: strings.TrimPrefix(d.url, "ldap://"), listener: listener, do: do}
	d.url = "ldap://" + listener.Addr().String()
	p.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.serve(client) })
		}
	})
	return p
}

// close is for the test to call before its world ends: its goroutines are counted.
func (p *pageProxy) close() {
	p.listener.Close()
	p.running.Wait()
}

func (p *pageProxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer server.Close()
	var up sync.WaitGroup
	defer up.Wait()
	defer client.Close()
	up.Go(func() {
		defer server.Close()
		pass(client, server, func(m *ber.Packet) bool {
			if m.Children[1].Tag == ldap.ApplicationSearchRequest && bytes.Contains(m.Bytes(), []byte(ldap.ControlTypePaging)) && m.Children[1].Children[1].Value.(int64) != 0 {
				p.asked.Add(1)
			}
			return true
		})
	})
	pass(server, client, func(m *ber.Packet) bool {
		if m.Children[1].Tag != ldap.ApplicationSearchResultEntry || p.asked.Load() != p.page.Load() {
			return true
		}
		p.do()
		return p.goesOn
	})
}

// pass hands messages on until one is the last.
func pass(from io.Reader, to io.Writer, next func(*ber.Packet) bool) {
	for {
		var raw bytes.Buffer
		m, err := ber.ReadPacket(io.TeeReader(from, &raw))
		if err != nil || len(m.Children) < 2 {
			return
		}
		if _, err := to.Write(raw.Bytes()); err != nil || !next(m) {
			return
		}
	}
}

// TestServerKilledWithinPage57SendsNothing kills OpenLDAP while it gives the 57th of 60 pages: what came until then, nearly all, counts for
// nothing.
func TestServerKilledWithinPage57SendsNothing(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 300})
	w := newReading(t, d, "ldap.yaml", "      page_size: 5\n")
	w.first(300)
	direct, killed := d.url, make(chan error, 1)
	p := newPageProxy(t, d, func() { killed <- d.slapd.Kill() })
	p.page.Store(57)
	w.configure()
	for _, command := range []string{"sync", "plan"} {
		p.asked.Store(0)
		out := w.run(exitFailed, command)
		if err := <-killed; err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out, "page 57, after 28") || !strings.Contains(out, "the connection was cut") {
			t.Errorf("%s does not say where it broke off:\n%s", command, out)
		}
		w.unasked()
		if err := d.slapd.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	p.close()
	d.url = direct
	w.configure()
	w.repaired()
}

// TestServerThatStopsAnsweringWithinAReadSendsNothing pauses it: connections stay, and nothing comes any more.
func TestServerThatStopsAnsweringWithinAReadSendsNothing(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 300})
	w := newReading(t, d, "ldap.yaml", "      page_size: 5\n      timeout: 500ms\n")
	w.first(300)
	direct := d.url
	paused := make(chan error, 1)
	p := newPageProxy(t, d, func() { paused <- d.slapd.Pause() })
	p.goesOn = true
	p.page.Store(57)
	w.configure()
	out := w.run(exitFailed, "sync")
	if !strings.Contains(out, "the server did not finish a page in 500ms; raise timeout, make page_size smaller") {
		t.Errorf("it does not say what to do:\n%s", out)
	}
	w.unasked()
	if err := errors.Join(<-paused, d.slapd.Resume()); err != nil {
		t.Fatal(err)
	}
	p.close()
	d.url = direct
	w.configure()
	w.repaired()
}

// TestTheDaemonOutlastsItsDirectory runs every second while the directory is killed, comes back, stops answering and goes on: nobody is
// switched off, and what changed meanwhile arrives by itself.
func TestTheDaemonOutlastsItsDirectory(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 30})
	w := newReading(t, d, "ldap.yaml", "      page_size: 7\n      timeout: 300ms\n", "job.yaml", "    schedule: \"@every 1s\"\n"+absentAtOnce,
		"more.yaml", "log: {level: debug}\n")
	w.first(30)
	run := w.daemon()
	run.logged("daemon started", 1)
	for n, away := range []struct {
		what        string
		leave, come func(*ldaptest.Slapd) error
	}{
		{"killed", func(s *ldaptest.Slapd) error { return s.Kill() }, (*ldaptest.Slapd).Restart},
		{"paused", func(s *ldaptest.Slapd) error { return s.Pause() }, func(s *ldaptest.Slapd) error { return s.Resume() }},
	} {
		before := strings.Count(run.log.String(), "the run failed")
		if err := away.leave(d.slapd); err != nil {
			t.Fatal(err)
		}
		run.logged("the run failed", before+2)
		if err := away.come(d.slapd); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint("new", n)
		w.changed(fmt.Sprintf("dn: uid=%s,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: %s\ncn: New\nsn: New\nmail: %s@example.com\nemployeeNumber: %s\n", name, name, name, name))
		run.until("a newcomer, after the server was "+away.what, func() bool { return len(named(w.box.Users(), name)) == 1 }, func() string { return "" })
	}
	run.signal(syscall.SIGTERM)
	if code := run.end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	for _, r := range w.box.Requests() {
		if kind := kindOf(r); strings.Contains(kind, "update") {
			t.Errorf("it sent %s", kind)
		}
	}
	if shows(run.log.String(), d.password) {
		t.Error("the password is in the log")
	}
}
