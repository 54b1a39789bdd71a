package main

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// In the scenarios with a directory who is absent is switched off at once and no limit holds anything back, unless they say otherwise, so
// that only the proof that a read is complete stands between a bad read and the people.

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
	var said string
	for _, c := range []struct{ behaviour, says string }{
		{"time-limit", "result 3, time limit exceeded"}, {"size-limit", "result 4, size limit exceeded"}, {"admin-limit", "result 11, admin limit exceeded"},
	} {
		d.scripted.OnSearch(behaviours[c.behaviour](people))
		said = w.said(w.refused(c.says, "page 2, after 15 entries", "raise its limit"), "failed:", c.says)
	}
	d.scripted.OnSearch(people.Search)
	w.repaired()
	tell(t, "LDAP result 3, time limit exceeded, was logged, and then every user was deactivated (gitea#4402, #3815)",
		"of 40 people 15 came before result 3, 4 or 11. Each run failed and sent nothing, not even a login: %s. The next whole read had nothing to do", said)
}

func TestIncident01_SizeLimitOfARealServerDisablesNobody(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 700, Database: `limits group="cn=blind,ou=groups,dc=example,dc=com" size=500`})
	w := newReading(t, d, "ldap.yaml", "      page_size: 100\n")
	w.first(700)
	w.changed(blind)
	out := w.refused("size limit exceeded", `limits dn.exact="cn=sync,dc=example,dc=com" size=unlimited`)
	w.changed(see)
	w.repaired()
	tell(t, "size limit exceeded was taken for the end of the directory, and whoever came after it was deactivated (gitea#3815)",
		"OpenLDAP gave 500 of 700 people and result 4. Nothing was sent: %s", w.said(out, "failed:", "size limit exceeded"))
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
	status := w.run(exitDone, "status")
	if err := d.slapd.Restart(); err != nil {
		t.Fatal(err)
	}
	w.repaired()
	tell(t, "the directory was unreachable, a clean-up job removed all synced users, 43 people lost VPN, and no alert came (opnsense#10128)",
		"the directory was gone; all 43 people kept their access. Exit code 1, an error in the log, %s, and in `rosterd status` %s", w.said(out, "failed:", "connection refused"), w.said(status, "failed"))
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
	tell(t, "with more than 500 users in the directory only the first page was read and everybody else was disabled; users who were none of the directory's too (grafana#74096, #74107, #74318)",
		"all 1,201 people of three pages were created. When one left she alone was switched off; a user whom an administrator had added in the target was never touched")
}

func TestIncident03_OnlyTheFirstPageSwitchesNobodyOff(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	people := entries(30)
	d.scripted.OnSearch(people.Search)
	w := newReading(t, d, "ldap.yaml", pagesOfTen)
	w.first(30)
	var out string
	for _, behaviour := range []string{"paging-missing", "paging-ignored"} {
		d.scripted.OnSearch(behaviours[behaviour](people))
		out = w.refused("the server ignored the paging control")
	}
	d.scripted.OnSearch(people.Search)
	w.repaired()
	tell(t, "nobody noticed that the first page was not everything (grafana#74318)",
		"a server gave the first 10 of 30 people and no word of further pages. Nothing was sent: %s", w.said(out, "failed:", "paging"))
}
