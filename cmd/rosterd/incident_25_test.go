package main

import (
	"strings"
	"testing"

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
