package ldap

import (
	"testing"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

func TestAGroupIsKnownByAnySpellingOfItsDN(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{}, groupLDIF("staff", "groupOfNames", user(0), user(1)))
	for _, groups := range []*Groups{nil, {Bases: []string{groupsDN}, Filter: groupObjects, Member: "member", Nested: true}} {
		c.Groups = groups
		for _, dn := range []string{"commonName=Staff," + groupsDN, "2.5.4.3=staff," + groupsDN,
			"cn=staff,organizationalUnitName=groups," + ldaptest.BaseDN} {
			if got := who(t, read(t, c, record.GroupColumn(dn)), 0); got != "u0000000 u0000001" {
				t.Errorf("%s, groups %v: %q", dn, groups, got)
			}
		}
	}
}

func TestABaseIsKnownByAnySpellingOfItsDN(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{}, "")
	c.Bases = []string{ldaptest.BaseDN, "organizationalUnitName=people," + ldaptest.BaseDN}
	read(t, c, "uid").whole(t, 4) // and not 8
}

// Of what is no group it would be said that nobody is in it.
func TestWhatIsNoGroupIsAnError(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{}, groupLDIF("staff", "groupOfNames", user(0)))
	for _, groups := range []*Groups{nil, {Filter: groupObjects, Member: "member"}} {
		c.Groups = groups
		read(t, c, record.GroupColumn(groupsDN)).says(t, "it is no group (its objectClass is", "organizationalUnit", "such as cn=staff,"+groupsDN)
		read(t, c, record.GroupColumn(user(0))).says(t, "it is no group", "inetOrgPerson", "groups.filter")
	}
}

func TestWhatHasMembersOrFitsTheFilterIsAGroup(t *testing.T) {
	own := "dn: cn=own," + groupsDN + "\nobjectClass: organizationalRole\ncn: own\n\n" +
		"dn: cn=role," + groupsDN + "\nobjectClass: organizationalRole\ncn: role\nroleOccupant: " + user(2) + "\n"
	_, c := grouped(t, ldaptest.SlapdOptions{}, own)
	read(t, c, in("own")).says(t, "it is no group", "organizationalRole")
	c.Groups = &Groups{Filter: "(objectClass=organizationalRole)", Member: "roleOccupant"}
	if got := read(t, c, in("own"), in("role")); who(t, got, 0) != "" || who(t, got, 1) != "u0000002" {
		t.Errorf("%v", got.rows)
	}
	c.Groups.Filter = groupObjects
	read(t, c, in("own")).says(t, "it is no group")
	if got := who(t, read(t, c, in("role")), 0); got != "u0000002" {
		t.Error(got)
	}
}

// slapd's `search` lets a filter match what may not be read: memberOf then has nobody to be held against.
func TestMembersThatMayBeSearchedAndNotReadAreAnError(t *testing.T) {
	for _, acl := range []string{"access to attrs=member by * search\naccess to attrs=memberOf by * none", "access to attrs=member by * search"} {
		_, c := grouped(t, ldaptest.SlapdOptions{Database: acl}, groupLDIF("staff", "groupOfNames", user(0), user(1)))
		read(t, c, in("staff")).says(t, "it has members, and "+ldaptest.ReaderDN+" may not read who they are")
		c.Groups = &Groups{Filter: groupObjects, Member: "member"}
		read(t, c, in("staff")).says(t, "has members in member, and "+ldaptest.ReaderDN+" may not read who they are")
	}
}

func TestMembersByUIDAreNotLookedForInMemberOf(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{Global: "include /etc/ldap/schema/nis.schema"}, "dn: cn=unix,"+groupsDN+"\nobjectClass: posixGroup\ncn: unix\ngidNumber: 7\nmemberUid: u0000002\n")
	read(t, c, in("unix")).says(t, "its members are in memberUid", "`groups`")
	c.Groups = &Groups{Filter: groupObjects, Member: "memberUid"}
	if got := who(t, read(t, c, in("unix")), 0); got != "u0000002" {
		t.Error(got)
	}
}

// Who was renamed after the groups were read is in them by the old name, and comes by the new one.
func TestGroupsThatChangeWhileTheyAreReadAreAnError(t *testing.T) {
	const changed = "the groups changed while they were read"
	staff := groupLDIF("inner", "groupOfNames", user(2)) + groupLDIF("staff", "groupOfNames", user(0), user(1), "cn=inner,"+groupsDN)
	rename := "dn: " + user(1) + "\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n"
	for _, p := range []struct {
		name, change string
		groups       *Groups
		says         string
	}{
		{"nothing changes", "", &Groups{Bases: []string{groupsDN}, Filter: groupObjects, Member: "member", Nested: true}, ""},
		{"nothing changes, by memberOf", "", nil, ""},
		{"somebody is renamed", rename, &Groups{Filter: groupObjects, Member: "member"}, changed},
		{"somebody is renamed, by memberOf", rename, nil, ""}, // it is of the entry
		{"a group is renamed", "dn: cn=inner," + groupsDN + "\nchangetype: modrdn\nnewrdn: cn=core\ndeleteoldrdn: 1\n", nil, changed},
		{"the group is renamed", "dn: cn=staff," + groupsDN + "\nchangetype: modrdn\nnewrdn: cn=team\ndeleteoldrdn: 1\n", nil, "there is no cn=staff"},
	} {
		t.Run(p.name, func(t *testing.T) {
			s, c := grouped(t, ldaptest.SlapdOptions{Database: "overlay refint\nrefint_attributes member memberOf\n", Global: "moduleload refint"}, staff)
			c.Groups = p.groups
			rd, err := New(c).Open(t.Context(), sources.Request{Need: []string{"uid", in("staff")}, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rd.Close() }()
			if p.change != "" {
				if err := s.Modify(p.change); err != nil {
					t.Fatal(err)
				}
			}
			var got answers
			for _, err := range rd.Entries(nil) {
				got.err = err
			}
			if rd.Receipt().Complete != (p.says == "") {
				t.Errorf("%+v", rd.Receipt())
			}
			if p.says != "" {
				got.says(t, "after the last page: in_group(", p.says)
			} else if got.err != nil {
				t.Error(got.err)
			}
		})
	}
}
