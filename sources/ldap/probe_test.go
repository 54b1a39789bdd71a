package ldap

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"

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

func TestAProbeSaysWhatItCouldNotFindOut(t *testing.T) {
	s, c := script(t, ldaptest.ScriptedOptions{Meta: func(a *ldaptest.Answer, _ ldaptest.Search) { a.Done(ldaptest.Result{Code: 50}) },
		Search: ldaptest.Directory{Entries: people(5)}.Search})
	said, err := New(c).Probe(t.Context(), sources.Request{Need: []string{"uid"}})
	if err != nil || len(said) != 2 || !strings.Contains(said[0], "paged results are perhaps offered: the server hides its root DSE") {
		t.Errorf("%q, %v", said, err)
	}
	s.OnSearch(func(a *ldaptest.Answer, _ ldaptest.Search) {
		a.Reference("ldap://dc2.example.com/ou=more")
		a.Page(nil)
		a.Done(ldaptest.Result{})
	})
	if _, err := New(c).Probe(t.Context(), sources.Request{}); err == nil || !strings.Contains(err.Error(), "is on another server: ldap://dc2.example.com/ou=more") {
		t.Error(err)
	}
}

func TestAProbeOfABaseThatShowsNothingIsAnErrorAsARead(t *testing.T) {
	_, c := script(t, ldaptest.ScriptedOptions{Search: func(a *ldaptest.Answer, _ ldaptest.Search) { a.Page(nil); a.Done(ldaptest.Result{}) }})
	_, err := New(c).Probe(t.Context(), sources.Request{Need: []string{"uid"}})
	if got := read(t, c, "uid"); err == nil || got.err == nil || err.Error() != got.err.Error() {
		t.Errorf("%v, and a read: %v", err, got.err)
	}
	c.MayBeEmpty = c.Bases
	if said, err := New(c).Probe(t.Context(), sources.Request{Need: []string{"uid"}}); err != nil || !strings.Contains(said[1], "has 0 entries") {
		t.Errorf("%q, %v", said, err)
	}
}

// A first server that is dead for months is noticed when the second one dies too, unless somebody says so.
func TestAServerThatWasTriedInVainIsMentioned(t *testing.T) {
	_, c := directory(t, ldaptest.Directory{Entries: people(5)})
	dead := "ldap://" + nobody(t)
	c.URLs = append([]string{dead}, c.URLs...)
	var log bytes.Buffer
	c.Log = zerolog.New(&log)
	said, err := New(c).Probe(t.Context(), sources.Request{Need: []string{"uid"}})
	if err != nil || len(said) != 3 || !strings.HasPrefix(said[0], dead+": can't connect: ") || !strings.HasSuffix(said[0], "; went on to the next") {
		t.Errorf("%q, %v", said, err)
	}
	if line := log.String(); !strings.Contains(line, `"level":"warn"`) || !strings.Contains(line, dead+": can't connect") || !strings.Contains(line, `"server":"`+c.URLs[1]) {
		t.Error(line)
	}
}
