package main

import (
	"errors"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// newDomainUnit is a unit of the shared domain. It comes before newReading, which counts goroutines.
func newDomainUnit(t *testing.T) *directory {
	t.Helper()
	d, err := shared.newUnit()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestIncident08_DeletedUsersAreNotRead(t *testing.T) {
	d := newDomainUnit(t)
	u := d.unit
	if err := errors.Join(u.user("stays"), u.user("gone1", ldaptest.Attr("mail", "same@example.com")), u.user("gone2", ldaptest.Attr("mail", "gone2@example.com"))); err != nil {
		t.Fatal(err)
	}
	w := newReading(t, d)
	w.first(3)
	stays, err := u.guid("stays")
	if err := errors.Join(err, u.set("gone2", ldaptest.Attr("mail", "same@example.com")), u.delete("gone1"), u.delete("gone2")); err != nil {
		t.Fatal(err)
	}
	w.sent("update is_active", "update is_active")
	w.active(stays)
	w.repaired()
	tell(t, "users were deleted although that was off, because entries of the AD recycle bin were read; two DELETED users with one mail blocked every sync (bitwarden PR#548, #105)",
		"two deleted users with one mail left their tombstones in Active Directory: neither was read, both were switched off as gone, and the one who stays was untouched")
}

func TestIncident08_LeaversWithOneAddressBlockNobody(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	f := people(1, 10)
	for _, n := range []int{0, 1} {
		f[n][2], f[n][4] = "shared@example.com", "left"
	}
	w.feed(f)
	w.first(8)
	f[2][1], f[3][4] = "Another Name", "left"
	w.feed(f)
	w.sent("update name", "update is_active")
	w.active(f[4:].keys()[0], "E0003", "E0006", "E0007", "E0008", "E0009", "E0010")
	tell(t, "two DELETED users who shared a mail address blocked every sync (bitwarden#105)",
		"two leavers in the file share an address: both are not needed in the target, and the other 8 were created; a later change and a later leaver went through")
}
