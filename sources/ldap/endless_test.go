package ldap

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestAServerThatGoesOnForEverIsStopped(t *testing.T) {
	var n atomic.Int64
	forEver := func(a *ldaptest.Answer, q ldaptest.Search) {
		for range 100 {
			a.Entry(person(int(n.Add(1))), ldaptest.Attr("uid", "x"))
		}
		a.Page([]byte(fmt.Sprint(n.Load())))
		a.Done(ldaptest.Result{})
	}
	_, c := script(t, ldaptest.ScriptedOptions{Search: forEver})
	c.maxEntries = 1234
	if got := read(t, c, "uid"); len(got.order) > 1300 {
		t.Errorf("%d entries", len(got.order))
	} else {
		got.says(t, "more than 1234 are not read", "page 13")
	}
	t.Run("of groups", func(t *testing.T) {
		_, c := script(t, ldaptest.ScriptedOptions{Search: func(a *ldaptest.Answer, q ldaptest.Search) {
			if q.Scope == 0 {
				a.Entry(q.Base)
				a.Done(ldaptest.Result{})
				return
			}
			forEver(a, q)
		}})
		c.maxEntries, c.Groups = 1234, &Groups{Filter: groupObjects, Member: "member", Nested: true}
		read(t, c, in("staff")).says(t, "in_group", "more than 1234 are not read")
	})
	t.Run("of values", func(t *testing.T) {
		_, c := script(t, ldaptest.ScriptedOptions{Search: func(a *ldaptest.Answer, q ldaptest.Search) {
			if !strings.HasPrefix(q.Attributes[0], "member") {
				a.Entry(q.Base)
			} else {
				from := 0
				_, _ = fmt.Sscanf(q.Attributes[0], "member;range=%d-*", &from) // 0 the first time
				values := make([]string, 500)
				for i := range values {
					values[i] = person(from + i)
				}
				a.Entry(q.Base, ldaptest.Attr(fmt.Sprintf("member;range=%d-%d", from, from+499), values...))
			}
			a.Done(ldaptest.Result{})
		}})
		c.maxEntries, c.Groups = 1234, &Groups{Filter: groupObjects, Member: "member"}
		read(t, c, in("staff")).says(t, "in_group", "1500 values and goes on")
	})
	t.Run("of names on disk", func(t *testing.T) {
		p := places{size: placesMost + 1, n: 7}
		if err := p.add([]byte("cn=a")); err == nil || !strings.Contains(err.Error(), "those of 7 take more than") {
			t.Error(err)
		}
	})
}

func TestTheServersWordsAreShortAndHarmless(t *testing.T) {
	evil := "ldap://evil/\x1b[2J\nlevel=info" + strings.Repeat("a", 1<<20)
	for name, search := range map[string]func(*ldaptest.Answer){
		"a reference":  func(a *ldaptest.Answer) { a.Reference(evil); a.Page(nil); a.Done(ldaptest.Result{}) },
		"a matched DN": func(a *ldaptest.Answer) { a.Done(ldaptest.Result{Code: 32, MatchedDN: evil}) },
		"referrals": func(a *ldaptest.Answer) {
			a.Done(ldaptest.Result{Code: 10, Referrals: []string{evil, evil, evil, evil, evil, evil, evil}})
		},
		"a diagnostic message": func(a *ldaptest.Answer) { a.Done(ldaptest.Result{Code: 80, Diagnostic: evil}) },
		"a DN": func(a *ldaptest.Answer) {
			a.Entry("cn="+evil, ldaptest.Attr("uid;range=5-9", "a"))
			a.Page(nil)
			a.Done(ldaptest.Result{})
		},
		"notice": func(a *ldaptest.Answer) { a.Disconnect(ldaptest.Result{Code: 52, Diagnostic: evil}) },
	} {
		t.Run(name, func(t *testing.T) {
			_, c := script(t, ldaptest.ScriptedOptions{Search: func(a *ldaptest.Answer, _ ldaptest.Search) { search(a) }})
			got := read(t, c, "uid")
			if got.err == nil || len(got.err.Error()) > 2500 || strings.ContainsAny(got.err.Error(), "\x1b\n") {
				t.Errorf("%.3000q", got.err)
			}
		})
	}
	if got := list([]string{"a", "b", "c", "d", "e", "f", "g"}); got != "a, b, c, d, e, and 2 more" {
		t.Error(got)
	}
}
