package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

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
	out := w.run(exitBlocked, "sync")
	w.said(out, "deactivate 8 of 6: too many")
	w.said(out, "succeeded: 1 applied")
	var sent []string
	for _, r := range w.box.Requests() {
		if kind := kindOf(r); kind != "token" {
			sent = append(sent, kind)
		}
	}
	if got := fmt.Sprint(sent); got != "[update name]" {
		t.Errorf("it sent %s, want the update alone", got)
	}
	tell(t, "a tripped removal guard stopped everything; users want the creations and changes to go on (user-sync.py#744)",
		"with `on_limit: withhold` the 8 removals of 60 waited and the one change was sent: %s, %s", w.said(out, "too many"), w.said(out, "succeeded:"))
}

func TestIncident09_AnEmptySourceIsStoppedByItself(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", unlimited, "source.yaml", "    csv: {path: people.csv}\n"+anyShrink)
	w.feed(people(1, 20))
	w.first(20)
	w.feed(nil)
	out := w.refused("min_entries")
	w.feed(people(1, 20))
	w.repaired()
	tell(t, "the stop for an empty source was removed for those who overwrite, and a reviewer worried about wipes (bitwarden PR#107)",
		"every limit lifted in the configuration, and a file with a header alone: nobody was switched off: %s", w.said(out, "failed:"))
}
