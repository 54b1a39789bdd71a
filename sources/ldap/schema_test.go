package ldap

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestTheSchemaSaysWhichNamesAreOne(t *testing.T) {
	s := schema{}
	for _, text := range []string{"( 2.5.4.4 NAME ( 'sn' 'surname' ) DESC 'last (family) name(s), NAME ''x''' SUP name )", "(2.5.4.3 NAME 'cn' DESC 'surname')", "( 1.2.3   NAME   (  'a'  'B-b'  )  )",
		"( 9.9 DESC 'NAME ( ''no'' )' )", "( my-OID NAME 'mine' X-ORIGIN 'x' )", "", "(", "( ", "()", "NAME 'x'", "( 7.7 NAME", "( 7.8 NAME '", "( 7.9 NAME ( 'q"} {
		s.add(text)
	}
	for a, b := range map[string]string{"SN": "surname", "2.5.4.4": "sn", "CN": "2.5.4.3", "b-B": "a", "MY-oid": "Mine"} {
		if s.is(a) != s.is(b) {
			t.Errorf("%s is %s, %s is %s", a, s.is(a), b, s.is(b))
		}
	}
	if s.is("sn") == s.is("cn") || s.is("unknown") != "unknown" || s.is("no") != "no" || s.is("x") != "x" {
		t.Errorf("%v", s)
	}
	if err := s.check([]string{"SN", "cn;lang-es", "2.5.4.3", "9.9"}); err != nil {
		t.Error(err)
	}
	if err := s.check([]string{"surnam", "no"}); err == nil || !strings.Contains(err.Error(), `did you mean "surname"`) || !strings.Contains(err.Error(), `"no"`) {
		t.Error(err)
	}
}

func TestAServerThatHidesWhatItIsCanBeRead(t *testing.T) {
	refuse := func(code uint16) func(*ldaptest.Answer, ldaptest.Search) {
		return func(a *ldaptest.Answer, _ ldaptest.Search) { a.Done(ldaptest.Result{Code: code}) }
	}
	for _, code := range []uint16{ldap.LDAPResultSuccess, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultNoSuchObject} {
		_, c := script(t, ldaptest.ScriptedOptions{Meta: refuse(code), Search: ldaptest.Directory{Entries: people(150)}.Search})
		if got := read(t, c, "uid").whole(t, 150); !strings.Contains(got.receipt.Source, "hides its root DSE") {
			t.Errorf("%+v", got.receipt)
		}
	}
}

// Without the schema surname isn't known to be sn: to go on would empty it for everybody.
func TestASchemaThatCannotBeReadJustNowIsAnError(t *testing.T) {
	root := ldaptest.OpenLDAP().RootDSE
	for code, says := range map[uint16]string{ldap.LDAPResultBusy: "result 51", ldap.LDAPResultTimeLimitExceeded: "result 3", ldap.LDAPResultUnavailable: "result 52",
		ldap.LDAPResultOperationsError: "result 1", ldap.LDAPResultUnwillingToPerform: "result 53",
		ldap.LDAPResultInsufficientAccessRights: "", ldap.LDAPResultNoSuchObject: ""} {
		_, c := script(t, ldaptest.ScriptedOptions{Search: ldaptest.Directory{Entries: people(3)}.Search, Meta: func(a *ldaptest.Answer, q ldaptest.Search) {
			if q.Base == "" {
				a.Entry("", root.Attributes...)
				a.Done(ldaptest.Result{})
				return
			}
			a.Done(ldaptest.Result{Code: code})
		}})
		if got := read(t, c, "uid"); says != "" {
			got.says(t, "schema", says)
		} else {
			got.whole(t, 3)
		}
	}
}

// To a server a comparison with a name that it does not know is undefined, which selects nobody and excludes nobody.
func TestAMisspeltNameInAFilterIsAnError(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{Entries: people(3)})
	c.Groups = &Groups{Filter: "(&(objectClass=groupOfNames)(!(ouu=x)))", Member: "member"}
	for filter, says := range map[string]string{
		"(objectClass=*)": "", "(&(2.5.4.3=x)(surname;lang-de=y))": "", "(!(MAIL>=a))": "",
		"(!(emploeeNumber=1))":          `filter (!(emploeeNumber=1)): the server's schema has no attribute "emploeeNumber"; did you mean "employeeNumber"?`,
		"(|(cn=a)(tilte:=b))":           `did you mean "title"?`,
		"(&(sn=a)(|(gn=*)(surnam~=x)))": `did you mean "surname"?`,
	} {
		c.Filter = filter
		if got := read(t, c, "uid"); says != "" {
			got.says(t, says)
		} else {
			got.whole(t, 3)
		}
	}
	if names, err := parseFilter("(|(:caseExactMatch:=x)(cn:dn:2.5.13.2:=x)(!(sn;lang-de:=y)))"); err != nil || !slices.Equal(names, []string{"cn", "sn;lang-de"}) {
		t.Error(names, err)
	}
	c.Filter = "(objectClass=*)"
	before := len(s.Searches())
	read(t, c, in("staff")).says(t, "groups.filter (&(objectClass=groupOfNames)(!(ouu=x))): the server's schema has no attribute \"ouu\"")
	if n := len(s.Searches()) - before; n != 0 {
		t.Errorf("%d searches", n)
	}
}

func FuzzSchema(f *testing.F) {
	for _, i := range []ldaptest.Identity{ldaptest.OpenLDAP(), ldaptest.ActiveDirectory()} {
		for _, a := range i.Subschema.Attributes {
			for _, v := range a.Values {
				f.Add(v, "cn")
			}
		}
	}
	f.Add("0", "ϰ")
	f.Fuzz(func(t *testing.T, text, name string) {
		s := schema{}
		s.add(text)
		for alias, n := range s {
			if s[n.one].one != n.one || s.is(alias) != n.one {
				t.Errorf("%q: %v", text, s)
			}
		}
		// A name is ASCII (RFC 4512, 1.4). Of other letters, two small ones may have one capital.
		if ascii := !strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }); ascii && s.is(name) != s.is(strings.ToUpper(name)) {
			t.Errorf("%q", name)
		}
		_ = s.check([]string{name})
	})
}

func FuzzColumns(f *testing.F) {
	for _, name := range []string{"cn", "CN;lang-es", "member;range=0-1499", "member;range=1500-*", "sn;x-b;x-a", ";", "", "cn;binary", "member;range=5-1;lang-de"} {
		f.Add(name)
	}
	s := schema{}
	s.add("( 2.5.4.3 NAME ( 'cn' 'commonName' ) )")
	need := []string{"dn", "cn", "commonName", "cn;lang-es", "member", "in_group cn=x"}
	f.Fuzz(func(t *testing.T, name string) {
		c := newColumns(need, []string{"memberOf"}, s)
		p := c.find(name)
		q := c.place([]byte(name))
		r := c.place([]byte(name))
		base, _, _ := strings.Cut(name, ";")
		for _, i := range p.columns {
			if asked, _, _ := strings.Cut(c.names[i], ";"); i >= len(c.names) || !c.isAttribute(i) || s.is(asked) != s.is(base) {
				t.Errorf("%q is in column %d", name, i)
			}
		}
		if len(p.columns) != len(q.columns) || len(q.columns) != len(r.columns) || p.ranged && (p.from < 0 || !p.last && p.to < p.from) {
			t.Errorf("%q: %+v %+v %+v", name, p, q, r)
		}
	})
}
