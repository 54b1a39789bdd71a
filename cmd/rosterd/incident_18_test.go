package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident18_BinaryIdsAreTheirOwnAndReadable(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory()})
	ids := map[string]string{ // the bytes, and the text that Microsoft's tools show (MS-DTYP 2.3.4.2)
		"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff": "33221100-5544-7766-8899-aabbccddeeff",
		"\x0a\x0d\x0a\x0d\x00\x00\x00\x00----\r\n\r\n":                     "0d0a0d0a-0000-0000-2d2d-2d2d0d0a0d0a",
		"----------------": "2d2d2d2d-2d2d-2d2d-2d2d-2d2d2d2d2d2d",
		"\xff\xfe\xfd\xfc\xc3\x28\x80\x80\xff\xff\xff\xff\xff\xff\xff\xff": "fcfdfeff-28c3-8080-ffff-ffffffffffff",
	}
	var people ldaptest.Directory
	var texts []string
	for bytes, text := range ids {
		n := len(texts)
		people.Entries = append(people.Entries, ldaptest.Entry{DN: fmt.Sprintf("CN=p%d,OU=people,DC=example,DC=com", n), Attributes: []ldaptest.Attribute{
			ldaptest.Attr("objectGUID", bytes), ldaptest.Attr("givenName", "P"), ldaptest.Attr("sn", fmt.Sprint(n)), ldaptest.Attr("mail", fmt.Sprintf("p%d@example.com", n)),
			ldaptest.Attr("userAccountControl", "512"), ldaptest.Attr("accountExpires", "0")}})
		texts = append(texts, text)
	}
	d.scripted.OnSearch(people.Search)
	w := newReading(t, d, "map.yaml", adMap)
	w.first(4)
	w.active(texts...)
	w.repaired()
	tell(t, "objectGUID was read as text and every object got the id \"----\" (bitwarden PR#693); one with a newline was split in two (lsc#14); bytes were in the wrong order (reva PR#435, privacyidea PR#2874)",
		"ids with newlines, zeros, dashes and bytes that are no UTF-8 were four different keys, written as Microsoft's tools write them: %s", strings.Join(slices.Sorted(slices.Values(texts)), ", "))
}

func TestIncident19_LimitsOfServersSwitchNobodyOff(t *testing.T) {
	for _, c := range []struct {
		promise, limits, others string
		says                    []string
	}{
		{"a page larger than the server gives is told", "size.pr=7", "OpenLDAP's size.pr was smaller than the page asked for (owncloud#15905)", []string{"page_size"}},
		{"no paging at all is refused", "size.prtotal=disabled", "paging was only tried on AD; elsewhere a truncated list locked users (redmine_ldap_sync#175)", []string{"page 1"}},
		{"so many entries over all pages are refused", "size.prtotal=20", "a sync stopped at 20,000 of 80,000 (matomo LoginLdap#177)", []string{"size limit exceeded"}},
		{"so many candidates are refused", "size.unchecked=5", "\"time limit exceeded\", and nobody could say whose (bitwarden#69, backstage#16058)", []string{"raise its limit"}},
	} {
		t.Run(c.promise, func(t *testing.T) {
			d := newSlapd(t, ldaptest.SlapdOptions{People: 30, Database: `limits group="cn=blind,ou=groups,dc=example,dc=com" ` + c.limits})
			w := newReading(t, d, "ldap.yaml", pagesOfTen)
			w.first(30)
			w.changed(blind)
			out := w.refused(c.says...)
			w.changed(see)
			w.repaired()
			tell(t, c.others, "30 people, and a server with `limits ... %s`. Nothing was sent: %s", c.limits, w.said(out, "failed:"))
		})
	}
}

func TestIncident20_GroupsInGroupsAndMembersByName(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 6, Global: "include /etc/ldap/schema/nis.schema"})
	dn := func(i int) string { return d.slapd.Options.Person(i).DN }
	group := func(name string, members ...string) string {
		return "dn: cn=" + name + ",ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: " + name + "\nmember: " + strings.Join(members, "\nmember: ") + "\n\n"
	}
	const inGroup = `in_group("cn=%s,ou=groups,dc=example,dc=com")`
	w := newReading(t, d, "map.yaml", strings.Replace(openLDAPMap, `title != "left"`, fmt.Sprintf(inGroup, "staff"), 1))
	ring := "cn=staff,ou=groups,dc=example,dc=com"
	w.changed(group("staff", dn(0), "cn=inner,ou=groups,dc=example,dc=com") + group("inner", dn(1), "cn=innermost,ou=groups,dc=example,dc=com") +
		group("innermost", dn(2), ring))
	// The overlay keeps memberOf only for members that were there when they were added.
	w.changed("dn: cn=staff,ou=groups,dc=example,dc=com\nchangetype: modify\nreplace: member\nmember: " + dn(0) + "\nmember: cn=inner,ou=groups,dc=example,dc=com\n\n" +
		"dn: cn=inner,ou=groups,dc=example,dc=com\nchangetype: modify\nreplace: member\nmember: " + dn(1) + "\nmember: cn=innermost,ou=groups,dc=example,dc=com\n")
	w.first(3)
	for name, groups := range map[string]string{
		"read from the groups": "      groups: {base_dn: [\"ou=groups,dc=example,dc=com\"]}\n",
		"by memberOf":          "",
	} {
		w.configure("ldap.yaml", groups)
		w.run(exitDone, "sync")
		if n := len(w.box.Users()); n != 3 {
			t.Errorf("%s: %d users", name, n)
		}
		w.active("E0000000", "E0000001", "E0000002")
	}
	// Members by uid, as in posixGroup.
	w.changed("dn: cn=posix,ou=groups,dc=example,dc=com\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: u0000000\nmemberUid: u0000001\nmemberUid: u0000002\n\n")
	w.configure("ldap.yaml", "      groups: {base_dn: [\"ou=groups,dc=example,dc=com\"], filter: (objectClass=posixGroup), member: memberUid}\n",
		"map.yaml", strings.Replace(openLDAPMap, `title != "left"`, fmt.Sprintf(inGroup, "posix"), 1))
	w.box.Forget()
	w.repaired()
	w.active("E0000000", "E0000001", "E0000002")
	tell(t, "nested groups were not followed or were slow (user-sync.py#182, #344, origin#12168), and members named by uid or cn were not found (bitwarden#177)",
		"three levels of groups that end in a ring were followed by memberOf and from the groups, and members named by uid were found: the same three people each time, and nothing more to send")
}
