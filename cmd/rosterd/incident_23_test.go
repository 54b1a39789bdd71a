package main

import (
	"encoding/base64"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident23_AccentsAreSentOnce(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 2})
	w := newReading(t, d)
	w.first(2)
	for _, name := range []string{"Zoe\u0301 Mu\u0308ller", "Zo\u00e9 M\u00fcller", "\u0418\u0432\u0430\u043d"} { // decomposed, composed, Cyrillic
		w.changed("dn: " + d.slapd.Options.Person(0).DN + "\nchangetype: modify\nreplace: cn\ncn:: " + base64.StdEncoding.EncodeToString([]byte(name)) + "\n")
		w.run(exitDone, "sync")
		w.box.Forget()
		w.repaired()
	}
	tell(t, "accents differed for ever: the same update in each run (user-sync.py#167)",
		"names with accents, composed and decomposed, and in Cyrillic: each was sent at most once, and the next run sent nothing")
}
