package ldap

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func members(n int) ldaptest.Attribute {
	a := ldaptest.Attr("member")
	for i := range n {
		a.Values = append(a.Values, person(i))
	}
	return a
}

// domainOf is a scripted Active Directory with one entry.
func domainOf(t *testing.T, attrs ...ldaptest.Attribute) (*ldaptest.Scripted, Config, ldaptest.Directory) {
	d := ldaptest.ADDirectory(one(attrs...).Entries...)
	s, c := script(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory(), Search: d.Search})
	return s, c, d
}

func TestIncident17_ManyValuesAreReadToTheLast(t *testing.T) {
	for _, n := range []int{0, 1, 1498, 1499, 1500, 1501, 2999, 3000, 3001, 7000} {
		s, c, _ := domainOf(t, ldaptest.Attr("cn", "group"), members(n))
		got := read(t, c, "cn", "member").whole(t, 1)
		row := strings.Split(got.rows[person(0)][1], "|")
		if n == 0 {
			row = row[1:]
		}
		if len(row) != n || n > 0 && (row[0] != person(0) || row[n-1] != person(n-1)) {
			t.Errorf("%d of %d members", len(row), n)
		}
		if asked := len(s.Searches()); asked != 1+max(0, n-1)/1500 {
			t.Errorf("%d members in %d searches", n, asked)
		}
	}
	tell(t, "of a group with more members than one answer has only the first were read, or none (pg-ldap-sync#32, ranger PR#966)",
		"groups of 0 to 7,000 members, around every multiple of 1,500: all were read, with one request for each 1,500")
}

func TestIncident17_AMemberMoreThanOneAnswerHasIsOneMember(t *testing.T) {
	_, before, _ := domainOf(t, members(1499))
	_, after, _ := domainOf(t, members(1501))
	a, b := read(t, before, "member").whole(t, 1), read(t, after, "member").whole(t, 1)
	if was, is := a.rows[person(0)][0], b.rows[person(0)][0]; !strings.HasPrefix(is, was+"|") || a.raw[person(0)] == b.raw[person(0)] {
		t.Errorf("%d bytes of members, then %d", len(was), len(is))
	}
	tell(t, "a group that grew from 1,498 to 1,501 members had none any more (pg-ldap-sync#32)", "from 1,499 to 1,501: it has two more, and is known for changed")
}

func TestARangeThatIsNotNeededIsNotFinished(t *testing.T) {
	s, c, d := domainOf(t, ldaptest.Attr("cn", "group"), members(5000))
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		q.Attributes = nil // a server that gives more than was asked for
		d.Search(a, q)
	})
	read(t, c, "cn").whole(t, 1)
	if n := len(s.Searches()); n != 1 {
		t.Errorf("%d searches", n)
	}
}

func TestARealDomainsRangesAreRead(t *testing.T) {
	s, c := domainReader(t)
	run := rand.Text() // names are unique in the domain
	ou := "OU=" + run + "," + s.BaseDN
	if err := s.AddOU(ou); err != nil {
		t.Fatal(err)
	}
	if err := s.AddGroup("CN=big,"+ou, []string{"CN=user00000,OU=people," + s.BaseDN, "CN=user00001,OU=people," + s.BaseDN, "CN=user00002,OU=people," + s.BaseDN}, ldaptest.Attr("sAMAccountName", run)); err != nil {
		t.Fatal(err)
	}
	c.Bases, c.Filter = []string{ou}, "(objectClass=group)"
	if got := read(t, c, "member").whole(t, 1).rows["CN=big,"+ou][0]; strings.Count(got, "CN=user0000") != 3 {
		t.Error(got)
	}
}

// What a server says of ranges has to fit together: else members are missing that nobody misses.
func TestRangesThatLieAreErrors(t *testing.T) {
	for _, r := range []struct {
		name        string
		first, then ldaptest.Attribute
		says        string
	}{
		{"the first begins later", ranged("member;range=5-9", 5), ranged("member;range=10-*", 1), "5-9"},
		{"the first begins later and is the last", ranged("member;range=5-*", 5), ldaptest.Attribute{}, "5-*"},
		{"the first has fewer than it says", ranged("member;range=0-9", 9), ranged("member;range=10-*", 1), "9 values as member;range=0-9"},
		{"the first has more than it says", ranged("member;range=0-9", 11), ranged("member;range=10-*", 1), "11 values"},
		{"a gap", ranged("member;range=0-9", 10), ranged("member;range=12-*", 3), "12-*"},
		{"an overlap", ranged("member;range=0-9", 10), ranged("member;range=8-*", 3), "8-*"},
		{"the same for ever", ranged("member;range=0-9", 10), ranged("member;range=0-9", 10), "0-9"},
		{"the next has fewer than it says", ranged("member;range=0-9", 10), ranged("member;range=10-19", 9), "9 values"},
		{"the next has none, and is not the last", ranged("member;range=0-9", 10), ranged("member;range=10-19", 0), "0 values"},
		{"the next is no range", ranged("member;range=0-9", 10), ranged("member", 3), "all of member"},
		{"the next is empty", ranged("member;range=0-9", 10), ranged("member", 0), "did not answer with the range"},
		{"the next is of another attribute", ranged("member;range=0-9", 10), ranged("cn", 1), "did not answer with the range"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, c := script(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory(), Search: func(a *ldaptest.Answer, q ldaptest.Search) {
				if len(q.Attributes) == 1 && strings.Contains(q.Attributes[0], ";range=") {
					a.Entry(person(0), r.then)
					a.Done(ldaptest.Result{})
					return
				}
				a.Entry(person(0), ldaptest.Attr("member"), r.first)
				a.Page(nil)
				a.Done(ldaptest.Result{})
			}})
			read(t, c, "member").says(t, r.says, person(0))
		})
	}
	t.Run("the entry is gone meanwhile", func(t *testing.T) {
		for _, there := range []bool{true, false} {
			_, c := script(t, ldaptest.ScriptedOptions{Identity: ldaptest.ActiveDirectory(), Search: func(a *ldaptest.Answer, q ldaptest.Search) {
				switch {
				case !strings.Contains(q.Attributes[0], ";range="):
					a.Entry(person(0), ranged("member;range=0-9", 10))
					a.Page(nil)
					a.Done(ldaptest.Result{})
				case there:
					a.Done(ldaptest.Result{})
				default:
					a.Done(ldaptest.Result{Code: 32})
				}
			}})
			read(t, c, "member").says(t, "there", person(0), "member;range=10-*")
		}
	})
}

func ranged(name string, n int) ldaptest.Attribute {
	a := ldaptest.Attr(name)
	for i := range n {
		a.Values = append(a.Values, fmt.Sprintf("cn=%d,dc=x", i))
	}
	return a
}
