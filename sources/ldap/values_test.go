package ldap

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// one is a directory with one person.
func one(attrs ...ldaptest.Attribute) ldaptest.Directory {
	return ldaptest.Directory{Entries: []ldaptest.Entry{{DN: person(0), Attributes: attrs}}}
}

func TestValuesAreThoseOfTheirColumn(t *testing.T) {
	binary := "\x00\x0a\x0d\xff\xfe\x80,\x00"
	d := one(ldaptest.Attr("uid", "a"), ldaptest.Attr("CN", "Zoë", "Ann", "bob"), ldaptest.Attr("cn;lang-es", "Ana"), ldaptest.Attr("cn;X-B;x-a", "both"), ldaptest.Attr("sn", "Ölçer"),
		ldaptest.Attr("jpegPhoto", binary), ldaptest.Attr("title", ""), ldaptest.Attr("ou"), ldaptest.Attr("userPassword;binary", "b"))
	_, c := directory(t, d)
	for _, k := range []struct{ name, want string }{
		{"dn", person(0)}, {"DN", person(0)}, {"uid", "a"}, {"UID", "a"}, {"userid", "a"},
		{"cn", "Ann|Zoë|bob"}, {"commonName", "Ann|Zoë|bob"}, {"2.5.4.3", "Ann|Zoë|bob"}, {"cn;lang-es", "Ana"}, {"CN;Lang-ES", "Ana"}, {"2.5.4.3;lang-es", "Ana"},
		{"cn;x-a;x-b", "both"}, {"cn;x-a", ""}, {"cn;lang-de", ""},
		{"sn", "Ölçer"}, {"surname", "Ölçer"}, {"jpegPhoto", binary}, {"userPassword", "b"}, {"title", ""}, {"ou", ""}, {"mail", ""},
	} {
		if got := read(t, withAll(c, d, t), k.name).whole(t, 1).rows[person(0)]; len(got) != 1 || got[0] != k.want {
			t.Errorf("%s: %q, want %q", k.name, got, k.want)
		}
	}
}

// withAll asks a server that gives all that it has, as some do, under its own names.
func withAll(c Config, d ldaptest.Directory, t *testing.T) Config {
	s, c2 := directory(t, d)
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		q.Attributes = nil
		d.Search(a, q)
	})
	c2.Filter = c.Filter
	return c2
}

func TestAnEmptyValueIsNotNone(t *testing.T) {
	none, empty := one(ldaptest.Attr("uid", "a")), one(ldaptest.Attr("uid", "a"), ldaptest.Attr("title", ""))
	_, c := directory(t, none)
	_, c2 := directory(t, empty)
	if a, b := read(t, c, "title").whole(t, 1), read(t, c2, "title").whole(t, 1); a.raw[person(0)] == b.raw[person(0)] {
		t.Error("they have one fingerprint")
	}
}

func TestTheFingerprintIsThatOfTheValuesAndNotOfTheirOrder(t *testing.T) {
	attrs := []ldaptest.Attribute{ldaptest.Attr("uid", "a"), ldaptest.Attr("cn", "one", "two", "three"), ldaptest.Attr("mail", "x@y")}
	_, c := directory(t, one(attrs...))
	want := read(t, c, "dn", "cn", "mail").whole(t, 1).raw[person(0)]
	for seed := uint64(1); seed < 6; seed++ {
		d := one(ldaptest.Attr("mail", "x@y"), ldaptest.Attr("cn", "three", "one", "two"), ldaptest.Attr("uid", "another"))
		d.Shuffle = seed
		_, c := directory(t, d)
		if got := read(t, c, "dn", "cn", "mail").whole(t, 1).raw[person(0)]; got != want {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
	}
	for name, d := range map[string]ldaptest.Directory{
		"a value more":             one(ldaptest.Attr("cn", "one", "two", "three", "four"), ldaptest.Attr("mail", "x@y")),
		"values run together":      one(ldaptest.Attr("cn", "onetwo", "three"), ldaptest.Attr("mail", "x@y")),
		"a value in other columns": one(ldaptest.Attr("cn", "one", "two"), ldaptest.Attr("mail", "three", "x@y")),
		"another case":             one(ldaptest.Attr("cn", "One", "two", "three"), ldaptest.Attr("mail", "x@y")),
	} {
		_, c := directory(t, d)
		if got := read(t, c, "dn", "cn", "mail").whole(t, 1).raw[person(0)]; got == want {
			t.Errorf("%s: the same", name)
		}
	}
}

func TestARealServersNamesAndValues(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{Global: "attributeoptions lang- x-"})
	ldif := `dn: cn=Müller\2C Zoë+uid=zm,` + peopleDN + `
objectClass: inetOrgPerson
cn: Müller, Zoë
cn;lang-es;x-b: Zoe
uid: zm
sn: Müller
jpegPhoto:: AAoN//6A

dn: uid=R\2BD,` + peopleDN + `
objectClass: inetOrgPerson
cn: second
cn: First
uid: R+D
sn: Development
`
	if err := s.Modify(ldif); err != nil {
		t.Fatal(err)
	}
	c := readerOf(s.URL(), s.Password)
	c.Filter = "(objectClass=inetOrgPerson)"
	got := read(t, c, "surname", "2.5.4.3", "CN;x-b;LANG-es", "jpegphoto", "dn", "entryUUID").whole(t, 2)
	for dn, row := range got.rows {
		if dn != row[4] || len(row[5]) != 36 {
			t.Errorf("%q %q", dn, row)
		}
		row = row[:4]
		want := map[bool][]string{true: {"Müller", "Müller, Zoë", "Zoe", "\x00\x0a\x0d\xff\xfe\x80"}, false: {"Development", "First|second", "", ""}}[strings.HasSuffix(canonical(dn), "uid=zm,"+peopleDN)]
		if strings.Join(row, "/") != strings.Join(want, "/") {
			t.Errorf("%s: %q, want %q", dn, row, want)
		}
	}
}

func TestAnAttributeThatTheServerDoesNotKnowIsAnError(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 1})
	c := readerOf(s.URL(), s.Password)
	got := read(t, c, "uid", "emploeeNumber", "givenname", "sAMAccountName", "cn;lang-es")
	got.says(t, `no attribute "emploeeNumber"; did you mean "employeeNumber"?`, `no attribute "sAMAccountName"`)
	if got.opened || strings.Contains(got.err.Error(), "givenname\"") || strings.Contains(got.err.Error(), "lang") {
		t.Errorf("%v", got.err)
	}
}
