package ldap

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestAProbeSaysWhatAReadWouldBeginWith(t *testing.T) {
	for _, p := range []struct {
		name, says string
		d          ldaptest.Directory
	}{
		{"more than a page", "has 100 entries; there are more", ldaptest.Directory{Entries: people(150)}},
		{"one page", "has 50 entries; there are no more", ldaptest.Directory{Entries: people(50)}},
		{"paging is ignored", "ignored the paging control", ldaptest.Directory{Entries: people(50), Paging: ldaptest.PagingIgnored}},
	} {
		t.Run(p.name, func(t *testing.T) {
			s, c := directory(t, p.d)
			said, err := New(c).Probe(t.Context(), sources.Request{Need: []string{"uid"}})
			if err != nil || len(said) != 2 || !strings.Contains(said[0], "bound as "+ldaptest.ReaderDN) || !strings.Contains(said[1], p.says) {
				t.Errorf("%q, %v", said, err)
			}
			if n := len(s.Searches()); n != 1 {
				t.Errorf("%d searches", n)
			}
		})
	}
	s, c := directory(t, ldaptest.Directory{Entries: people(5)})
	c.Bases = []string{"ou=gone," + ldaptest.BaseDN}
	s.OnSearch(func(a *ldaptest.Answer, _ ldaptest.Search) { a.Done(ldaptest.Result{Code: 32}) })
	if said, err := New(c).Probe(t.Context(), sources.Request{}); err == nil || len(said) != 1 || !strings.Contains(err.Error(), "there is no ou=gone") {
		t.Errorf("%q, %v", said, err)
	}
}
