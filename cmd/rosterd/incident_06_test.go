package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// unlimited is a job that nothing but the freeze keeps from switching everybody off.
const unlimited = "    absent: {action: deactivate, reads: 1, after: 0s}\n    limits: {create: none, update: none, deactivate: none, reactivate: none, attribute: {\"*\": none}}\n"

func TestIncident06_ScopeMistakesEraseNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20, OUs: []string{"ou=berlin,ou=people", "ou=paris,ou=people"}})
	source := func(filter string, bases ...string) string {
		text := strings.Replace(openLDAPSource, "(objectClass=inetOrgPerson)", "'"+filter+"'", 1)
		return strings.Replace(text, `["$LDAP_BASE"]`, fmt.Sprintf("['%s']", strings.Join(bases, "', '")), 1)
	}
	const people, berlin, paris = "ou=people,dc=example,dc=com", "ou=berlin,ou=people,dc=example,dc=com", "ou=paris,ou=people,dc=example,dc=com"
	w := newReading(t, d, "source.yaml", source("(objectClass=inetOrgPerson)", berlin, paris))
	w.first(20)

	w.configure("source.yaml", source("(objectClass=inetOrgPersn)", people))
	typo := w.said(w.refused("nothing was found below "+people, "the filter (objectClass=inetOrgPersn) fits nothing"), "fits nothing")

	w.configure("source.yaml", source("(objectClass=inetOrgPerson)", berlin, paris))
	w.changed("dn: " + paris + "\nchangetype: modrdn\nnewrdn: ou=lutetia\ndeleteoldrdn: 1\n")
	renamed := w.said(w.refused("no such object", "there is no "+paris), "failed:")
	w.changed("dn: ou=lutetia," + people + "\nchangetype: modrdn\nnewrdn: ou=paris\ndeleteoldrdn: 1\nnewsuperior: ou=groups,dc=example,dc=com\n")
	w.refused("no such object", "there is no "+paris)

	w.changed("dn: ou=paris,ou=groups,dc=example,dc=com\nchangetype: modrdn\nnewrdn: ou=paris\ndeleteoldrdn: 1\nnewsuperior: " + people + "\n")
	w.repaired()
	w.configure("contract.yaml", "", "source.yaml", source("(objectClass=inetOrgPerson)", berlin))
	deselected := w.said(w.refused("10 entries, where the last complete read had 20: more than max_shrink 20% are gone"), "max_shrink")
	tell(t, "a filter edit with \"delete not found\" erased all users and their MFA devices (authentik#19295); Microsoft lists what causes mass deletions: a unit deselected, moved, renamed",
		"each of the four was refused by name, and nothing was sent. A filter with a typing error: %s. A unit renamed, and moved: %s. A unit deselected: %s", typo, renamed, deselected)
}

func TestIncident06_FilterEditSwitchesNobodyOffBeforeApproval(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20})
	w := newReading(t, d, "job.yaml", unlimited)
	w.first(20)
	keep := d.slapd.Options.Person(0)
	w.configure("source.yaml", strings.Replace(openLDAPSource, "(objectClass=inetOrgPerson)", "'(&(objectClass=inetOrgPerson)(mail="+keep.Mail+"))'", 1))
	w.run(exitBlocked, "plan")
	w.run(exitBlocked, "sync")
	w.unasked()
	out := w.run(exitBlocked, "sync")
	w.said(out, "the configuration has changed")
	w.unasked()
	if out := w.run(exitDone, "approve", "hr-users"); !strings.Contains(out, "19 changes wait") {
		t.Errorf("it does not show what waits:\n%s", out)
	}
	w.run(exitDone, "approve", "hr-users", "--yes", "--by", "Ann")
	w.run(exitDone, "sync")
	on := 0
	for _, u := range w.box.Users() {
		if u.Attrs.Get("is_active").True() {
			on++
		}
	}
	if on != 1 {
		t.Errorf("%d are active after the approval, want one", on)
	}
	tell(t, "a filter edit plus \"delete not found\" erased all users (authentik#19295); the maintainers wanted a dry run",
		"a filter that leaves out 19 of 20, in a job without any limit: nobody was switched off until Ann approved it with `rosterd approve hr-users --yes`. %s", w.said(out, "19 changes are not sent"))
}
