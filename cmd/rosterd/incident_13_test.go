package main

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

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

func TestIncident13_AnAddressIsHandedOnInOneRun(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", "    update_inactive: true\n")
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	f[0][2], f[1][2] = "p0002@example.com", "free@example.com" // a chain
	f = append(f, []string{"N1", "Newcomer", "p0001@example.com", "1", "active"})
	w.feed(f)
	plan := w.said(w.run(exitChanges, "plan"), "N1", "create", "after")
	w.sent("update email", "update email", "create")
	w.whole(f)
	f[4][2], f[5][2] = f[5][2], f[4][2] // a ring
	w.feed(f)
	out := w.run(exitHeld, "sync")
	w.has("E0005", "email", "p0005@example.com")
	tell(t, "an address passed to somebody else and the import was blocked by a ghost (keycloak#39345, #19056)",
		"two people and a newcomer hand addresses on: sent in the order that frees each before it is claimed: %s. Two who swap theirs can't be ordered: they are held, and everybody else goes on: %s", plan, w.said(out, "! E0005"))
}

func TestIncident13_ALeaverGivesTheAddressBack(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", "    update_inactive: true\n")
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	f[0][2], f[0][4] = "left-p0001@example.com", "left"
	f = append(f, []string{"N1", "Newcomer", "p0001@example.com", "1", "active"})
	w.feed(f)
	w.run(exitHeld, "sync")
	w.run(exitDone, "sync")
	w.has("E0001", "is_active", "false")
	w.has("E0001", "email", "left-p0001@example.com")
	w.has("N1", "email", "p0001@example.com")
	tell(t, "a newcomer with a leaver's address was blocked by the leaver's ghost (keycloak#39345)",
		"with `update_inactive: true` the leaver was switched off at once, then given the address that the file has for him now, and the newcomer got his old one; held for one run, and nobody had to do anything")
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

func TestIncident14_TheSameFileCreatesNobodyAgain(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
	f := people(1, 20)
	f = append(f, f[3], f[4], append([]string(nil), f[5]...))
	f[len(f)-1][1] = "Somebody Else"
	w.feed(f)
	out := w.run(exitHeld, "sync", "--first")
	users := len(w.box.Users())
	w.box.Forget()
	for range 3 {
		w.feed(f)
		w.run(exitHeld, "sync")
	}
	w.unasked()
	if users != 19 || len(w.box.Users()) != 19 {
		t.Errorf("%d users at first, then %d", users, len(w.box.Users()))
	}
	// One of the two that differ is gone: what is left is created.
	f = f[:len(f)-1]
	w.feed(f)
	w.sent("create")
	if problems := twice(w.box.Users()); len(problems) > 0 {
		t.Error(strings.Join(problems, "\n"))
	}
	tell(t, "the same users were created in every run (user-sync.py#26, #559), and one duplicate stopped the clean-up of everybody (lsc#308)",
		"two rows that say the same are one; two that differ are held: %s. Three more runs over the same file sent nothing, and when the file was mended the held one was created", w.said(out, "! E0006"))
}
