package ldap

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident19_EveryPageIsFollowed(t *testing.T) {
	for name, d := range map[string]ldaptest.Directory{
		"full pages":                         {Entries: people(300)},
		"an empty page before every one":     {Entries: people(250), Paging: ldaptest.PagingEmpty},
		"as Active Directory has it":         ldaptest.ADDirectory(people(2500)...),
		"one entry in all":                   {Entries: people(1)},
		"names and attributes in disarray":   {Entries: people(250), Shuffle: 5},
		"less on a page than was asked for":  {Entries: people(250), PageLimit: 33},
		"one entry on a page":                {Entries: people(250), PageLimit: 1},
		"exactly a page, and then an answer": {Entries: people(100)},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := directory(t, d)
			read(t, c, "uid", "mail").whole(t, len(d.Entries))
		})
	}
	tell(t, "pages were not followed to their end: 20,000 of 80,000 (LoginLdap#177), 500 (grafana#74318)",
		"full pages, empty ones in between, pages smaller than asked for, one entry a page, Active Directory's: every entry was read each time")
}

func TestAServerWhosePagesProveNothingIsRefused(t *testing.T) {
	for _, p := range []struct {
		name   string
		paging ldaptest.Paging
		says   []string
	}{
		{"the control is ignored and everything comes at once", ldaptest.PagingIgnored, []string{"ignored the paging control", "proxy", "RFC 2696"}},
		{"the control is missing from the result", ldaptest.PagingMissing, []string{"ignored the paging control"}},
		{"empty pages for ever", ldaptest.PagingEndless, []string{"pages in a row had nothing"}},
		{"the same page for ever", ldaptest.PagingRepeated, []string{"began again", "taken over"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			_, c := directory(t, ldaptest.Directory{Entries: people(250), Paging: p.paging})
			readWith(t, patient(t, 30*time.Second), c, nil, "uid").says(t, append(p.says, peopleDN)...)
		})
	}
}

func TestPagingThatIsNotOfferedIsRefusedBeforeAnythingIsRead(t *testing.T) {
	id := ldaptest.OpenLDAP()
	for i, a := range id.RootDSE.Attributes {
		if a.Name == "supportedControl" {
			id.RootDSE.Attributes[i] = ldaptest.Attr(a.Name, a.Values[1:]...)
		}
	}
	s, c := script(t, ldaptest.ScriptedOptions{Identity: id})
	got := read(t, c, "uid")
	got.says(t, "does not offer paged results", "RFC 2696")
	if got.opened || len(s.Searches()) != 0 {
		t.Errorf("opened: %v, %d searches", got.opened, len(s.Searches()))
	}
}

func TestAServerThatTakesOverAndBeginsAnewIsNoticed(t *testing.T) {
	d := ldaptest.Directory{Entries: people(500)}
	s, c := directory(t, d)
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		if string(q.Cookie) == "300" {
			q.Cookie = nil // another server, to which the cookie means nothing
		}
		d.Search(a, q)
	})
	read(t, c, "uid").says(t, "began again", "page 4")
	s.OnSearch(d.Search)
	read(t, c, "uid").whole(t, 500)
}

// What is not critical a server may ignore.
func TestPagingIsCritical(t *testing.T) {
	control := (&criticalPaging{*ldap.NewControlPaging(100)}).Encode().Bytes()
	if want := "\x30\x24\x04\x161.2.840.113556.1.4.319\x01\x01\xff\x04\x07\x30\x05\x02\x01\x64\x04\x00"; string(control) != want {
		t.Errorf("%x, want %x", control, want)
	}
}

func TestReferencesToOtherServersAreNotOverlooked(t *testing.T) {
	configuration := "ldap://example.com/CN=Configuration,DC=example,DC=com"
	own := []string{configuration, "ldap://DomainDnsZones.example.com/DC=DomainDnsZones,DC=example,DC=com", "ldap://ForestDnsZones.example.com/DC=ForestDnsZones,dc=EXAMPLE,DC=com"}
	child := "ldap://child.example.com/DC=child,DC=example,DC=com"
	for _, r := range []struct {
		name, setting string
		ad            bool
		references    []string
		says          string // "": it is read
	}{
		{"the forest's own", "error", true, own, ""},
		{"another domain of the forest", "error", true, append(own[:3:3], child), child},
		{"another domain, and it is to be left out", "ignore", true, append(own[:3:3], child), ""},
		{"a part of the tree", "error", false, []string{"ldap://two.example.com/ou=b,dc=example,dc=com??sub"}, "two.example.com"},
		{"all of the tree, by another server than Active Directory", "error", false, []string{"ldap://two.example.com/dc=example,dc=com??sub"}, "two.example.com"},
		{"no DN", "error", true, []string{"ldap://two.example.com/"}, "two.example.com"},
		{"no URL", "ignore", true, []string{"ldap://%zz"}, "%zz"},
	} {
		t.Run(r.name, func(t *testing.T) {
			o := ldaptest.ScriptedOptions{Search: ldaptest.Directory{Entries: people(150), References: r.references}.Search}
			need := "uid"
			if r.ad {
				o.Identity, need = ldaptest.ActiveDirectory(), "cn"
			}
			_, c := script(t, o)
			c.Referrals = r.setting
			if got := read(t, c, need); r.says == "" {
				got.whole(t, 150)
			} else {
				got.says(t, r.says, "another server", "referrals: ignore")
			}
		})
	}
}

func TestTheRootOfARealDomainIsReadInSpiteOfItsReferences(t *testing.T) {
	s := domain(t)
	c := readerOf(s.LDAPSURL(), s.Password)
	c.Bind.DN, c.TLS.CAFile, c.Bases, c.Filter = s.AdminUPN, s.CAFile, []string{s.BaseDN}, "(mail=*)"
	read(t, c, "mail").whole(t, 3)
}

func TestAReferralObjectOfARealServerIsAnError(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 3})
	ldif := fmt.Sprintf("dn: ou=far,%s\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\nref: ldap://far.example.com/ou=far,%s\n", peopleDN, peopleDN)
	if err := s.Modify(ldif); err != nil {
		t.Fatal(err)
	}
	c := readerOf(s.URL(), s.Password)
	read(t, c, "uid").says(t, "far.example.com", "referrals: ignore")
	c.Referrals = "ignore"
	read(t, c, "uid").whole(t, 3)
	c.Bases = []string{"ou=x,ou=far," + peopleDN}
	read(t, c, "uid").says(t, "result 10", "far.example.com")
}
