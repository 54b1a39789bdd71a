package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// behaviour is how a scripted server with these people answers searches.
type behaviour func(people ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search)

// behaviours are what scripts call them by. Those that go wrong do so in the second page, after half of its entries, and in a search
// without pages after half of all; what a script reads before is right.
var behaviours = map[string]behaviour{
	"well":                 func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) { return d.Search },
	"time-limit":           ends(ldaptest.Result{Code: ldap.LDAPResultTimeLimitExceeded}),
	"size-limit":           ends(ldaptest.Result{Code: ldap.LDAPResultSizeLimitExceeded}),
	"admin-limit":          ends(ldaptest.Result{Code: ldap.LDAPResultAdminLimitExceeded, Diagnostic: "look-through limit"}),
	"busy":                 ends(ldaptest.Result{Code: ldap.LDAPResultBusy}),
	"unavailable":          ends(ldaptest.Result{Code: ldap.LDAPResultUnavailable}),
	"unwilling":            ends(ldaptest.Result{Code: ldap.LDAPResultUnwillingToPerform}),
	"operations-error":     ends(ldaptest.Result{Code: ldap.LDAPResultOperationsError}),
	"other":                ends(ldaptest.Result{Code: ldap.LDAPResultOther, Diagnostic: "internal error"}),
	"insufficient-access":  ends(ldaptest.Result{Code: ldap.LDAPResultInsufficientAccessRights}),
	"referral":             ends(ldaptest.Result{Code: ldap.LDAPResultReferral, Referrals: []string{"ldap://other.example.com/" + ldaptest.BaseDN}}),
	"cut":                  breaks(func(a *ldaptest.Answer) { a.CutAfter(2) }),
	"cut-within-a-message": breaks(func(a *ldaptest.Answer) { a.CutAfterBytes(200) }),
	"silence":              breaks((*ldaptest.Answer).Silence),
	"disconnection": breaks(func(a *ldaptest.Answer) {
		a.Disconnect(ldaptest.Result{Code: ldap.LDAPResultUnavailable, Diagnostic: "going down"})
	}),
	"paging-ignored":  pages(ldaptest.PagingIgnored),
	"paging-missing":  pages(ldaptest.PagingMissing),
	"paging-repeated": pages(ldaptest.PagingRepeated),
	"empty-pages":     pages(ldaptest.PagingEmpty),
	"a-part-elsewhere": func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
		d.References = []string{"ldap://other.example.com/ou=abroad," + ldaptest.BaseDN + "??sub"}
		return d.Search
	},
	"no-memberof": pages(ldaptest.PagingHonoured), // its schema lacks it; see cmdScripted
	"nobody": func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
		return func(a *ldaptest.Answer, q ldaptest.Search) {
			if q.Paged {
				a.Page(nil)
			}
			a.Done(ldaptest.Result{})
		}
	},
}

// ends has the second page end early, with a result.
func ends(r ldaptest.Result) behaviour {
	return func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
		return func(a *ldaptest.Answer, q ldaptest.Search) {
			if len(q.Cookie) == 0 {
				d.Search(a, q)
				return
			}
			for _, e := range d.Entries[q.PageSize : q.PageSize+q.PageSize/2] {
				a.Entry(e.DN, e.Attributes...)
			}
			a.Done(r)
		}
	}
}

// breaks does something before the second page.
func breaks(f func(*ldaptest.Answer)) behaviour {
	return func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
		return func(a *ldaptest.Answer, q ldaptest.Search) {
			if len(q.Cookie) > 0 {
				f(a)
			}
			d.Search(a, q)
		}
	}
}

func pages(p ldaptest.Paging) behaviour {
	return func(d ldaptest.Directory) func(*ldaptest.Answer, ldaptest.Search) {
		d.Paging = p
		return d.Search
	}
}

// entries are n made-up people as a scripted server has them.
func entries(n int) ldaptest.Directory {
	var d ldaptest.Directory
	for _, row := range people(1, n) {
		name := strings.ToLower(row[0])
		d.Entries = append(d.Entries, ldaptest.Entry{DN: fmt.Sprintf("uid=%s,ou=people,%s", name, ldaptest.BaseDN), Attributes: []ldaptest.Attribute{
			ldaptest.Attr("objectClass", "inetOrgPerson"), ldaptest.Attr("uid", name), ldaptest.Attr("employeeNumber", row[0]),
			ldaptest.Attr("cn", row[1]), ldaptest.Attr("sn", row[1]), ldaptest.Attr("mail", row[2]), ldaptest.Attr("title", "Clerk")}})
	}
	return d
}

func cmdScripted(ts *testscript.TestScript, _ bool, args []string) {
	var options ldaptest.ScriptedOptions
	if args[0] == "no-memberof" {
		options.Identity = ldaptest.OpenLDAP()
		types := &options.Identity.Subschema.Attributes[2].Values
		*types = slices.DeleteFunc(*types, func(t string) bool { return strings.Contains(t, "'memberOf'") })
	}
	s, err := ldaptest.StartScripted(options)
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
	ofScripted(s).use(ts)
	cmdBehave(ts, false, args)
}

func cmdBehave(ts *testscript.TestScript, _ bool, args []string) {
	d := stageOf(ts).directory
	if len(args) > 1 {
		d.people = entries(number(ts, args[1]))
	}
	b := behaviours[args[0]]
	if b == nil {
		ts.Fatalf("there is no behaviour %s", args[0])
	}
	d.scripted.OnSearch(b(d.people))
}
