package ldap

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

const groupsDN = "ou=groups," + ldaptest.BaseDN

// group is LDIF of a group.
func groupLDIF(name, class string, members ...string) string {
	attribute := map[string]string{"groupOfNames": "member", "groupOfUniqueNames": "uniqueMember"}[class]
	text := fmt.Sprintf("dn: cn=%s,%s\nobjectClass: %s\n", name, groupsDN, class)
	for _, m := range members {
		text += attribute + ": " + m + "\n"
	}
	return text + "\n"
}

// in is the column of a group of these.
func in(name string) string { return record.GroupColumn("cn=" + name + "," + groupsDN) }

// who are those that a column says true of, by uid.
func who(t *testing.T, got answers, column int) string {
	t.Helper()
	if got.err != nil {
		t.Error(got.err)
	}
	var all []string
	for dn, row := range got.rows {
		switch row[column] {
		case "true":
			rdn, _, _ := strings.Cut(dn, ",")
			all = append(all, rdn[strings.Index(rdn, "=")+1:])
		case "":
		default:
			t.Errorf("%s: %q", dn, row[column])
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func grouped(t *testing.T, o ldaptest.SlapdOptions, ldif string) (*ldaptest.Slapd, Config) {
	t.Helper()
	o.People, o.LDIF = 4, ldif
	s := ldaptest.Start(t, ldaptest.StartSlapd, o)
	return s, readerOf(s.URL(), s.Password)
}

func user(i int) string { return fmt.Sprintf("uid=u%07d,%s", i, peopleDN) }

func TestMembershipIsWhatMemberOfSays(t *testing.T) {
	ring := groupLDIF("leaf", "groupOfNames", user(2)) + groupLDIF("inner", "groupOfNames", user(1), "cn=leaf,"+groupsDN) +
		groupLDIF("outer", "groupOfNames", user(0), "cn=inner,"+groupsDN, "cn=nobody,"+groupsDN) +
		"dn: cn=leaf," + groupsDN + "\nchangetype: modify\nadd: member\nmember: cn=outer," + groupsDN + "\n\n" +
		groupLDIF("empty", "groupOfNames", "cn=nobody") + groupLDIF("comma\\, and + plus", "groupOfNames", user(3))
	s, c := grouped(t, ldaptest.SlapdOptions{}, strings.Replace(ring, `comma\, and + plus`, `comma\, and \+ plus`, 1))
	got := read(t, c, in("outer"), record.GroupColumn("CN=Leaf , OU=groups,DC=example, DC=com"), in("empty"), in(`comma\2c and \2B plus`)).whole(t, 4)
	for column, want := range []string{"u0000000 u0000001 u0000002", "u0000000 u0000001 u0000002", "", "u0000003"} {
		if is := who(t, got, column); is != want {
			t.Errorf("column %d: %q, want %q", column, is, want)
		}
	}
	if err := s.Modify("dn: cn=inner," + groupsDN + "\nchangetype: modify\nadd: member\nmember: " + user(3) + "\n"); err != nil {
		t.Fatal(err)
	}
	after := read(t, c, in("outer"), record.GroupColumn("CN=Leaf , OU=groups,DC=example, DC=com"), in("empty"), in(`comma\2c and \2B plus`)).whole(t, 4)
	for i := range 4 {
		if changed := after.raw[user(i)] != got.raw[user(i)]; changed != (i == 3) {
			t.Errorf("user %d, fingerprint is another: %v", i, changed)
		}
	}
}

func TestAGroupThatIsNotThereIsAnError(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{}, groupLDIF("staff", "groupOfNames", user(0)))
	for _, groups := range []*Groups{nil, {Filter: groupObjects, Member: "member"}} {
		c.Groups = groups
		got := read(t, c, "uid", in("stafff"))
		got.says(t, `in_group("cn=stafff,`, "there is no", "the nearest that it shows is "+groupsDN)
		if got.opened {
			t.Error("it was opened")
		}
	}
}

func TestMemberOfThatIsNotKeptOrNotShownIsAnError(t *testing.T) {
	staff := groupLDIF("staff", "groupOfNames", user(0), user(1))
	for name, o := range map[string]ldaptest.SlapdOptions{
		"hidden":                      {Database: "access to attrs=memberOf by * none"},
		"hidden of some":              {Database: `access to dn.exact="` + user(1) + `" attrs=memberOf by * none`},
		"hidden, and the members too": {Database: "access to attrs=memberOf,member by * none"},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := grouped(t, o, staff)
			got := read(t, c, "uid", in("staff"))
			if strings.Contains(name, "too") {
				got.says(t, `in_group("cn=staff,`, "may not see its members")
			} else {
				got.says(t, `in_group("cn=staff,`, "does not show it in memberOf", "`groups`", ldaptest.ReaderDN)
			}
		})
	}
	t.Run("not kept for this class of group", func(t *testing.T) {
		_, c := grouped(t, ldaptest.SlapdOptions{}, groupLDIF("unique", "groupOfUniqueNames", user(0)))
		read(t, c, "uid", in("unique")).says(t, user(0), "does not show it in memberOf", "`groups`")
	})
	t.Run("not in the schema", func(t *testing.T) {
		id := ldaptest.OpenLDAP()
		types := &id.Subschema.Attributes[len(id.Subschema.Attributes)-1]
		types.Values = slices.DeleteFunc(slices.Clone(types.Values), func(v string) bool { return strings.Contains(v, "memberOf") })
		_, c := script(t, ldaptest.ScriptedOptions{Identity: id})
		read(t, c, "uid", in("staff")).says(t, `no attribute "memberOf"; groups tells`)
	})
}

func TestMembershipIsReadFromTheGroups(t *testing.T) {
	ldif := groupLDIF("leaf", "groupOfUniqueNames", user(2)+"#'0101'B") + groupLDIF("unique", "groupOfUniqueNames", user(1), "cn=leaf,"+groupsDN) +
		groupLDIF("ring", "groupOfNames", strings.ToUpper(user(0)), "cn=knot,"+groupsDN) + groupLDIF("knot", "groupOfNames", user(3), "cn=ring, "+groupsDN) +
		"dn: cn=unix," + groupsDN + "\nobjectClass: namedObject\nobjectClass: extensibleObject\ncn: unix\nmemberUid: U0000002\nmemberUid: u0000009\n"
	_, c := grouped(t, ldaptest.SlapdOptions{Global: "include /etc/ldap/schema/nis.schema\ninclude /etc/ldap/schema/namedobject.schema", Database: "access to attrs=memberOf by * none"}, ldif)
	for _, g := range []struct {
		group, member string
		nested        bool
		want          string
	}{
		{"unique", "uniqueMember", true, "u0000001 u0000002"}, {"unique", "UNIQUEMEMBER", false, "u0000001"}, {"unique", "2.5.4.50", true, "u0000001 u0000002"},
		{"ring", "member", true, "u0000000 u0000003"}, {"ring", "member", false, "u0000000"}, {"knot", "2.5.4.31", false, "u0000003"},
		{"unix", "memberUid", false, "u0000002"}, {"unix", "memberuid", true, "u0000002"},
	} {
		c.Groups = &Groups{Bases: []string{groupsDN}, Filter: "(objectClass=*)", Member: g.member, Nested: g.nested}
		if got := who(t, read(t, c, in(g.group)), 0); got != g.want {
			t.Errorf("%+v: %q", g, got)
		}
	}
	for _, bad := range []struct {
		group string
		Groups
		says string
	}{
		{"unique", Groups{Filter: groupObjects, Member: "member"}, "none in member: set groups.member"},
		{"unix", Groups{Filter: groupObjects, Member: "member"}, "none in member"},
		{"ring", Groups{Filter: groupObjects, Member: "membr"}, `no attribute "membr"; did you mean "member"`},
		{"ring", Groups{Bases: []string{groupsDN}, Filter: "(cn=x)", Member: "member", Nested: true}, "groups.filter (cn=x) finds no group"},
		{"ring", Groups{Bases: []string{"ou=grps," + ldaptest.BaseDN}, Filter: "(cn=x)", Member: "member", Nested: true}, "there is no ou=grps"},
	} {
		c.Groups = &bad.Groups
		read(t, c, "uid", in(bad.group)).says(t, bad.says)
	}
}

func TestMembersThatMayNotBeSeenAreAnError(t *testing.T) {
	_, c := grouped(t, ldaptest.SlapdOptions{Database: "access to attrs=member by * none"}, groupLDIF("staff", "groupOfNames", user(0)))
	c.Groups = &Groups{Filter: groupObjects, Member: "member"}
	read(t, c, "uid", in("staff")).says(t, "may not see its members")
}

func TestGroupsOfARealDomain(t *testing.T) {
	s, c := domainReader(t)
	run := rand.Text() // names are unique in the domain
	ou, u := "OU="+run+","+s.BaseDN, func(i int) string { return fmt.Sprintf("CN=user%05d,OU=people,%s", i, s.BaseDN) }
	if err := s.AddOU(ou); err != nil {
		t.Fatal(err)
	}
	for _, g := range []struct {
		name    string
		members []string
	}{{`Lead\, EU`, []string{u(1)}}, {"inner", []string{u(2), `CN=Lead\, EU,` + ou}}, {"outer", []string{u(0), "CN=inner," + ou}}, {"none", nil}} {
		if err := s.AddGroup("CN="+g.name+","+ou, g.members, ldaptest.Attr("sAMAccountName", run+strings.ReplaceAll(g.name, `\, `, ""))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Set("CN=inner,"+ou, ldaptest.Attr("member", u(2), `CN=Lead\, EU,`+ou, "CN=outer,"+ou)); err != nil {
		t.Fatal(err)
	}
	group := func(name string) string { return record.GroupColumn("cn=" + name + "," + strings.ToLower(ou)) }
	everybody := record.GroupColumn("CN=Domain Users,CN=Users," + s.BaseDN)
	for _, groups := range []*Groups{nil, {Bases: []string{s.BaseDN}, Filter: "(objectClass=group)", Member: "member", Nested: true}} {
		c.Groups = groups
		got := read(t, c, group("outer"), group(`lead\2c eu`), group("none"), group("inner")).whole(t, 3)
		for column, want := range []string{"user00000 user00001 user00002", "user00001", "", "user00000 user00001 user00002"} {
			if is := who(t, got, column); is != want {
				t.Errorf("groups %v, column %d: %q", groups, column, is)
			}
		}
	}
	c.Groups = nil
	if got := who(t, read(t, c, everybody), 0); got != "user00000 user00001 user00002" {
		t.Errorf("primary group: %q", got)
	}
}

func TestALargeGroupIsHeldInLittleMemory(t *testing.T) {
	const n = 50_000
	d := ldaptest.ADDirectory(append(people(3), ldaptest.Entry{DN: "cn=big," + groupsDN, Attributes: []ldaptest.Attribute{members(n)}})...)
	_, c := script(t, ldaptest.ScriptedOptions{Identity: controller(), Search: d.Search})
	c.Groups = &Groups{Filter: groupObjects, Member: "member"}
	r := &reading{config: c, ctx: t.Context()}
	trust, err := c.TLS.load()
	if err != nil {
		t.Fatal(err)
	}
	r.tls = trust
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if r.main, err = r.connect(); err != nil {
		t.Fatal(err)
	}
	defer r.main.Close()
	r.columns = newColumns([]string{in("big")}, nil, nil)
	if err := r.readGroups(r.main); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := len(r.groups[0].members); got != n {
		t.Errorf("%d members", got)
	}
	if each := int64(after.HeapAlloc-before.HeapAlloc) / n; each > 80 {
		t.Errorf("%d bytes a member", each)
	}
	if got := who(t, read(t, c, in("big")), 0); got != "p0000 p0001 p0002" {
		t.Error(got)
	}
}
