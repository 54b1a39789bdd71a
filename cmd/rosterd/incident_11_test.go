package main

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
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

func TestIncident11_ANewSurnameInAFileIsOneUpdate(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	id := w.one("E0003").ID
	f[2][1], f[2][2], f[2][3] = "Name Married", "married@example.com", "6"
	w.feed(f)
	w.sent("update email,name,role_id")
	if now := w.one("E0003"); now.ID != id {
		t.Errorf("the record is %d, was %d", now.ID, id)
	}
	w.whole(f)
	tell(t, "a surname change was a deletion plus a new invitation, and vault access was lost (bitwarden#397); a group came back with a new id and its assignments were gone (ssosync#291)",
		"name, address and role of one person changed in the file: one update of record %d, which is still that person's", id)
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

func TestIncident12_ANewAddressWhereTheTargetKeepsTheOldOne(t *testing.T) {
	w := fourWorld(t, "")
	f := people(1, 5)
	w.feed(f)
	w.run(exitDone, "sync", "--first", "approvers")
	f[1][1], f[1][2] = "Name Married", "married@example.com"
	w.feed(f)
	out := w.run(exitDone, "sync", "approvers")
	if got := w.approver("p0002@example.com").Get("name").Text(); got != "Name Married" || len(w.box.Jitsudo().Users()) != 7 {
		t.Errorf("the name is %s, and there are %d users", got, len(w.box.Jitsudo().Users()))
	}
	w.box.Forget()
	w.run(exitDone, "sync", "approvers")
	w.unasked()
	tell(t, "where the address is the account, a new one created a second account or failed (user-sync.py#531, #835, #540)",
		"JITSudo can't change an address: the new name was sent all the same, no second account came, and the address is listed for an administrator: %s", w.said(out, "email", "married@example.com"))
}
