package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// The incidents are those of similar programs when they read a directory. In these tests who is absent is switched off at once and no
// limit holds anything back, so that only the proof that a read is complete stands between a bad read and the people.

// Limits and access rules of these servers are for members of cn=blind: a change of the directory puts the reader in, and out again.
const (
	blind = "dn: cn=blind,ou=groups,dc=example,dc=com\nchangetype: add\nobjectClass: groupOfNames\ncn: blind\nmember: cn=sync,dc=example,dc=com\n"
	see   = "dn: cn=blind,ou=groups,dc=example,dc=com\nchangetype: delete\n"
)

func TestIncident01_TimeLimitExceededDisablesNobody(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	people := entries(40)
	d.scripted.OnSearch(people.Search)
	w := newReading(t, d, "ldap.yaml", pagesOfTen)
	w.first(40)
	for _, c := range []struct{ behaviour, says string }{
		{"time-limit", "result 3, time limit exceeded"}, {"size-limit", "result 4, size limit exceeded"}, {"admin-limit", "result 11, admin limit exceeded"},
	} {
		d.scripted.OnSearch(behaviours[c.behaviour](people))
		w.refused(c.says, "page 2, after 15 entries", "raise its limit")
	}
	d.scripted.OnSearch(people.Search)
	w.repaired()
	t.Log("15 of 40 people came before result 3, 4 or 11: the run failed, named the limit to raise, sent nothing, and the next one had nothing to do")
}

func TestIncident01_SizeLimitOfARealServerDisablesNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 700, Database: `limits group="cn=blind,ou=groups,dc=example,dc=com" size=500`})
	w := newReading(t, d, "ldap.yaml", "      page_size: 100\n")
	w.first(700)
	w.changed(blind)
	w.refused("size limit exceeded", `limits dn.exact="cn=sync,dc=example,dc=com" size=unlimited`)
	w.changed(see)
	w.repaired()
	t.Log("OpenLDAP gave 500 of 700 people and result 4: the run failed, said which line of slapd.conf raises the limit, and sent nothing")
}

func TestIncident02_UnreachableDirectoryRemovesNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 43})
	w := newReading(t, d)
	w.first(43)
	if err := d.slapd.Kill(); err != nil {
		t.Fatal(err)
	}
	out := w.refused("connection refused", d.url)
	if !strings.Contains(out, `"level":"error"`) {
		t.Errorf("the log has no error:\n%s", out)
	}
	if status := w.run(exitDone, "status"); !strings.Contains(status, "failed") {
		t.Errorf("status does not say that it failed:\n%s", status)
	}
	if err := d.slapd.Restart(); err != nil {
		t.Fatal(err)
	}
	w.repaired()
	t.Log("the directory was gone: exit code 1, an error in the log, `failed` in the status, and all 43 people kept")
}

func TestIncident03_MoreThanOnePageIsReadAndOthersAreLeftAlone(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 1201})
	w := newReading(t, d, "ldap.yaml", "      page_size: 500\n")
	w.box.Clarus().Add(record.Attrs{{Name: "email", Value: record.TextOf("local@example.com")}, {Name: "is_active", Value: record.BoolOf(true)},
		{Name: "name", Value: record.TextOf("Local")}}.Sort())
	w.first(1202)
	w.changed("dn: uid=u0000001,ou=people,dc=example,dc=com\nchangetype: delete\n")
	w.sent("update is_active")
	for _, u := range w.box.Users() {
		if u.Attrs.Get("email").Text() == "local@example.com" && !u.Attrs.Get("is_active").True() {
			t.Error("a user that is not ours was switched off")
		}
	}
	t.Log("1,201 people came in three pages; a user that the target had of its own was never touched, not even when somebody left")
}

func TestIncident03_OnlyTheFirstPageSwitchesNobodyOff(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	people := entries(30)
	d.scripted.OnSearch(people.Search)
	w := newReading(t, d, "ldap.yaml", pagesOfTen)
	w.first(30)
	for _, behaviour := range []string{"paging-missing", "paging-ignored"} {
		d.scripted.OnSearch(behaviours[behaviour](people))
		w.refused("the server ignored the paging control")
	}
	d.scripted.OnSearch(people.Search)
	w.repaired()
	t.Log("a server gave the first page and no word of others: the run failed, because nobody could tell whether that was everything")
}

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
	w.refused("member;range=6-*", "result 52, unavailable")
	d.scripted.OnSearch(behaviours["nobody"](all))
	w.refused()
	d.scripted.OnSearch(all.Search)
	w.repaired()
	t.Log("the last members of a group could not be read for one answer 52, and then nothing came at all: both runs failed as a whole, nobody was skipped, and no one got a new id")
}

func TestIncident04_EmptyAnswerWipesNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20, Database: `access to filter=(objectClass=inetOrgPerson) by group.exact="cn=blind,ou=groups,dc=example,dc=com" none by * read`})
	w := newReading(t, d)
	w.first(20)
	w.changed(blind)
	w.refused("nothing was found below ou=people,dc=example,dc=com", "cn=sync,dc=example,dc=com may not see what is in it", "may_be_empty")
	w.changed(see)
	w.repaired()
	t.Log("OpenLDAP answered with success and nobody in it: the run failed and said what an empty answer can mean")
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
	t.Log("the bind password was changed: the run failed with `check bind.password`, and afterwards all users had the ids they had before")
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
	if out := w.run(exitBlocked, "sync"); !strings.Contains(out, "deactivate 11 of 10: too many") {
		t.Errorf("it does not say that it is too many:\n%s", out)
	}
	w.unasked()
	t.Log("11 of 100 people were gone from a read that was complete: more than 10 %, so nothing was sent until somebody looks")
}

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
	w.refused("nothing was found below "+people, "the filter (objectClass=inetOrgPersn) fits nothing")

	w.configure("source.yaml", source("(objectClass=inetOrgPerson)", berlin, paris))
	w.changed("dn: " + paris + "\nchangetype: modrdn\nnewrdn: ou=lutetia\ndeleteoldrdn: 1\n")
	w.refused("no such object", "there is no "+paris)
	w.changed("dn: ou=lutetia," + people + "\nchangetype: modrdn\nnewrdn: ou=paris\ndeleteoldrdn: 1\nnewsuperior: ou=groups,dc=example,dc=com\n")
	w.refused("no such object", "there is no "+paris)

	w.changed("dn: ou=paris,ou=groups,dc=example,dc=com\nchangetype: modrdn\nnewrdn: ou=paris\ndeleteoldrdn: 1\nnewsuperior: " + people + "\n")
	w.repaired()
	w.configure("contract.yaml", "", "source.yaml", source("(objectClass=inetOrgPerson)", berlin))
	w.refused("10 entries, where the last complete read had 20: more than max_shrink 20% are gone")
	t.Log("a filter that fits nothing, a unit renamed and a unit moved away were each refused by name; a unit deselected by max_shrink as it is by default")
}
