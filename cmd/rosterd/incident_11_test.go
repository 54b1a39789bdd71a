package main

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// byUUID is the mapping with the key that no rename touches.
var byUUID = strings.Replace(openLDAPMap, "key: employeeNumber", "key: entryUUID", 1)

func TestIncident11_MarriageAndMoveAreOneUpdate(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 5, OUs: []string{"ou=berlin,ou=people", "ou=paris,ou=people"}})
	w := newReading(t, d, "map.yaml", byUUID)
	w.first(5)
	p := d.slapd.Options.Person(0)
	w.changed("dn: " + p.DN + "\nchangetype: modify\nreplace: sn\nsn: Married\n-\nreplace: cn\ncn: Ada Married\n-\nreplace: mail\nmail: married@example.com\n\n" +
		"dn: " + p.DN + "\nchangetype: modrdn\nnewrdn: uid=married\ndeleteoldrdn: 1\nnewsuperior: ou=paris,ou=people,dc=example,dc=com\n")
	w.sent("update email,name")
	w.changed("dn: ou=berlin,ou=people,dc=example,dc=com\nchangetype: modrdn\nnewrdn: ou=hamburg\ndeleteoldrdn: 1\n")
	w.repaired()
	if users := named(w.box.Users(), p.EntryUUID); len(users) != 1 || users[0].Attrs.Get("email").Text() != "married@example.com" || len(w.box.Users()) != 5 {
		t.Errorf("%v", w.box.Users())
	}
	tell(t, "a new surname was a deletion and a new invitation, vault access was lost (bitwarden#397); a move to another unit, that is a new DN, was a deletion (ranger PR#1162)",
		"surname, e-mail, login and unit of one person changed at once: one update of the same record, with the same id. A unit renamed above people: nothing was sent at all")
}

func TestIncident12_NewAddressIsNoSecondAccount(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 3})
	w := newReading(t, d)
	w.first(3)
	w.changed("dn: " + d.slapd.Options.Person(1).DN + "\nchangetype: modify\nreplace: mail\nmail: other@example.com\n")
	w.sent("update email")
	w.repaired()
	if n := len(w.box.Users()); n != 3 {
		t.Errorf("%d users", n)
	}
	tell(t, "a new address created a second account or failed, because the address was part of the key (user-sync.py#531, #835, #540)",
		"an address changed in the directory: one update of that address, of the same record; still 3 users, no second account")
}

func TestIncident13_AddressOfALeaverGoesToANewcomer(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 3})
	w := newReading(t, d)
	w.first(3)
	old := d.slapd.Options.Person(1)
	w.changed("dn: " + old.DN + "\nchangetype: modify\nreplace: title\ntitle: left\n-\nreplace: mail\nmail: left@example.com\n\n" +
		"dn: uid=new,ou=people,dc=example,dc=com\nchangetype: add\nobjectClass: inetOrgPerson\nuid: new\ncn: New\nsn: New\nmail: " + old.Mail + "\nemployeeNumber: N1\n")
	out := w.run(exitHeld, "sync")
	for _, problem := range twice(w.box.Users()) {
		t.Error(problem)
	}
	w.active(without(d, 3, old.EmployeeNumber)...)
	tell(t, "an address passed from a leaver to a newcomer, and the import was blocked by a ghost (keycloak#39345, #19056)",
		"the leaver was switched off and everybody else stayed. The leaver's record keeps the address, so the newcomer alone is held, exit code 3: %s", w.said(out, "N1"))
}

// without are the employee numbers of the first n people but one.
func without(d *directory, n int, but string) (numbers []string) {
	for i := range n {
		if p := d.slapd.Options.Person(i); p.EmployeeNumber != but {
			numbers = append(numbers, p.EmployeeNumber)
		}
	}
	return numbers
}

func TestIncident14_DuplicatesStopNobodyElse(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 4})
	w := newReading(t, d)
	w.first(4)
	w.changed("dn: uid=twin,ou=people,dc=example,dc=com\nchangetype: add\nobjectClass: inetOrgPerson\nuid: twin\ncn: Twin\nsn: Twin\nmail: twin@example.com\nemployeeNumber: E0000001\n\n" +
		"dn: " + d.slapd.Options.Person(2).DN + "\nchangetype: modify\nreplace: cn\ncn: Somebody Else\n")
	var out string
	for range 2 {
		out = w.run(exitHeld, "sync")
		for _, text := range []string{"! E0000001", "duplicate", d.slapd.Options.Person(1).DN, "uid=twin,ou=people,dc=example,dc=com"} {
			if !strings.Contains(out, text) {
				t.Errorf("it does not say %q:\n%s", text, out)
			}
		}
	}
	if c := w.box.Counts(); c.Writes != 1 {
		t.Errorf("%d writes: %v", c.Writes, c.Methods)
	}
	w.active("E0000000", "E0000001", "E0000002", "E0000003")
	tell(t, "the same users were created in every run (user-sync.py#26); one duplicate in the database aborted the clean-up with a null pointer (lsc#308)",
		"two entries had one employee number: both were held, run after run, nobody was switched off or created twice, and somebody else's change was sent once: %s", w.said(out, "duplicate"))
}
