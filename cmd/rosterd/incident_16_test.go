package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident16_ExpiredAndDisabledAccountsAreOff(t *testing.T) {
	d := newDomainUnit(t)
	u := d.unit
	var on []string
	for _, c := range []struct {
		name   string
		active bool
		attrs  []ldaptest.Attribute
	}{
		{"x512", true, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "512")}},
		{"x514", false, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "514")}},
		{"x66048", true, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "66048")}},
		{"x66050", false, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "66050")}},
		{"xexpired", false, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "132000000000000000")}},
		{"xexpires", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "159000000000000000")}},
		{"xnever0", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "0")}},
		{"xnevermax", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "9223372036854775807")}},
	} {
		if err := u.user(c.name, c.attrs...); err != nil {
			t.Fatal(err)
		}
		id, err := u.guid(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if c.active {
			on = append(on, id)
		}
	}
	w := newReading(t, d)
	w.first(len(on))
	w.active(on...)
	w.repaired()
	tell(t, "accountExpires was ignored and expired people stayed active (authentik PR#26135); there are two values that say never (humhub#5628); 514 and 66050 were taken for active (Rocket.Chat#7235)",
		"514, 66050 and an accountExpires in the past were off; 512, 66048, a date to come, and both ways to say never were on: as a real Active Directory server had them")
}

func TestIncident17_GroupThatOutgrowsOneAnswerLosesNobody(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory()})
	tree := func(members int) ldaptest.Directory {
		group := ldaptest.Attr("member")
		out := ldaptest.ADDirectory()
		for i := range 1501 {
			dn := fmt.Sprintf("CN=p%04d,OU=people,DC=example,DC=com", i)
			out.Entries = append(out.Entries, ldaptest.Entry{DN: dn, Attributes: []ldaptest.Attribute{ldaptest.Attr("objectClass", "user"),
				ldaptest.Attr("employeeID", fmt.Sprintf("E%04d", i)), ldaptest.Attr("cn", fmt.Sprint("Person ", i)), ldaptest.Attr("mail", fmt.Sprintf("p%d@example.com", i))}})
			if i < members {
				group.Values = append(group.Values, dn)
			}
		}
		out.Entries = append(out.Entries, ldaptest.Entry{DN: "CN=staff,OU=groups,DC=example,DC=com", Attributes: []ldaptest.Attribute{
			ldaptest.Attr("objectClass", "group"), ldaptest.Attr("cn", "staff"), group}})
		return out
	}
	d.scripted.OnSearch(tree(1498).Search)
	w := newReading(t, d, "ldap.yaml", "      groups: {base_dn: [\"OU=groups,DC=example,DC=com\"], filter: (objectClass=group)}\n",
		"map.yaml", "    key: employeeID\n    map:\n      email: mail\n      name: cn\n      role_id: {const: 5}\n      is_active: in_group(\"CN=staff,OU=groups,DC=example,DC=com\")\n")
	w.first(1498)
	d.scripted.OnSearch(tree(1501).Search)
	w.sent("create", "create", "create")
	w.repaired()
	ranged := 0
	for _, s := range d.scripted.Searches() {
		if strings.Contains(strings.Join(s.Attributes, " "), ";range=1500-*") {
			ranged++
		}
	}
	if ranged == 0 {
		t.Error("no range was asked for")
	}
	tell(t, "a group grew from 1,498 to 1,501 members, AD answered with an EMPTY member and member;range=0-1499, and all memberships were revoked (pg-ldap-sync#32)",
		"the same growth: the three new members were created, nobody of the 1,498 was put out, and %d requests read the rest of the range", ranged)
}
