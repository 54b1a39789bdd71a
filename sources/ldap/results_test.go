package ldap

import (
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// ends has each search end with a result: the first page, after some entries, or a later one.
func ends(s *ldaptest.Scripted, d ldaptest.Directory, later bool, r ldaptest.Result) {
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		if later != (len(q.Cookie) > 0) {
			d.Search(a, q)
			return
		}
		for _, e := range d.Entries[:5] {
			a.Entry("cn=other,"+e.DN, e.Attributes...)
		}
		a.Done(r)
	})
}

// tell says what an incident was elsewhere, and what this reader did, unless the test has failed.
func tell(t *testing.T, others, rosterd string) {
	t.Helper()
	if !t.Failed() {
		t.Logf("\nothers:  %s\nrosterd: %s", others, rosterd)
	}
}

// Whatever is said that is not success, the snapshot is incomplete, and the error says where it stopped and what to do.
func TestIncident01_AResultThatIsNotSuccessIsNoEnd(t *testing.T) {
	d := ldaptest.Directory{Entries: people(250)}
	s, c := directory(t, d)
	for _, r := range []struct {
		result ldaptest.Result
		says   []string
	}{
		{ldaptest.Result{Code: ldap.LDAPResultOperationsError, Diagnostic: "000004DC: LdapErr: DSID-0C090A5C, a successful bind must be completed"}, []string{"result 1", "bind before"}},
		{ldaptest.Result{Code: ldap.LDAPResultTimeLimitExceeded}, []string{"time limit exceeded", "time=unlimited", "indexed"}},
		{ldaptest.Result{Code: ldap.LDAPResultSizeLimitExceeded}, []string{"size limit exceeded", "size=unlimited size.prtotal=unlimited", ldaptest.ReaderDN}},
		{ldaptest.Result{Code: ldap.LDAPResultReferral, Referrals: []string{"ldap://dc2.example.com/dc=example,dc=com", "ldap://dc3.example.com/"}},
			[]string{"result 10", "ldap://dc2.example.com/dc=example,dc=com, ldap://dc3.example.com/", "into urls"}},
		{ldaptest.Result{Code: ldap.LDAPResultReferral}, []string{"result 10", "no other"}},
		{ldaptest.Result{Code: ldap.LDAPResultAdminLimitExceeded}, []string{"result 11", "raise its limit"}},
		{ldaptest.Result{Code: ldap.LDAPResultUnavailableCriticalExtension}, []string{"result 12", "RFC 2696"}},
		{ldaptest.Result{Code: ldap.LDAPResultNoSuchObject, MatchedDN: ldaptest.BaseDN}, []string{"result 32", "there is no " + peopleDN, "the nearest that it shows is " + ldaptest.BaseDN}},
		{ldaptest.Result{Code: ldap.LDAPResultInsufficientAccessRights}, []string{"result 50", "the right to read"}},
		{ldaptest.Result{Code: ldap.LDAPResultBusy}, []string{"result 51", "next run"}},
		{ldaptest.Result{Code: ldap.LDAPResultUnavailable, Diagnostic: "shutting\ndown"}, []string{"result 52", `shutting\ndown`}},
		{ldaptest.Result{Code: ldap.LDAPResultUnwillingToPerform}, []string{"result 53", "log"}},
		{ldaptest.Result{Code: ldap.LDAPResultOther, Diagnostic: "internal error"}, []string{"result 80", "internal error"}},
		{ldaptest.Result{Code: 118}, []string{"118"}},
		{ldaptest.Result{Code: 4096}, []string{"4096"}},
	} {
		for _, later := range []bool{false, true} {
			t.Run(fmt.Sprintf("result %d, on a later page: %v", r.result.Code, later), func(t *testing.T) {
				ends(s, d, later, r.result)
				got := read(t, c, "uid")
				where := "page 1, after 5 entries"
				if later {
					where = "page 2, after 105 entries"
				}
				got.says(t, append(r.says, where, peopleDN, s.URL())...)
				s.OnSearch(d.Search)
				read(t, c, "uid").whole(t, 250)
			})
		}
	}
	tell(t, "result 3, time limit exceeded, was taken for the end of the list, and every user was then deactivated (gitea#4402)",
		"15 results that are not success, each on the first page and on a later one: every read was incomplete, and said where it stopped and what to do")
}

func TestIncident01_ASizeLimitOfTheServerIsNoEnd(t *testing.T) {
	for name, o := range map[string]ldaptest.SlapdOptions{
		"of the whole search": {Database: `limits dn.exact="` + ldaptest.ReaderDN + `" size.soft=500 size.hard=500`},
		"of paged searches":   {Database: `limits dn.exact="` + ldaptest.ReaderDN + `" size.prtotal=500`},
		"of anybody":          {Global: "sizelimit 500"},
	} {
		t.Run(name, func(t *testing.T) {
			o.People = 900
			s := ldaptest.Start(t, ldaptest.StartSlapd, o)
			got := read(t, readerOf(s.URL(), s.Password), "uid")
			got.says(t, "size limit exceeded", "limits dn.exact=")
			if len(got.order) > 500 {
				t.Errorf("%d entries", len(got.order))
			}
		})
	}
	tell(t, "size limit exceeded was taken for the end of the list (gitea#3815)",
		"three ways in which OpenLDAP limits 900 people to 500: each read was incomplete")
}

func TestAServerThatGivesSmallerPagesIsReadToItsEnd(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 900, Database: `limits dn.exact="` + ldaptest.ReaderDN + `" size.pr=30 size.prtotal=unlimited`})
	c := readerOf(s.URL(), s.Password)
	c.PageSize = 30
	if got := read(t, c, "uid").whole(t, 900); got.receipt.Pages < 30 {
		t.Errorf("%d pages", got.receipt.Pages)
	}
	c.PageSize = 1000 // which this server refuses
	read(t, c, "uid").says(t, "result")
	d := ldaptest.Directory{Entries: people(250), PageLimit: 7}
	_, c = directory(t, d)
	read(t, c, "uid").whole(t, 250)
}

func TestAnOUThatMayNotBeSeenIsAnError(t *testing.T) {
	for name, acl := range map[string]string{
		"it and what is in it": `access to dn.subtree="ou=secret,` + ldaptest.BaseDN + `" by * none`,
		"what is in it":        `access to dn.children="ou=secret,` + ldaptest.BaseDN + `" by * none`,
		"entries only":         `access to dn.children="ou=secret,` + ldaptest.BaseDN + `" attrs=entry by * none`,
	} {
		t.Run(name, func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 10, OUs: []string{"ou=people", "ou=secret"}, Database: acl})
			c := readerOf(s.URL(), s.Password)
			c.Bases = append(c.Bases, "ou=secret,"+ldaptest.BaseDN)
			read(t, c, "uid").says(t, "ou=secret,"+ldaptest.BaseDN, "may not see", ldaptest.ReaderDN)
		})
	}
}

func TestABaseThatGivesNothingIsAnErrorUnlessItMayBeEmpty(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 10})
	c := readerOf(s.URL(), s.Password)
	c.Bases = []string{"OU=groups, " + ldaptest.BaseDN, peopleDN}
	got := read(t, c, "uid")
	got.says(t, "nothing was found below OU=groups", "may_be_empty", c.Filter)
	c.MayBeEmpty = []string{"ou=Groups," + ldaptest.BaseDN}
	read(t, c, "uid").whole(t, 10)
	c.Bases = append(c.Bases, "ou=gone,"+ldaptest.BaseDN)
	c.MayBeEmpty = append(c.MayBeEmpty, "ou=gone,"+ldaptest.BaseDN)
	read(t, c, "uid").says(t, "there is no ou=gone", "the nearest that it shows is "+ldaptest.BaseDN) // empty is not gone
}
