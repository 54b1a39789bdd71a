package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident25_OwnAuthorityIsHeeded(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 4})
	ldaps := strings.Replace(openLDAPSource, "$LDAP_URL", "$LDAPS_URL", 1)
	with := func(ca string) string {
		return strings.Replace(ldaps, "      bind:", "      tls: {ca_file: "+ca+"}\n      bind:", 1)
	}
	other := newScripted(t, ldaptest.ScriptedOptions{})
	w := newReading(t, d, "source.yaml", with(d.ca))
	w.first(4)
	w.configure("source.yaml", with(other.ca))
	w.refused("TLS did not come about", "tls.ca_file has another authority's certificate")
	w.configure("source.yaml", ldaps)
	out := w.refused("TLS did not come about", "set tls.ca_file")
	w.configure("source.yaml", with(d.ca))
	w.repaired()
	tell(t, "a company's own certificate authority was ignored (bitwarden#259, vaultwarden_ldap#215)",
		"with the directory's own authority it was read. With another's, and with none, nothing was, and no password went out: %s", w.said(out, "set tls.ca_file"))
}

func TestIncident25_SecretsComeFromFilesEnvironmentOrSystemd(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	good := string(configOf(w.dir, w.address))
	f := people(1, 5)
	w.feed(f)
	w.file("clarus.secret", []byte("sandbox-secret\n"))
	t.Setenv("CLARUS_SECRET", "sandbox-secret")
	t.Setenv("CREDENTIALS_DIRECTORY", w.dir)
	for n, reference := range []string{"${file:clarus.secret}", "${env:CLARUS_SECRET}", "${credential:clarus.secret}"} {
		w.file("rosterd.yaml", []byte(strings.Replace(good, "client_secret: sandbox-secret", `client_secret: "`+reference+`"`, 1)))
		f[0][1] = fmt.Sprint("Name ", n)
		w.feed(f)
		w.run(exitDone, "sync", "--first", "-v")
		w.has("E0001", "name", f[0][1])
	}
	w.file("rosterd.yaml", []byte(strings.Replace(good, "client_secret: sandbox-secret", `client_secret: "${credential:gone}"`, 1)))
	gone := w.said(w.run(exitFailed, "sync"), "gone")
	w.file("clarus.secret", []byte("wrong-secret\n"))
	w.file("rosterd.yaml", []byte(strings.Replace(good, "client_secret: sandbox-secret", `client_secret: "${file:clarus.secret}"`, 1)))
	f[0][1] = "Another"
	w.feed(f)
	out := w.run(exitFailed, "sync", "-v")
	if shows(out, "wrong-secret") {
		t.Errorf("the secret is shown:\n%s", out)
	}
	for _, file := range []string{"state.db", "state.db-wal"} {
		if content, err := os.ReadFile(w.path(file)); err == nil && (shows(string(content), "wrong-secret") || shows(string(content), "sandbox-secret")) {
			t.Errorf("the secret is in %s", file)
		}
	}
	tell(t, "it needed a desktop's key ring and could not run on a server; files and environment were asked for (bitwarden#24, #27, PR#82)",
		"the same secret from a file, from the environment and as a systemd credential worked without a desktop. A missing one: %s. A wrong one: %s. Neither output nor state has any of it", gone, w.said(out, "failed:", "invalid_client"))
}

func TestIncident25_ATokenThatExpiresIsRenewed(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	var writes, expired atomic.Int64
	target := newStandIn(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/users" && writes.Add(1)%20 == 0 {
			w.box.Clarus().ExpireTokens()
			expired.Add(1)
		}
		w.box.ServeHTTP(rw, r)
	}))
	w.file("rosterd.yaml", configOf(w.dir, "http://"+target.address))
	f := people(1, 100)
	w.feed(f)
	out := w.run(exitDone, "sync", "--first")
	if expired.Load() < 5 {
		t.Errorf("tokens expired %d times", expired.Load())
	}
	w.whole(f)
	tell(t, "the credential vanished every 4 to 5 days, and the sync stood still until somebody noticed (1Password/scim-examples#396)",
		"the target took its token back %d times within one run: a new one was fetched each time, and nothing was lost: %s", expired.Load(), w.said(out, "succeeded:"))
}

func TestIncident25_ASuspensionGoesFirstAndAtOnce(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", "    schedule: \"@every 1s\"\n    limits: {attribute: {\"*\": none}}\n")
	f := people(1, 200)
	w.feed(f)
	w.first(200)
	for _, row := range f {
		row[1] += " Again"
	}
	f[150] = person(151)
	f[150][4] = "left"
	d := w.daemon()
	d.logged("daemon started", 1)
	w.feed(f)
	d.until("the target is equal to the file", func() bool { return len(unequal(f, w.box.Users())) == 0 }, func() string { return "" })
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	var sent []string
	for _, r := range w.box.Requests() {
		if kind := kindOf(r); kind != "token" {
			sent = append(sent, kind)
		}
	}
	if len(sent) != 200 || sent[0] != "update is_active" {
		t.Errorf("%d requests, the first is %s", len(sent), sent[0])
	}
	tell(t, "a suspension was not pushed until somebody started a sync by hand (1Password/scim-examples#399)",
		"one leaver among 199 new names: the daemon's next run sent her suspension, as the first of 200 requests, and nobody had to start anything")
}

func TestIncident25_OwnAuthorityOfTheTargetIsHeeded(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	target := httptest.NewUnstartedServer(w.box)
	target.Config.ErrorLog = log.New(io.Discard, "", 0)
	target.StartTLS()
	defer target.Close()
	w.file("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: target.Certificate().Raw}))
	w.feed(people(1, 5))
	w.file("rosterd.yaml", configOf(w.dir, target.URL))
	out := w.run(exitFailed, "sync", "--first")
	w.unasked()
	w.file("sink.yaml", []byte("    tls: {ca_file: ca.pem}\n"))
	w.file("rosterd.yaml", configOf(w.dir, target.URL))
	w.run(exitDone, "sync", "--first")
	w.whole(people(1, 5))
	tell(t, "the own authority was heeded on the LDAP side and ignored on the HTTP side (bitwarden#259, vaultwarden_ldap#215); a proxy that inspects TLS broke it (user-sync.py#692)",
		"a target, or a proxy before it, whose certificate the company itself signs. Without `tls: {ca_file: ca.pem}` no credentials went out: %s. With it all five were created", w.said(out, "failed:"))
}
