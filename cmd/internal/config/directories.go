package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sources/ldap"
)

// directory checks the settings of an LDAP source against one another, and finishes those that depend on others.
func (d *decoder) directory(at []string, l *LDAP) {
	d.transport(at, l)
	d.credentials(at, l)
	if d.bases(below(at, "base_dn"), l.BaseDN) {
		d.empties(below(at, "may_be_empty"), l)
	}
	if l.Groups == nil {
		return
	}
	d.bases(below(at, "groups", "base_dn"), l.Groups.BaseDN)
	if len(l.Groups.BaseDN) == 0 {
		l.Groups.BaseDN = l.BaseDN
	}
}

// below extends a path without touching it.
func below(at []string, keys ...string) []string { return append(slices.Clip(at), keys...) }

// wrong reports whether the value at path has been complained about, so that what it was read as is not what was meant.
func (d *decoder) wrong(path ...string) bool {
	p, ok := d.file.places[joined(path)]
	return ok && (d.muted[p.value.Line] || slices.ContainsFunc(d.problems, func(q Problem) bool {
		return q.Line == p.value.Line && q.Column == p.value.Column
	}))
}

// given reports whether something stands at path, right or wrong.
func (d *decoder) given(path ...string) bool {
	p, ok := d.file.places[joined(path)]
	return ok && (p.value.Kind != yaml.ScalarNode || p.value.Value != "")
}

// transport complains about connections that anybody can read, and about settings of TLS that mean nothing.
func (d *decoder) transport(at []string, l *LDAP) {
	startTLS := below(at, "start_tls")
	sure, allRead, encrypted, told := !d.wrong(startTLS...), len(l.URLs) > 0, l.StartTLS, false
	for i, url := range l.URLs {
		scheme, _, _ := strings.Cut(url, "://")
		place := d.file.at(below(at, "urls", strconv.Itoa(i)))
		encrypted = encrypted || scheme == "ldaps"
		switch {
		case url == "":
			allRead = false // complained about already
		case l.StartTLS && scheme != "ldap" && scheme != "srv":
			if !told {
				d.fail(d.file.at(startTLS), "start_tls: "+url+map[string]string{
					"ldaps": " is encrypted from its start; leave start_tls out and begin every URL with ldaps://, or begin every one with ldap://",
					"ldapi": " does not leave this machine; leave start_tls out",
				}[scheme])
			}
			told = true
		case sure && !ldap.IsSecure(url, l.StartTLS):
			d.inTheClear(place, scheme, at, l)
		}
		d.port(place, scheme, url)
	}
	if sure && allRead && !encrypted && l.TLS != (LDAPTLS{}) {
		d.fail(d.file.keyOf(below(at, "tls")), "tls: no connection is encrypted, so this would do nothing; write ldaps:// into urls, or start_tls: true, or leave tls out")
	}
	d.certificates(below(at, "tls"), l.TLS)
}

// inTheClear complains about a connection that can be read and altered on its way.
func (d *decoder) inTheClear(place Pos, scheme string, at []string, l *LDAP) {
	switch method := l.Bind.Method; {
	case d.wrong(below(at, "bind", "method")...):
	case method == "simple":
		d.fail(place, "urls: "+scheme+":// would send the password, and then everybody's data, in the clear; use ldaps://, or start_tls: true "+
			"(ldap:// as it is is for this machine only: localhost, 127.0.0.1, ::1)")
	case method == "anonymous":
		d.warnings = append(d.warnings, d.file.problem(place, "urls: "+scheme+":// sends everybody's data in the clear, and who is in between can change it; "+
			"use ldaps://, or start_tls: true"))
	}
}

// port warns of a port that usually speaks the other way, in which case either side waits for the other.
func (d *decoder) port(place Pos, scheme, url string) {
	port, usual := url[strings.LastIndexByte(url, ':')+1:], ""
	switch port {
	case "389", "3268":
		usual = "ldap"
	case "636", "3269":
		usual = "ldaps"
	}
	if usual != "" && usual != scheme && scheme != "ldapi" {
		d.warnings = append(d.warnings, d.file.problem(place, fmt.Sprintf("urls: port %s is usually that of %s://, so that %s:// may wait there in vain", port, usual, scheme)))
	}
}

// certificates complains about half a certificate, and warns of none being looked at.
func (d *decoder) certificates(at []string, t LDAPTLS) {
	for _, pair := range [][2]string{{"cert_file", "key_file"}, {"key_file", "cert_file"}} {
		if d.given(below(at, pair[0])...) && !d.given(below(at, pair[1])...) {
			d.fail(d.file.keyOf(below(at, pair[0])), fmt.Sprintf("%s needs %s beside it; a file that holds both is named twice", pair[0], pair[1]))
		}
	}
	if t.Insecure {
		d.warnings = append(d.warnings, d.file.problem(d.file.at(below(at, "insecure_skip_verify")),
			"insecure_skip_verify: nobody checks that the server is yours, so anybody in between can read the password and everybody's data, and decide who is switched off; "+
				"ca_file with the certificate of the directory's authority makes this needless"))
	}
}

// credentials complains about what a method of binding lacks, or has no use for.
func (d *decoder) credentials(at []string, l *LDAP) {
	bind := below(at, "bind")
	if d.wrong(bind...) || d.wrong(below(bind, "method")...) {
		return
	}
	var missing []string
	for _, key := range []string{"dn", "password"} {
		switch given := d.given(below(bind, key)...); {
		case given && l.Bind.Method != "simple":
			d.fail(d.file.keyOf(below(bind, key)), fmt.Sprintf("%s is for method simple; leave it out with method %s", key, l.Bind.Method))
		case !given && !d.wrong(below(bind, key)...):
			missing = append(missing, key)
		}
	}
	if l.Bind.Method == "simple" && len(missing) > 0 {
		d.fail(d.file.keyOf(bind), fmt.Sprintf("bind: method simple needs %s; a directory that shows all it has to everybody is read with method: anonymous", strings.Join(missing, " and ")))
	}
	if l.Bind.Method == "external" {
		d.external(at, l)
	}
}

// external complains about servers to which nothing says who we are: neither a certificate nor the user we run as.
func (d *decoder) external(at []string, l *LDAP) {
	for i, url := range l.URLs {
		scheme, _, _ := strings.Cut(url, "://")
		problem := ""
		switch {
		case url == "" || scheme == "ldapi":
			continue
		case !d.given(below(at, "tls", "cert_file")...):
			problem = "method external shows a certificate: give tls.cert_file and tls.key_file, or an ldapi:// socket, which shows the user that rosterd runs as"
		case scheme != "ldaps" && !l.StartTLS && !d.wrong(below(at, "start_tls")...):
			problem = "method external shows a certificate, and " + scheme + ":// is not encrypted, so none is asked for; use ldaps://, or start_tls: true"
		default:
			continue
		}
		d.fail(d.file.at(below(at, "urls", strconv.Itoa(i))), "urls: "+problem)
	}
}

// isLocalDirectory reports whether every server of a directory is on this machine.
func isLocalDirectory(l *LDAP) bool {
	return l != nil && len(l.URLs) > 0 && !slices.ContainsFunc(l.URLs, func(url string) bool { return !ldap.IsLocal(url) })
}
