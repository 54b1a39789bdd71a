package main

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// directory is an LDAP server of a test, and how the program reads it.
type directory struct {
	url, ldaps, ldapi, ca  string
	user, password, secret string // secret is how a configuration names the password
	base                   string

	slapd    *ldaptest.Slapd
	scripted *ldaptest.Scripted
	people   ldaptest.Directory // of scripted
	unit     *unit              // of Active Directory
}

// What a directory's configuration has where a folder has nothing else. The guards that would stop what the proof of completeness let
// through are off, so that a test sees the proof at work, and nothing besides.
const (
	anyShrink    = "    max_shrink: 100%\n"
	absentAtOnce = "    absent: {action: deactivate, reads: 1, after: 0s}\n    limits: {deactivate: none, reactivate: none, attribute: {\"*\": none}}\n"

	openLDAPSource = `    ldap:
      urls: ["$LDAP_URL"]
      bind: {method: simple, dn: "$LDAP_USER", password: "$LDAP_SECRET"}
      base_dn: ["$LDAP_BASE"]
      filter: (objectClass=inetOrgPerson)
#ldap
`
	openLDAPMap = `    key: employeeNumber
    map:
      email: lower(mail)
      name: cn
      role_id: {const: 5}
      is_active: title != "left"
`
	adSource = `    ldap:
      urls: ["$LDAPS_URL"]
      tls: {ca_file: "$LDAP_CA"}
      bind: {method: simple, dn: "$LDAP_USER", password: "$LDAP_SECRET"}
      base_dn: ["$LDAP_BASE"]
      filter: (&(objectCategory=person)(objectClass=user))
#ldap
`
	adMap = `    key: guid(objectGUID)
    map:
      email: lower(mail)
      name: trim(givenName + " " + sn)
      role_id: {const: 5}
      is_active: ad_enabled(userAccountControl) && (ad_time(accountExpires) == nil || ad_time(accountExpires) > today())
`
)

// config is the configuration that reads the directory.
func (d *directory) config(dir, address string) []byte {
	parts := map[string]string{"source": openLDAPSource, "map": openLDAPMap, "contract": anyShrink, "job": absentAtOnce}
	if d.unit != nil {
		parts["source"], parts["map"] = adSource, adMap
	}
	return fill(directoryTemplate, dir, parts, "ADDRESS", address, "$LDAP_URL", d.url, "$LDAPS_URL", d.ldaps, "$LDAPI_URL", d.ldapi, "$LDAP_SOCKET", d.socket(), "$LDAP_CA", d.ca,
		"$LDAP_USER", d.user, "$LDAP_SECRET", d.secret, "$LDAP_BASE", d.base)
}

// socket is the path of ldapi.
func (d *directory) socket() string {
	return strings.ReplaceAll(strings.TrimPrefix(d.ldapi, "ldapi://"), "%2F", "/")
}

// fill fills a template in: #source is what source.yaml of a folder has, or what stands for it where there is none; then words.
func fill(template, dir string, instead map[string]string, words ...string) []byte {
	for _, part := range []string{"source", "ldap", "contract", "sink", "map", "job", "more"} {
		text, err := os.ReadFile(filepath.Join(dir, part+".yaml"))
		if err != nil {
			text = []byte(instead[part])
		}
		template = strings.ReplaceAll(template, "#"+part+"\n", string(text))
	}
	return []byte(strings.NewReplacer(words...).Replace(template))
}

func ofSlapd(s *ldaptest.Slapd) *directory {
	return &directory{slapd: s, url: s.URL(), ldaps: s.LDAPSURL(), ldapi: s.LDAPIURL(), ca: s.CAFile, user: ldaptest.ReaderDN, password: s.Password,
		base: "ou=people," + ldaptest.BaseDN}
}

func ofScripted(s *ldaptest.Scripted) *directory {
	return &directory{scripted: s, url: s.URL(), ldaps: s.LDAPSURL(), ca: s.CAFile, user: ldaptest.ReaderDN, password: s.Password,
		base: "ou=people," + ldaptest.BaseDN}
}

// use makes a directory the one of a script.
func (d *directory) use(ts *testscript.TestScript) {
	stageOf(ts).directory = d
	d.secret = "${env:LDAP_PASSWORD}"
	for name, value := range map[string]string{"LDAP_URL": d.url, "LDAPS_URL": d.ldaps, "LDAPI_URL": d.ldapi, "LDAP_CA": d.ca, "LDAP_PASSWORD": d.password} {
		ts.Setenv(name, value)
	}
}

func cmdSlapd(ts *testscript.TestScript, _ bool, args []string) {
	options := ldaptest.SlapdOptions{People: number(ts, args[0]), OUs: args[1:]}
	for name, lines := range map[string]*string{"global.conf": &options.Global, "database.conf": &options.Database} {
		if text, err := os.ReadFile(ts.MkAbs(name)); err == nil {
			*lines = string(text)
		}
	}
	s, err := ldaptest.StartSlapd(options)
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
	ofSlapd(s).use(ts)
}

func cmdLDIF(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(stageOf(ts).directory.slapd.Modify(ts.ReadFile(args[0])))
}

func cmdServer(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts).directory.slapd
	do := map[string]func() error{"kill": s.Kill, "restart": s.Restart, "pause": s.Pause, "resume": s.Resume}[args[0]]
	if do == nil {
		ts.Fatalf("usage: server kill|restart|pause|resume")
	}
	ts.Check(do())
}

// cmdSecret looks for the password in files and folders; a state is compressed nowhere, so that its text would show.
func cmdSecret(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		if arg == "stdout" || arg == "stderr" {
			if shows(ts.ReadFile(arg), stageOf(ts).directory.password) {
				ts.Fatalf("the password is in %s", arg)
			}
			continue
		}
		found, err := filepath.Glob(ts.MkAbs(arg))
		ts.Check(err)
		if len(found) == 0 {
			ts.Fatalf("no file %s", arg)
		}
		for _, file := range found {
			if shows(ts.ReadFile(file), stageOf(ts).directory.password) {
				ts.Fatalf("the password is in %s", file)
			}
		}
	}
}

// shows reports whether a text has a password in it, as it is or written otherwise.
func shows(text, password string) bool {
	for _, form := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)), hex.EncodeToString([]byte(password))} {
		if strings.Contains(text, strings.TrimRight(form, "=")) {
			return true
		}
	}
	return false
}
