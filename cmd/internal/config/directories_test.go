package config

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDirectoriesAreReadAsTheyAreMeant(t *testing.T) {
	c := load(t, "directories.yaml")
	dir, _ := filepath.Abs("testdata/good")
	for name, want := range map[string]LDAP{
		"openldap": {
			URLs: []string{"ldapi:///run/slapd/ldapi", "ldap://ldap1.example.com", "srv://example.com"}, Bind: Bind{Method: "anonymous"},
			BaseDN: []string{"ou=people,dc=example,dc=com"}, MayBeEmpty: []string{}, Scope: "sub", Filter: "(objectClass=inetOrgPerson)",
			PageSize: 1000, Timeout: 5 * time.Minute, Referrals: "error",
			Groups: &Groups{BaseDN: []string{"ou=people,dc=example,dc=com"}, Filter: "(objectClass=groupOfNames)", Member: "member", Nested: true},
		},
		"tls": {
			URLs: []string{"ldap://ldap1.example.com:636", "srv://example.com"}, StartTLS: true,
			TLS: LDAPTLS{
				CAFile: Path(filepath.Join(dir, "ca.pem")), CertFile: "/etc/rosterd/our.pem", KeyFile: Path(filepath.Join(dir, "our.key")),
				ServerName: "ldap.example.com", Insecure: true,
			},
			Bind: Bind{Method: "external"}, BaseDN: []string{"ou=people,dc=example,dc=com", "ou=contractors,dc=example,dc=com"},
			MayBeEmpty: []string{"OU=Contractors, DC=example,DC=com"}, Scope: "one", Filter: "(&(objectClass=inetOrgPerson)(!(employeeType=guest)))",
			PageSize: 1<<31 - 1, Timeout: 90 * time.Second, Referrals: "ignore",
			Groups: &Groups{BaseDN: []string{"ou=groups,dc=example,dc=com"}, Filter: "(objectClass=posixGroup)", Member: "memberUid"},
		},
		"ad": {
			URLs:   []string{"ldaps://dc1.example.com", "ldaps://dc2.example.com:636"},
			Bind:   Bind{Method: "simple", DN: `EXAMPLE\svc_rosterd`, Password: NewSecret("from-the-environment")},
			BaseDN: []string{"DC=example,DC=com"}, MayBeEmpty: []string{}, Scope: "sub",
			Filter:   "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
			PageSize: 1000, Timeout: 5 * time.Minute, Referrals: "error",
		},
	} {
		secrets := cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() && a.IsZero() == b.IsZero() })
		if diff := cmp.Diff(&want, c.Sources[name].LDAP, secrets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDirectoryThatAnybodyCanReadOrPlayIsAWarning(t *testing.T) {
	var got []string
	for _, w := range load(t, "directories.yaml").Warnings {
		if strings.Contains(w.String(), "hunter") {
			t.Errorf("a secret is shown: %s", w)
		}
		what, _, _ := strings.Cut(w.String()[len("testdata/good/directories.yaml:"):], ",")
		got = append(got, what)
	}
	want := []string{
		"4:42: urls: ldap:// sends everybody's data in the clear",
		"4:68: urls: srv:// sends everybody's data in the clear",
		"12:14: urls: port 636 is usually that of ldaps://",
		"14:135: insecure_skip_verify: nobody checks that the server is yours",
		"36:14: urls: port 3269 is usually that of ldaps://",
		"38:53: password: the secret itself stands in this file; ${file:PATH}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPasswordOfADirectoryIsReadByWhoBinds(t *testing.T) {
	for _, c := range []struct {
		promise      string
		keep, bind   bool
		source, sink string
	}{
		{"who sends needs all secrets", false, false, "from-the-environment", "from-the-environment"},
		{"who shows what is known needs none", true, false, "", ""},
		{"who reads and sends nothing needs those of sources alone", true, true, "from-the-environment", ""},
	} {
		t.Run(c.promise, func(t *testing.T) {
			env := testEnv("")
			env.KeepSecrets, env.BindSources = c.keep, c.bind
			got, err := Load("testdata/good/directories.yaml", env)
			if err != nil {
				t.Fatal(err)
			}
			source, sink := got.Sources["ad"].LDAP.Bind.Password, got.Sinks["wms"].Clarus.Auth.ClientSecret
			if source.Reveal() != c.source || sink.Reveal() != c.sink || source.IsZero() || sink.IsZero() {
				t.Errorf("source %q, sink %q", source.Reveal(), sink.Reveal())
			}
		})
	}
}

// An editor that goes by the schema must not complain about what loads.
func TestPatternsOfTheSchemaTakeWhateverLoads(t *testing.T) {
	token := rapid.SampledFrom([]string{"ldap", "ldaps", "srv", "i", "://", "/", "dc1", ".", ":", "636", "[::1]", "%2F", "%20", " ", "@", "=", ",", "(", ")", "a", "ü", `\`, "*", ";", "2", "-", "_"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(token, 1, 8).Draw(t, "tokens"), "")
		for _, name := range []string{"url", "host", "dn", "account", "filter", "attribute"} {
			check, pattern := formOf(name)
			if check(text) == nil && !regexp.MustCompile(pattern).MatchString(text) {
				t.Fatalf("%s: %q loads and does not match %s", name, text, pattern)
			}
		}
	})
}
