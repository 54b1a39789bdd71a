package main

import (
	"errors"
	"testing"

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
	if err := errors.Join(err, u.set("gone2", ldaptest.Attr("mail", "same2@example.com")), u.delete("gone1"), u.delete("gone2")); err != nil {
		t.Fatal(err)
	}
	w.sent("update is_active", "update is_active")
	w.active(stays)
	w.repaired()
	tell(t, "users were deleted although that was off, because entries of the AD recycle bin were read (bitwarden directory-connector PR#548)",
		"two deleted users left their tombstones in Active Directory: neither was read, both were switched off as gone, and the one who stays was untouched")
}
