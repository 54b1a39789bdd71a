package ldap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// commands are those that a read logs.
func commands(t *testing.T, c Config, need ...string) []string {
	t.Helper()
	var log bytes.Buffer
	c.Log = zerolog.New(&log).Level(zerolog.DebugLevel)
	if got := read(t, c, need...); got.err != nil {
		t.Fatal(got.err)
	}
	if c.Bind.Password != "" && strings.Contains(log.String(), c.Bind.Password) {
		t.Error("the password is in the log")
	}
	var all []string
	for line := range strings.Lines(log.String()) {
		var entry struct{ Command string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		all = append(all, entry.Command)
	}
	return all
}

func TestTheLoggedCommandFindsTheSameWhenItIsPasted(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 40, OUs: []string{"ou=people", "ou=O'Hara & $HOME"}})
	base := readerOf(s.URL(), s.Password)
	base.PageSize, base.Filter = 7, "(&(objectClass=inetOrgPerson)(|(sn=*)(cn=O'Brien $HOME \\2a `ü` \"!\")))"
	base.Bases = []string{peopleDN, "ou=O'Hara & $HOME," + ldaptest.BaseDN}
	for name, change := range map[string]func(*Config){
		"with a password":            func(*Config) {},
		"over ldaps":                 func(c *Config) { c.URLs, c.TLS.CAFile = []string{s.LDAPSURL()}, s.CAFile },
		"with StartTLS":              func(c *Config) { c.StartTLS, c.TLS.CAFile = true, s.CAFile },
		"with anybody's certificate": func(c *Config) { c.URLs, c.TLS.Insecure = []string{s.LDAPSURL()}, true },
		"by a socket":                func(c *Config) { c.URLs, c.Bind = []string{s.LDAPIURL()}, Bind{Method: "external"} },
		"by a socket, otherwise written": func(c *Config) {
			u, _ := parseURL(s.LDAPIURL())
			c.URLs, c.Bind, c.StartTLS = []string{"ldapi://" + u.Path}, Bind{Method: "external"}, true
		},
		"with a certificate": func(c *Config) {
			c.URLs, c.Bind, c.TLS = []string{s.LDAPSURL()}, Bind{Method: "external"}, TLS{CAFile: s.CAFile, CertFile: s.ClientCert, KeyFile: s.ClientKey}
		},
		"anonymously": func(c *Config) { c.Bind = Bind{Method: "anonymous"} },
	} {
		t.Run(name, func(t *testing.T) {
			c := base
			change(&c)
			all := commands(t, c, "uid", "cn")
			if len(all) != 2 {
				t.Fatalf("%q", all)
			}
			found := 0
			for _, command := range all {
				run := exec.CommandContext(t.Context(), "sh", "-c", command)
				run.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal: the password is asked of standard input
				run.Stdin = strings.NewReader(s.Password + "\n")
				out, err := run.Output()
				if err != nil {
					t.Errorf("%s: %v", command, err)
				}
				found += bytes.Count(out, []byte("\nuid: "))
				if bytes.Contains(out, []byte("\nmail: ")) {
					t.Errorf("%s: more than was asked for", command)
				}
			}
			if found != 40 {
				t.Errorf("%q found %d", all, found)
			}
		})
	}
}

func TestAWordIsQuotedForTheShell(t *testing.T) {
	for _, word := range []string{"", "plain", "two words", "it's", "$HOME", "`id`", "!x", `back\slash`, `"`, "*", "~", "a\nb", "#x", "ü", "-E", "a=b"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is %s, which is %q: %v", word, quoted(word), out, err)
		}
	}
}

func TestNothingIsLoggedUnlessItIsAskedFor(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{Entries: people(1)})
	var log bytes.Buffer
	c.Log = zerolog.New(&log).Level(zerolog.InfoLevel)
	read(t, c, "uid").whole(t, 1)
	if log.Len() > 0 {
		t.Error(fmt.Sprint(log.String()))
	}
}
