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
	t.Log("two deleted users left their tombstones in Active Directory: neither was read, both were absent, and the one who stays was untouched")
}

func TestIncident16_ExpiredAndDisabledAccountsAreOff(t *testing.T) {
	d := newDomainUnit(t)
	u := d.unit
	var on []string
	for _, c := range []struct {
		name   string
		active bool
		attrs  []ldaptest.Attribute
	}{
		{"x512", true, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "512")}},
		{"x514", false, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "514")}},
		{"x66048", true, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "66048")}},
		{"x66050", false, []ldaptest.Attribute{ldaptest.Attr("userAccountControl", "66050")}},
		{"xexpired", false, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "132000000000000000")}},
		{"xexpires", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "159000000000000000")}},
		{"xnever0", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "0")}},
		{"xnevermax", true, []ldaptest.Attribute{ldaptest.Attr("accountExpires", "9223372036854775807")}},
	} {
		if err := u.user(c.name, c.attrs...); err != nil {
			t.Fatal(err)
		}
		id, err := u.guid(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if c.active {
			on = append(on, id)
		}
	}
	w := newReading(t, d)
	w.first(len(on))
	w.active(on...)
	w.repaired()
	t.Log("514, 66050 and an accountExpires in the past were off; 512, 66048, a date to come, and both ways to say never were on")
}
