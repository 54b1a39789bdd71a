package ldap

import (
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// everybodyOf is a domain in which all people have Domain Users for their primary group, as it is installed; and somebody of another one,
// where another group has the same relative id.
func everybodyOf(n int) (d ldaptest.Directory, column string) {
	const sid = "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x01\x02\x00\x00" // …-513
	primary := ldaptest.Attr("primaryGroupID", "513")
	all := people(n)
	for i := range all {
		all[i].Attributes = append(all[i].Attributes, primary)
	}
	group := "CN=Domain Users,CN=Users," + ldaptest.BaseDN
	all = append(all, ldaptest.Entry{DN: group, Attributes: []ldaptest.Attribute{ldaptest.Attr("objectClass", "top", "group"), ldaptest.Attr("objectSid", sid)}},
		ldaptest.Entry{DN: "uid=stranger,ou=people,dc=other", Attributes: []ldaptest.Attribute{primary}})
	return ldaptest.ADDirectory(all...), record.GroupColumn(group)
}

// searched answers as the directory does, but finds nothing by member or memberOf.
func searched(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
	return func(a *ldaptest.Answer, q ldaptest.Search) {
		if strings.Contains(q.Filter, "memberOf=") || strings.Contains(q.Filter, "(member=") {
			if q.Paged {
				a.Page(nil)
			}
			a.Done(ldaptest.Result{})
			return
		}
		d.Search(a, q)
	}
}

// Not to know that it is Active Directory would put everybody out of their primary group.
func TestARootDSEThatCannotBeShownJustNowIsAnError(t *testing.T) {
	d, column := everybodyOf(3)
	id := controller()
	for code, says := range map[uint16]string{
		ldap.LDAPResultSuccess: "", ldap.LDAPResultOperationsError: "result 1,", ldap.LDAPResultTimeLimitExceeded: "result 3,", ldap.LDAPResultAdminLimitExceeded: "result 11,",
		ldap.LDAPResultBusy: "result 51,", ldap.LDAPResultUnavailable: "result 52,", ldap.LDAPResultUnwillingToPerform: "result 53,", ldap.LDAPResultOther: "result 80,",
		ldap.LDAPResultInsufficientAccessRights: "in_group: the server hides its root DSE", ldap.LDAPResultNoSuchObject: "with `groups`",
	} {
		_, c := script(t, ldaptest.ScriptedOptions{Identity: id, Search: searched(d), Meta: func(a *ldaptest.Answer, q ldaptest.Search) {
			switch {
			case q.Base != "":
				a.Entry(id.Subschema.DN, id.Subschema.Attributes...)
			case code != ldap.LDAPResultSuccess:
				a.Done(ldaptest.Result{Code: code})
				return
			default:
				a.Entry("", id.RootDSE.Attributes...)
			}
			a.Done(ldaptest.Result{})
		}})
		if got := read(t, c, column); says != "" {
			got.says(t, says)
		} else if is := who(t, got, 0); is != "p0000 p0001 p0002" {
			t.Error(is)
		}
	}
	_, c := script(t, ldaptest.ScriptedOptions{Identity: id, Meta: func(a *ldaptest.Answer, _ ldaptest.Search) {
		a.Entry("")
		a.Entry("")
		a.Done(ldaptest.Result{})
	}})
	read(t, c, column).says(t, "2 root DSEs")
}

func TestAPrimaryGroupIsOneOfItsDomain(t *testing.T) {
	d, column := everybodyOf(3)
	_, c := script(t, ldaptest.ScriptedOptions{Identity: controller(), Search: searched(d)})
	c.Bases = append(c.Bases, "ou=people,dc=other")
	if got := who(t, read(t, c, column).whole(t, 4), 0); got != "p0000 p0001 p0002" {
		t.Error(got)
	}
}

func TestTheGlobalCatalogIsNotAskedForMembers(t *testing.T) {
	for _, p := range []struct {
		dial   string
		server server
		groups *Groups
		says   string
	}{
		{"dc1.example.com:3268", server{ad: true}, nil, "global catalog"}, {"[2001:db8::1]:3269", server{ad: true}, &Groups{}, "global catalog"},
		{"dc1.example.com:3268", server{hidden: true}, &Groups{}, "389"}, {"dc1.example.com:3268", server{openLDAP: true}, nil, ""},
		{"dc1.example.com:636", server{ad: true}, nil, ""}, {"dc1.example.com:389", server{hidden: true}, nil, "`groups`"},
		{"dc1.example.com:389", server{hidden: true}, &Groups{}, ""}, {"/run/slapd/ldapi", server{}, nil, ""},
	} {
		r := &reading{config: Config{Groups: p.groups, Bind: Bind{DN: ldaptest.ReaderDN}}, server: p.server}
		if err := r.tellsGroups(&link{from: address{dial: p.dial}}); (err == nil) != (p.says == "") || err != nil && !strings.Contains(err.Error(), p.says) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestAServerIsCalledByWhatItIs(t *testing.T) {
	capable := ldaptest.Attr("supportedCapabilities", activeDirectory)
	for _, p := range []struct {
		want       string
		attributes []ldaptest.Attribute
	}{
		{"Samba AD 4.17.12-Debian", []ldaptest.Attribute{capable, ldaptest.Attr("vendorName", "Samba Team (https://www.samba.org)"), ldaptest.Attr("vendorVersion", "4.17.12-Debian"), ldaptest.Attr("dnsHostName", "dc1.example.com")}},
		{"Active Directory", []ldaptest.Attribute{capable, ldaptest.Attr("dnsHostName", "dc1.example.com")}},
		{"Active Directory by Univention", []ldaptest.Attribute{capable, ldaptest.Attr("vendorName", "Univention")}},
		{"389 Project 389-Directory/2.3", []ldaptest.Attribute{ldaptest.Attr("vendorName", "389 Project"), ldaptest.Attr("vendorVersion", "389-Directory/2.3")}},
		{`x\x1b[2J\n`, []ldaptest.Attribute{ldaptest.Attr("vendorName", "x\x1b[2J\n")}},
		{"a server that does not say what it is", nil},
	} {
		id := ldaptest.Identity{RootDSE: ldaptest.Entry{Attributes: append([]ldaptest.Attribute{ldaptest.Attr("supportedControl", pagedResults)}, p.attributes...)}}
		s, c := script(t, ldaptest.ScriptedOptions{Identity: id, Search: ldaptest.Directory{Entries: people(1)}.Search})
		if got := read(t, c, "uid").whole(t, 1); got.receipt.Source != s.URL()+" ("+p.want+")" {
			t.Errorf("%q, want %s", got.receipt.Source, p.want)
		}
	}
}
