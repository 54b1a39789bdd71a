package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident04_OneMemberThatCannotBeReadDeletesNobody(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	people := entries(8)
	people.Range = 3
	staff := ldaptest.Entry{DN: "cn=staff,ou=groups,dc=example,dc=com", Attributes: []ldaptest.Attribute{ldaptest.Attr("objectClass", "groupOfNames"), ldaptest.Attr("cn", "staff")}}
	member := ldaptest.Attr("member")
	for _, e := range people.Entries {
		member.Values = append(member.Values, e.DN)
	}
	staff.Attributes = append(staff.Attributes, member)
	all := people
	all.Entries = append(slices.Clone(people.Entries), staff)
	d.scripted.OnSearch(all.Search)
	w := newReading(t, d, "map.yaml", strings.Replace(openLDAPMap, `title != "left"`, `in_group("cn=staff,ou=groups,dc=example,dc=com")`, 1),
		"ldap.yaml", "      groups: {base_dn: [\"ou=groups,dc=example,dc=com\"], nested: false}\n")
	w.first(8)
	d.scripted.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		if slices.Contains(q.Attributes, "member;range=6-*") { // the last two members
			a.Done(ldaptest.Result{Code: ldap.LDAPResultUnavailable, Diagnostic: "try again"})
			return
		}
		all.Search(a, q)
	})
	out := w.refused("member;range=6-*", "result 52, unavailable")
	d.scripted.OnSearch(behaviours["nobody"](all))
	w.refused()
	d.scripted.OnSearch(all.Search)
	w.repaired()
	tell(t, "a 503 while ONE member was fetched was logged and skipped, so that person was deleted; a 503 while groups were listed deleted groups (ssosync#278, #234)",
		"two of a group's eight members could not be read, then none of the people. Both runs failed as a whole and nobody was skipped or deleted: %s", w.said(out, "failed:", "member;range=6-*"))
}

func TestIncident04_EmptyAnswerWipesNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20, Database: `access to filter=(objectClass=inetOrgPerson) by group.exact="cn=blind,ou=groups,dc=example,dc=com" none by * read`})
	w := newReading(t, d)
	w.first(20)
	ids := fmt.Sprint(w.box.Users())
	w.changed(blind)
	out := w.refused("nothing was found below ou=people,dc=example,dc=com", "cn=sync,dc=example,dc=com may not see what is in it", "may_be_empty")
	w.changed(see)
	w.repaired()
	if now := fmt.Sprint(w.box.Users()); now != ids {
		t.Errorf("the users are others: %s, were %s", now, ids)
	}
	tell(t, "an empty answer wiped everyone, and the next run created all again with new ids, so that permissions were lost (ssosync#194, #159, #236)",
		"OpenLDAP answered with success and without anybody. Nothing was sent, and all 20 have the ids they had: %s", w.said(out, "failed:", "nothing was found"))
}

func TestIncident05_ChangedBindPasswordSwitchesNobodyOff(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20})
	w := newReading(t, d)
	w.first(20)
	ids := fmt.Sprint(w.box.Users())
	password := func(text string) {
		w.changed("dn: cn=sync,dc=example,dc=com\nchangetype: modify\nreplace: userPassword\nuserPassword: " + text + "\n")
	}
	password("another")
	out := w.refused("can't bind as cn=sync,dc=example,dc=com: result 49, invalid credentials; check bind.dn and bind.password")
	if shows(out, d.password) {
		t.Error("the password is shown")
	}
	password(d.password)
	w.repaired()
	if now := fmt.Sprint(w.box.Users()); now != ids {
		t.Errorf("the users are others: %s, were %s", now, ids)
	}
	tell(t, "the bind password was changed: users were removed, and came back later with new ids (keycloak#24669, #20177; the same in six programs)",
		"the bind password was changed. Nothing was sent: %s. With the right one nothing was to do, and all 20 had the ids they had before", w.said(out, "failed:", "invalid credentials"))
}

func TestIncident05_SanityLimitIsThereUnasked(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 100})
	w := newReading(t, d, "job.yaml", "    absent: {action: deactivate, reads: 1, after: 0s}\n")
	w.first(100)
	var ldif strings.Builder
	for i := range 11 {
		fmt.Fprintf(&ldif, "dn: %s\nchangetype: delete\n\n", d.slapd.Options.Person(i).DN)
	}
	w.changed(ldif.String())
	out := w.run(exitBlocked, "sync")
	w.said(out, "deactivate 11 of 10: too many")
	w.unasked()
	tell(t, "users asked for a sanity limit, \"10 % or so\", after they had lost everybody (owncloud#29547, dim#89)",
		"it is there without a word in the configuration: 11 of 100 people were gone from a complete read. Exit code 4, nothing was sent: %s", w.said(out, "too many"))
}

// absentSoon has the limits as they are by default.
const absentSoon = "    absent: {action: deactivate, reads: 1, after: 0s}\n"

func TestIncident05_ManySmallLossesAreOneLargeOne(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 100})
	w := newReading(t, d, "job.yaml", absentSoon)
	w.first(100)
	for i := range 10 {
		w.changed("dn: " + d.slapd.Options.Person(i).DN + "\nchangetype: delete\n\n")
		w.sent("update is_active")
	}
	w.changed("dn: " + d.slapd.Options.Person(10).DN + "\nchangetype: delete\n\n")
	out := w.run(exitBlocked, "sync")
	w.said(out, "deactivate 11 of 10, 10 of them in the last 24 h: too many")
	w.unasked()
	tell(t, "a limit for each run does not see a slow loss (owncloud#29547, dim#89)",
		"one person fewer at each of eleven runs in a day: ten were switched off, the eleventh was blocked as eleven at once are: %s", w.said(out, "too many"))
}
