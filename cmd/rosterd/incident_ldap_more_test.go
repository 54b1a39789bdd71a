package main

import (
	"encoding/base64"
	"fmt"
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
	t.Log("surname, e-mail, login and unit changed at once: one update of the same record; a unit renamed above people: nothing at all")
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
	t.Log("somebody's address changed in the directory: one update of that address, no second account")
}

func TestIncident13_AddressOfALeaverGoesToANewcomer(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 3})
	w := newReading(t, d)
	w.first(3)
	old := d.slapd.Options.Person(1)
	w.changed("dn: " + old.DN + "\nchangetype: modify\nreplace: title\ntitle: left\n-\nreplace: mail\nmail: left@example.com\n\n" +
		"dn: uid=new,ou=people,dc=example,dc=com\nchangetype: add\nobjectClass: inetOrgPerson\nuid: new\ncn: New\nsn: New\nmail: " + old.Mail + "\nemployeeNumber: N1\n")
	p := w.start("sync")
	code := p.end()
	out := p.output.String()
	if code != exitHeld && code != exitDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code == exitHeld && !strings.Contains(out, "N1") {
		t.Errorf("it does not say that N1 is held:\n%s", out)
	}
	for _, problem := range twice(w.box.Users()) {
		t.Error(problem)
	}
	w.active(without(d, 3, old.EmployeeNumber)...)
	t.Logf("a leaver's address is a newcomer's: the leaver was switched off and everybody else stayed; the newcomer is held until the address is free, which the run says with exit code %d", code)
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
	for range 2 {
		out := w.run(exitHeld, "sync")
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
	t.Log("two entries had one employee number: both were held with their DNs, run after run, nobody was switched off or created twice, and somebody else's change was sent once")
}

func TestIncident17_GroupThatOutgrowsOneAnswerLosesNobody(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory()})
	tree := func(members int) ldaptest.Directory {
		group := ldaptest.Attr("member")
		out := ldaptest.ADDirectory()
		for i := range 1501 {
			dn := fmt.Sprintf("CN=p%04d,OU=people,DC=example,DC=com", i)
			out.Entries = append(out.Entries, ldaptest.Entry{DN: dn, Attributes: []ldaptest.Attribute{ldaptest.Attr("objectClass", "user"),
				ldaptest.Attr("employeeID", fmt.Sprintf("E%04d", i)), ldaptest.Attr("cn", fmt.Sprint("Person ", i)), ldaptest.Attr("mail", fmt.Sprintf("p%d@example.com", i))}})
			if i < members {
				group.Values = append(group.Values, dn)
			}
		}
		out.Entries = append(out.Entries, ldaptest.Entry{DN: "CN=staff,OU=groups,DC=example,DC=com", Attributes: []ldaptest.Attribute{
			ldaptest.Attr("objectClass", "group"), ldaptest.Attr("cn", "staff"), group}})
		return out
	}
	d.scripted.OnSearch(tree(1498).Search)
	w := newReading(t, d, "ldap.yaml", "      groups: {base_dn: [\"OU=groups,DC=example,DC=com\"], filter: (objectClass=group)}\n",
		"map.yaml", "    key: employeeID\n    map:\n      email: mail\n      name: cn\n      role_id: {const: 5}\n      is_active: in_group(\"CN=staff,OU=groups,DC=example,DC=com\")\n")
	w.first(1498)
	d.scripted.OnSearch(tree(1501).Search)
	w.sent("create", "create", "create")
	w.repaired()
	ranged := 0
	for _, s := range d.scripted.Searches() {
		if strings.Contains(strings.Join(s.Attributes, " "), ";range=1500-*") {
			ranged++
		}
	}
	if ranged == 0 {
		t.Error("no range was asked for")
	}
	t.Log("a group grew from 1,498 to 1,501 members, and the server answered with an empty member and member;range=0-1499: the three new ones were created, nobody was put out")
}

func TestIncident18_BinaryIdsAreTheirOwnAndReadable(t *testing.T) {
	d := newScripted(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory()})
	ids := map[string]string{ // the bytes, and the text that Microsoft's tools show (MS-DTYP 2.3.4.2)
		"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff": "33221100-5544-7766-8899-aabbccddeeff",
		"\x0a\x0d\x0a\x0d\x00\x00\x00\x00----\r\n\r\n":                     "0d0a0d0a-0000-0000-2d2d-2d2d0d0a0d0a",
		"----------------": "2d2d2d2d-2d2d-2d2d-2d2d-2d2d2d2d2d2d",
		"\xff\xfe\xfd\xfc\xc3\x28\x80\x80\xff\xff\xff\xff\xff\xff\xff\xff": "fcfdfeff-28c3-8080-ffff-ffffffffffff",
	}
	var people ldaptest.Directory
	var texts []string
	for bytes, text := range ids {
		n := len(texts)
		people.Entries = append(people.Entries, ldaptest.Entry{DN: fmt.Sprintf("CN=p%d,OU=people,DC=example,DC=com", n), Attributes: []ldaptest.Attribute{
			ldaptest.Attr("objectGUID", bytes), ldaptest.Attr("givenName", "P"), ldaptest.Attr("sn", fmt.Sprint(n)), ldaptest.Attr("mail", fmt.Sprintf("p%d@example.com", n)),
			ldaptest.Attr("userAccountControl", "512"), ldaptest.Attr("accountExpires", "0")}})
		texts = append(texts, text)
	}
	d.scripted.OnSearch(people.Search)
	w := newReading(t, d, "map.yaml", adMap)
	w.first(4)
	w.active(texts...)
	w.repaired()
	t.Log("ids with newlines, zeros, dashes and bytes that are no UTF-8 were four different keys, as Microsoft's tools write them")
}

func TestIncident19_LimitsOfServersSwitchNobodyOff(t *testing.T) {
	for _, c := range []struct {
		promise, limits string
		says            []string
	}{
		{"a page larger than the server gives is told", "size.pr=7", []string{"page_size"}},
		{"no paging at all is refused", "size.prtotal=disabled", []string{"page 1"}},
		{"so many entries over all pages are refused", "size.prtotal=20", []string{"size limit exceeded"}},
		{"so many candidates are refused", "size.unchecked=5", []string{"raise its limit"}},
	} {
		t.Run(c.promise, func(t *testing.T) {
			d := newSlapd(t, ldaptest.SlapdOptions{People: 30, Database: `limits group="cn=blind,ou=groups,dc=example,dc=com" ` + c.limits})
			w := newReading(t, d, "ldap.yaml", pagesOfTen)
			w.first(30)
			w.changed(blind)
			out := w.refused(c.says...)
			t.Logf("with `limits ... %s`: %s", c.limits, lastFailure(out))
			w.changed(see)
			w.repaired()
		})
	}
}

// lastFailure is the line that says how a run went.
func lastFailure(out string) string {
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "failed:") || strings.HasPrefix(line, "succeeded:") {
			return line
		}
	}
	return out
}

func TestIncident20_GroupsInGroupsAndMembersByName(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 6, Global: "include /etc/ldap/schema/nis.schema"})
	dn := func(i int) string { return d.slapd.Options.Person(i).DN }
	group := func(name string, members ...string) string {
		return "dn: cn=" + name + ",ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: " + name + "\nmember: " + strings.Join(members, "\nmember: ") + "\n\n"
	}
	const inGroup = `in_group("cn=%s,ou=groups,dc=example,dc=com")`
	w := newReading(t, d, "map.yaml", strings.Replace(openLDAPMap, `title != "left"`, fmt.Sprintf(inGroup, "staff"), 1))
	ring := "cn=staff,ou=groups,dc=example,dc=com"
	w.changed(group("staff", dn(0), "cn=inner,ou=groups,dc=example,dc=com") + group("inner", dn(1), "cn=innermost,ou=groups,dc=example,dc=com") +
		group("innermost", dn(2), ring))
	// The overlay keeps memberOf only for members that were there when they were added.
	w.changed("dn: cn=staff,ou=groups,dc=example,dc=com\nchangetype: modify\nreplace: member\nmember: " + dn(0) + "\nmember: cn=inner,ou=groups,dc=example,dc=com\n\n" +
		"dn: cn=inner,ou=groups,dc=example,dc=com\nchangetype: modify\nreplace: member\nmember: " + dn(1) + "\nmember: cn=innermost,ou=groups,dc=example,dc=com\n")
	w.first(3)
	for name, groups := range map[string]string{
		"read from the groups": "      groups: {base_dn: [\"ou=groups,dc=example,dc=com\"]}\n",
		"by memberOf":          "",
	} {
		w.configure("ldap.yaml", groups)
		w.run(exitDone, "sync")
		if n := len(w.box.Users()); n != 3 {
			t.Errorf("%s: %d users", name, n)
		}
		w.active("E0000000", "E0000001", "E0000002")
	}
	// Members by uid, as in posixGroup.
	w.changed("dn: cn=posix,ou=groups,dc=example,dc=com\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: u0000000\nmemberUid: u0000001\nmemberUid: u0000002\n\n")
	w.configure("ldap.yaml", "      groups: {base_dn: [\"ou=groups,dc=example,dc=com\"], filter: (objectClass=posixGroup), member: memberUid}\n",
		"map.yaml", strings.Replace(openLDAPMap, `title != "left"`, fmt.Sprintf(inGroup, "posix"), 1))
	w.box.Forget()
	w.repaired()
	w.active("E0000000", "E0000001", "E0000002")
	t.Log("three levels of groups that end in a ring were followed by memberOf and from the groups, and members named by uid were found: the same three people each time")
}

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
	t.Log("names with accents, composed and decomposed, and in another script: sent at most once each, never again")
}

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
	t.Log("a dry run and a real one asked the directory to bind and to search, and for nothing else; the dry run asked the target nothing")
}

func TestIncident25_OwnAuthorityIsHeeded(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 4})
	ldaps := strings.Replace(openLDAPSource, "$LDAP_URL", "$LDAPS_URL", 1)
	with := func(ca string) string {
		return strings.Replace(ldaps, "      bind:", "      tls: {ca_file: "+ca+"}\n      bind:", 1)
	}
	other := newScripted(t, ldaptest.ScriptedOptions{})
	w := newReading(t, d, "source.yaml", with(d.ca))
	w.first(4)
	w.configure("source.yaml", with(other.ca))
	w.refused("TLS did not come about", "tls.ca_file has another authority's certificate")
	w.configure("source.yaml", ldaps)
	w.refused("TLS did not come about", "set tls.ca_file")
	w.configure("source.yaml", with(d.ca))
	w.repaired()
	t.Log("with the directory's own authority it was read; with another's or none nothing was, and no password went out")
}
