package ldap

import (
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestOverlappingBasesGiveEachEntryOnce(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 60, OUs: []string{"ou=people", "ou=berlin,ou=people", "ou=mitte,ou=berlin,ou=people", "ou=paris"}})
	c := readerOf(s.URL(), s.Password)
	berlin, mitte, paris := "OU=Berlin, "+peopleDN, "ou=mitte,ou=berlin,"+peopleDN, "ou=paris,"+ldaptest.BaseDN
	var first answers
	for i, bases := range [][]string{{ldaptest.BaseDN}, {peopleDN, berlin, mitte, paris}, {mitte, paris, berlin, peopleDN}, {berlin, ldaptest.BaseDN}, {peopleDN, paris, peopleDN}, {paris, peopleDN, berlin, berlin}} {
		c.Bases = bases
		got := read(t, c, "uid", "dn").whole(t, 60)
		if i == 0 {
			first = got
		}
		for dn, raw := range got.raw {
			if raw != first.raw[dn] {
				t.Errorf("%q: %s is another", bases, dn)
			}
		}
	}
	c.Bases = []string{peopleDN, berlin}
	read(t, c, "uid").whole(t, 45)
}

func TestTheScopeIsHeeded(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 60, OUs: []string{"ou=people", "ou=berlin,ou=people"}})
	c := readerOf(s.URL(), s.Password)
	c.Scope = scopeOne
	if got := read(t, c, "uid").whole(t, 30); slices.ContainsFunc(got.order, func(dn string) bool { return strings.Contains(dn, "berlin") }) {
		t.Error(got.order)
	}
	c.Bases = []string{peopleDN, "ou=berlin," + peopleDN}
	read(t, c, "uid").whole(t, 60)
	c.Scope, c.Bases = scopeBase, []string{user(1) + "", "uid=u0000000," + peopleDN}
	c.Bases[0] = "uid=u0000001,ou=berlin," + peopleDN
	if got := read(t, c, "uid").whole(t, 2); got.order[0] != c.Bases[0] {
		t.Error(got.order)
	}
}
