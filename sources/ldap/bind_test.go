package ldap

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func binds(s *ldaptest.Scripted) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Op == "bind" {
			n++
		}
	}
	return n
}

func TestAWrongPasswordIsTriedOnceAndOnNoOtherServer(t *testing.T) {
	a, c := directory(t, ldaptest.Directory{Entries: people(1)})
	b, _ := directory(t, ldaptest.Directory{Entries: people(1)})
	c.URLs, c.Bind.Password = []string{a.URL(), b.URL()}, "wrong"
	read(t, c, "uid").says(t, "can't bind as "+ldaptest.ReaderDN, "result 49", "bind.password")
	if binds(a) != 1 || len(b.Requests()) != 0 {
		t.Errorf("%d binds, then %d requests to the next", binds(a), len(b.Requests()))
	}
}

func TestAnEmptyPasswordIsNotSent(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(1)})
	c.Bind.Password = ""
	read(t, c, "uid").says(t, "the password is empty")
	if n := binds(s); n != 0 {
		t.Errorf("%d binds", n)
	}
}

func TestActiveDirectorySaysWhyItRefuses(t *testing.T) {
	for code, why := range map[string]string{"525": "no such account", "52e": "password is wrong", "530": "at this hour", "531": "from this machine",
		"532": "password has expired", "533": "disabled", "701": "account has expired", "773": "has to be changed", "775": "locked", "57": "bind.password"} {
		_, c := script(t, ldaptest.ScriptedOptions{Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) {
			a.Done(ldaptest.Result{Code: ldap.LDAPResultInvalidCredentials,
				Diagnostic: fmt.Sprintf("80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data %s, v4563\x00", code)})
		}})
		read(t, c, "uid").says(t, why)
	}
}

func TestARefusedBindSaysWhatToDo(t *testing.T) {
	for code, words := range map[uint16][]string{
		ldap.LDAPResultStrongAuthRequired:          {"result 8", "ldaps", "start_tls"},
		ldap.LDAPResultConfidentialityRequired:     {"result 13", "ldaps"},
		ldap.LDAPResultInappropriateAuthentication: {"result 48", "no password"},
		ldap.LDAPResultAuthMethodNotSupported:      {"result 7", "simple"},
		ldap.LDAPResultUnwillingToPerform:          {"result 53"},
	} {
		_, c := script(t, ldaptest.ScriptedOptions{Bind: func(a *ldaptest.Answer, _ ldaptest.Bind) { a.Done(ldaptest.Result{Code: code}) }})
		read(t, c, "uid").says(t, append(words, ldaptest.ReaderDN)...)
	}
}

func TestAnonymousBindsNot(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(4)})
	c.Bind = Bind{Method: "anonymous"}
	read(t, c, "uid").whole(t, 4)
	if n := binds(s); n != 0 {
		t.Errorf("%d binds", n)
	}
}

func TestAClientCertificateIsWhoWeAre(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 7, Database: "access to * by dn.exact=\"" + ldaptest.ReaderDN + "\" read"})
	c := readerOf(s.LDAPSURL(), "")
	c.Bind, c.TLS = Bind{Method: "external"}, TLS{CAFile: s.CAFile, CertFile: s.ClientCert, KeyFile: s.ClientKey}
	read(t, c, "uid").whole(t, 7)
	c.URLs, c.StartTLS = []string{s.URL()}, true
	read(t, c, "uid").whole(t, 7)
	c.TLS = TLS{CAFile: s.CAFile}
	read(t, c, "uid").says(t, "bind method external", "certificate")
}

func TestSambaIsBoundToAsActiveDirectoryIs(t *testing.T) {
	s := domain(t)
	c := readerOf(s.LDAPSURL(), s.Password)
	c.TLS.CAFile, c.Bases, c.Filter = s.CAFile, []string{"OU=people," + s.BaseDN}, "(objectClass=user)"
	for _, who := range []string{s.AdminDN, s.AdminUPN, `REAL\Administrator`} {
		c.Bind.DN = who
		if got := read(t, c, "sAMAccountName"); got.err != nil || !slices.Contains(got.order, "CN=user00000,OU=people,"+s.BaseDN) {
			t.Errorf("%s: %v", who, got.err)
		}
	}
	c.URLs = []string{s.URL()}
	read(t, c, "sAMAccountName").says(t, "result 8", "start_tls")
	c.StartTLS = true
	if got := read(t, c, "sAMAccountName"); got.err != nil {
		t.Error(got.err)
	}
	c.Bind.Password = "wrong"
	read(t, c, "sAMAccountName").says(t, "result 49", "password is wrong")
}
