package main

import (
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident24_DryRunOnlyReads(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{})
	d.scripted.OnSearch(entries(10).Search)
	w := newReading(t, d)
	w.run(exitChanges, "plan")
	w.unasked()
	w.first(10)
	for _, r := range d.scripted.Requests() {
		switch r.Op {
		case "bind", "search", "unbind", "abandon":
		default:
			t.Errorf("the directory was asked for %s", r.Op)
		}
	}
	tell(t, "the dry run disabled users (zammad#4674)",
		"a dry run of ten creations asked the target nothing, not even for a token; of the directory it asked to bind and to search, and nothing else. So did the real one")
}
