package ldap

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// Whatever a test does, nothing is left running.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.Samba != nil {
		if err := shared.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const peopleDN = "ou=people," + ldaptest.BaseDN

// readerOf is the configuration of a reader that binds with a password and reads everybody below ou=people.
func readerOf(url, password string) Config {
	return Config{URLs: []string{url}, Bind: Bind{Method: "simple", DN: ldaptest.ReaderDN, Password: password}, Bases: []string{peopleDN},
		Scope: scopeSub, Filter: "(objectClass=inetOrgPerson)", PageSize: 100, Timeout: 10 * time.Second, Referrals: "error"}
}

// person is the DN of somebody in a scripted directory.
func person(i int) string { return fmt.Sprintf("uid=p%04d,%s", i, peopleDN) }

// people are n entries of a scripted directory.
func people(n int) []ldaptest.Entry {
	all := make([]ldaptest.Entry, n)
	for i := range all {
		uid := fmt.Sprintf("p%04d", i)
		all[i] = ldaptest.Entry{DN: person(i), Attributes: []ldaptest.Attribute{ldaptest.Attr("uid", uid), ldaptest.Attr("cn", "Person "+uid),
			ldaptest.Attr("mail", uid+"@example.com")}}
	}
	return all
}

// script starts a scripted server for one test.
func script(t testing.TB, o ldaptest.ScriptedOptions) (*ldaptest.Scripted, Config) {
	t.Helper()
	s := ldaptest.Start(t, ldaptest.StartScripted, o)
	return s, readerOf(s.URL(), s.Password)
}

// directory starts a scripted server with a directory.
func directory(t testing.TB, d ldaptest.Directory) (*ldaptest.Scripted, Config) {
	t.Helper()
	return script(t, ldaptest.ScriptedOptions{Search: d.Search})
}

// answers is what a read gave.
type answers struct {
	rows    map[string][]string // by DN, of each column the values, joined with |
	raw     map[string]record.Fingerprint
	order   []string
	receipt sources.Receipt
	err     error // of Open, or the last of Entries
	opened  bool
}

// read reads everything, as the engine does.
func read(t testing.TB, c Config, need ...string) answers {
	t.Helper()
	return readWith(t, t.Context(), c, nil, need...)
}

// readWith is read, with something done after each entry.
func readWith(t testing.TB, ctx context.Context, c Config, each func(n int), need ...string) answers {
	t.Helper()
	got := answers{rows: map[string][]string{}, raw: map[string]record.Fingerprint{}}
	rd, err := New(c).Open(ctx, sources.Request{Need: need, Seed: 7})
	if err != nil {
		got.err = err
		return got
	}
	got.opened = true
	for e, err := range rd.Entries(nil) {
		if got.err != nil {
			t.Errorf("given after an error: %v", err)
		}
		if got.err = err; err != nil {
			continue
		}
		row := make([]string, len(e.Fields))
		for i, values := range e.Fields {
			parts := make([]string, len(values))
			for j, v := range values {
				parts[j] = string(v)
			}
			row[i] = strings.Join(parts, "|")
		}
		dn := rd.Origin(e.At)
		got.rows[dn], got.raw[dn], got.order = row, e.Raw, append(got.order, dn)
		if each != nil {
			each(len(got.order))
		}
	}
	got.receipt = rd.Receipt()
	if whole := got.err == nil; got.receipt.Complete != whole || (len(got.receipt.Reasons) == 0) != whole {
		t.Errorf("error %v and receipt %+v", got.err, got.receipt)
	}
	if err := rd.Close(); err != nil {
		t.Error(err)
	}
	return got
}

// whole fails the test unless everybody was read.
func (a answers) whole(t testing.TB, n int) answers {
	t.Helper()
	if a.err != nil || len(a.order) != n || len(a.rows) != n || a.receipt.Entries != int64(n) {
		t.Fatalf("%d entries, %d of them different, %d by the receipt, of %d: %v", len(a.order), len(a.rows), a.receipt.Entries, n, a.err)
	}
	return a
}

// says fails the test unless there is an error with all the words in it, and nothing that is no business of its reader.
func (a answers) says(t testing.TB, words ...string) {
	t.Helper()
	if a.err == nil {
		t.Errorf("read %d entries without an error, want %q", len(a.order), words)
		return
	}
	for _, word := range words {
		if !strings.Contains(a.err.Error(), word) {
			t.Errorf("%v: want %q in it", a.err, word)
		}
	}
	for _, word := range []string{"hand over", "%!", "<nil>", "LDAP Result Code"} {
		if strings.Contains(a.err.Error(), word) {
			t.Errorf("%v: %q says nothing to an administrator", a.err, word)
		}
	}
	if testing.Verbose() {
		t.Log(a.err)
	}
}

// patient ends the test where a read would wait for ever.
func patient(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, fmt.Errorf("the test's patience ended after %v", d))
	t.Cleanup(cancel)
	return ctx
}
