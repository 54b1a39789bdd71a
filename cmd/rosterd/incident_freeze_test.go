package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// absentSoon has the limits as they are by default.
const absentSoon = "    absent: {action: deactivate, reads: 1, after: 0s}\n"

// unlimited is a job that nothing but the freeze keeps from switching everybody off.
const unlimited = "    absent: {action: deactivate, reads: 1, after: 0s}\n    limits: {create: none, update: none, deactivate: none, reactivate: none, attribute: {\"*\": none}}\n"

func TestIncident06_FilterEditSwitchesNobodyOffBeforeApproval(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 20})
	w := newReading(t, d, "job.yaml", unlimited)
	w.first(20)
	keep := d.slapd.Options.Person(0)
	w.configure("source.yaml", strings.Replace(openLDAPSource, "(objectClass=inetOrgPerson)", "'(&(objectClass=inetOrgPerson)(mail="+keep.Mail+"))'", 1))
	w.run(exitBlocked, "plan")
	w.run(exitBlocked, "sync")
	w.unasked()
	if out := w.run(exitBlocked, "sync"); !strings.Contains(out, "the configuration has changed") || !strings.Contains(out, "19 changes are not sent") {
		t.Errorf("it does not say what has changed and what waits:\n%s", out)
	}
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
	t.Log("a filter that leaves out 19 of 20, with no limit at all: nobody was switched off before somebody approved it")
}

func TestIncident05_ManySmallLossesAreOneLargeOne(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 100})
	w := newReading(t, d, "job.yaml", absentSoon)
	w.first(100)
	for i := range 10 {
		w.changed("dn: " + d.slapd.Options.Person(i).DN + "\nchangetype: delete\n\n")
		w.sent("update is_active")
	}
	w.changed("dn: " + d.slapd.Options.Person(10).DN + "\nchangetype: delete\n\n")
	if out := w.run(exitBlocked, "sync"); !strings.Contains(out, "deactivate 11 of 10, 10 of them in the last 24 h: too many") {
		t.Errorf("it does not say that they add up:\n%s", out)
	}
	w.unasked()
	t.Log("one person fewer at each of eleven runs in a day: the eleventh was blocked as eleven at once are")
}

func TestIncident09_ATrippedGuardStopsNothingElse(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 60})
	w := newReading(t, d, "job.yaml", absentSoon+"    on_limit: withhold\n")
	w.first(60)
	var ldif strings.Builder
	for i := range 8 {
		fmt.Fprintf(&ldif, "dn: %s\nchangetype: delete\n\n", d.slapd.Options.Person(i).DN)
	}
	fmt.Fprintf(&ldif, "dn: %s\nchangetype: modify\nreplace: cn\ncn: Another Name\n\n", d.slapd.Options.Person(20).DN)
	w.changed(ldif.String())
	if out := w.run(exitBlocked, "sync"); !strings.Contains(out, "deactivate 8 of 6: too many") || !strings.Contains(out, "succeeded: 1 applied") {
		t.Errorf("it does not say what waits and what was sent:\n%s", out)
	}
	var sent []string
	for _, r := range w.box.Requests() {
		if kind := kindOf(r); kind != "token" {
			sent = append(sent, kind)
		}
	}
	if got := fmt.Sprint(sent); got != "[update name]" {
		t.Errorf("it sent %s, want the update alone", got)
	}
	t.Log("the guard on removals tripped: they waited, and the update was sent")
}
