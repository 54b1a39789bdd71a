package ldaptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

// people are n entries below ou=people.
func people(n int) []Entry {
	var all []Entry
	for i := range n {
		all = append(all, Entry{fmt.Sprintf("uid=u%d,ou=people,%s", i, BaseDN), []Attribute{Attr("objectClass", "inetOrgPerson"), Attr("uid", fmt.Sprintf("u%d", i))}})
	}
	return all
}

// ask searches the whole tree, in pages of size unless that is 0, for max pages at most.
func ask(c *ldap.Conn, size uint32, max int, attrs ...string) (sizes []int, entries []*ldap.Entry, err error) {
	paging := ldap.NewControlPaging(size)
	for range max {
		var controls []ldap.Control
		if size > 0 {
			controls = []ldap.Control{paging}
		}
		page, err := c.Search(ldap.NewSearchRequest(BaseDN, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(uid=*)", attrs, controls))
		if page != nil {
			sizes, entries = append(sizes, len(page.Entries)), append(entries, page.Entries...)
		}
		if err != nil {
			return sizes, entries, err
		}
		answer, _ := ldap.FindControl(page.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if answer == nil || len(answer.Cookie) == 0 {
			break
		}
		paging.SetCookie(answer.Cookie)
	}
	return sizes, entries, nil
}

func TestDirectory_PagesAsItIsTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    Directory
		size uint32
		want []int // entries of each page, of six at most
		code uint16
	}{
		{"honoured", Directory{}, 4, []int{4, 4, 2}, 0},
		{"honoured, the last page full", Directory{}, 5, []int{5, 5}, 0},
		{"a smaller page than asked for", Directory{PageLimit: 3}, 5, []int{3, 3, 3, 1}, 0},
		{"ignored", Directory{Paging: PagingIgnored}, 4, []int{10}, 0},
		{"ignored, with a limit", Directory{Paging: PagingIgnored, Unpaged: 6}, 4, []int{6}, ldap.LDAPResultSizeLimitExceeded},
		{"missing in the answer", Directory{Paging: PagingMissing}, 4, []int{4}, 0},
		{"a cookie that never ends", Directory{Paging: PagingEndless}, 4, []int{4, 4, 2, 0, 0, 0}, 0},
		{"a cookie repeated", Directory{Paging: PagingRepeated}, 4, []int{4, 4, 4, 4, 4, 4}, 0},
		{"empty pages with a cookie", Directory{Paging: PagingEmpty}, 4, []int{0, 4, 0, 4, 0, 2}, 0},
		{"no paging asked for", Directory{}, 0, []int{10}, 0},
		{"no paging asked for, with a limit", Directory{Unpaged: 6}, 0, []int{6}, ldap.LDAPResultSizeLimitExceeded},
		{"another result at the end", Directory{Result: Result{Code: ldap.LDAPResultTimeLimitExceeded}}, 6, []int{6, 4}, ldap.LDAPResultTimeLimitExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.d.Entries = people(10)
			s := Start(t, StartScripted, ScriptedOptions{Search: tt.d.Search})
			sizes, _, err := ask(dial(t, s.URL(), nil), tt.size, 6)
			if !slices.Equal(sizes, tt.want) || (err != nil || tt.code != 0) && !ldap.IsErrorWithCode(err, tt.code) {
				t.Errorf("pages %v, %v", sizes, err)
			}
		})
	}
}

func TestDirectory_LooksAtBaseAndScope(t *testing.T) {
	s := Start(t, StartScripted, ScriptedOptions{Search: Directory{Entries: people(3)}.Search})
	c := dial(t, s.URL(), nil)
	for _, tt := range []struct {
		base  string
		scope int
		want  int
		code  uint16
	}{
		{"OU=People," + BaseDN, ldap.ScopeSingleLevel, 3, 0},
		{BaseDN, ldap.ScopeSingleLevel, 0, 0},
		{BaseDN, ldap.ScopeWholeSubtree, 3, 0},
		{"uid=u1,ou=people," + BaseDN, ldap.ScopeBaseObject, 1, 0},
		{"ou=nowhere," + BaseDN, ldap.ScopeWholeSubtree, 0, ldap.LDAPResultNoSuchObject},
	} {
		got, err := c.Search(ldap.NewSearchRequest(tt.base, tt.scope, 0, 0, 0, false, "(uid=*)", nil, nil))
		if (err != nil || tt.code != 0) && !ldap.IsErrorWithCode(err, tt.code) || len(got.Entries) != tt.want {
			t.Errorf("%s, scope %d: %d entries, %v", tt.base, tt.scope, len(got.Entries), err)
		}
	}
}

func TestDirectory_GivesLongAttributesInRanges(t *testing.T) {
	var members []string
	for i := range 3200 {
		members = append(members, fmt.Sprintf("CN=m%d", i))
	}
	group := Entry{"cn=all," + BaseDN, []Attribute{Attr("objectClass", "group"), Attr("member", members...)}}
	s := Start(t, StartScripted, ScriptedOptions{Search: ADDirectory(group).Search})
	c := dial(t, s.URL(), nil)
	for asked, want := range map[string]map[string]int{
		"*":                   {"objectClass": 1, "member": 0, "member;range=0-1499": 1500},
		"member":              {"member": 0, "member;range=0-1499": 1500},
		"MEMBER;range=1500-*": {"member;range=1500-2999": 1500},
		"member;range=3000-*": {"member;range=3000-*": 200},
	} {
		_, entries, err := ask(c, 10, 1, asked)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, a := range entries[0].Attributes {
			got[a.Name] = len(a.Values)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", asked, d)
		}
	}
}

func TestDirectory_ShuffledIsTheSameInOtherWords(t *testing.T) {
	e := Entry{"uid=u," + BaseDN, []Attribute{Attr("givenName", "A"), Attr("sn;lang-de", "B"), Attr("jpegPhoto", "\xff\x00"), Attr("mail", "c")}}
	s := Start(t, StartScripted, ScriptedOptions{Search: Directory{Entries: []Entry{e}, Shuffle: 3}.Search})
	_, entries, err := ask(dial(t, s.URL(), nil), 0, 1, "sn", "givenname", "jpegphoto")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	same := true
	for _, a := range entries[0].Attributes {
		names = append(names, strings.ToLower(a.Name))
		same = same && a.Name == strings.ToLower(a.Name)
	}
	if slices.Sort(names); same || !slices.Equal(names, []string{"givenname", "jpegphoto", "sn;lang-de"}) {
		t.Errorf("%v", names)
	}
	if got := entries[0].GetEqualFoldRawAttributeValue("jpegPhoto"); !bytes.Equal(got, []byte{0xff, 0}) {
		t.Errorf("%x", got)
	}
}

func TestScripted_SaysWhatItIs(t *testing.T) {
	for name, i := range map[string]Identity{"OpenLDAP": OpenLDAP(), "Active Directory": ActiveDirectory()} {
		t.Run(name, func(t *testing.T) {
			s := Start(t, StartScripted, ScriptedOptions{Identity: i})
			c := dial(t, s.URL(), nil)
			at := ""
			for _, attr := range []string{"subschemaSubentry", "attributeTypes"} {
				got, err := c.Search(ldap.NewSearchRequest(at, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{attr}, nil))
				if err != nil || len(got.Entries) != 1 || got.Entries[0].GetAttributeValue(attr) == "" {
					t.Fatalf("%s: %v, %v", attr, got, err)
				}
				at = got.Entries[0].GetAttributeValue(attr)
			}
			if len(s.Searches()) != 0 || len(s.Requests()) != 2 {
				t.Errorf("%v", s.Requests())
			}
		})
	}
}

func TestScripted_GivesEveryResult(t *testing.T) {
	s := Start(t, StartScripted, ScriptedOptions{})
	c := dial(t, s.URL(), nil)
	for _, code := range []uint16{1, 3, 4, 10, 11, 12, 32, 50, 51, 52, 53, 80} {
		s.OnSearch(func(a *Answer, _ Search) {
			a.Entry("uid=1", Attr("uid", "1"))
			a.Reference("ldap://elsewhere/")
			a.Done(Result{code, "dc=matched", "why", []string{"ldap://other/"}})
		})
		got, err := c.Search(ldap.NewSearchRequest(BaseDN, 2, 0, 0, 0, false, "(a=b)", nil, nil))
		e, ok := errors.AsType[*ldap.Error](err)
		if !ok || e.ResultCode != code || e.MatchedDN != "dc=matched" || e.Err.Error() != "why" || len(got.Entries) != 1 || got.Referrals[0] != "ldap://elsewhere/" {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestScripted_RemembersWhatItWasAsked(t *testing.T) {
	s := Start(t, StartScripted, ScriptedOptions{Search: Directory{Entries: people(3)}.Search})
	cfg := must(s.ClientTLSWithCertificate())
	c := dial(t, s.LDAPSURL(), cfg)
	if err := c.Bind(ReaderDN, "wrong"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Error(err)
	}
	if err := c.Bind(ReaderDN, s.Password); err != nil {
		t.Error(err)
	}
	if err := c.ExternalBind(); err != nil {
		t.Error(err)
	}
	if _, _, err := ask(c, 2, 5, "uid", "cn"); err != nil {
		t.Error(err)
	}
	if err := c.Del(ldap.NewDelRequest("uid=u0,ou=people,"+BaseDN, nil)); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Error(err)
	}
	var got []string
	for _, r := range s.Requests() {
		got = append(got, fmt.Sprintf("%d %v %s %s %s %s|%s %d %s %v %v %d %s", r.Conn, r.TLS, r.Op, r.Method, r.DN, r.Password,
			r.Base, r.Scope, r.Filter, r.Attributes, r.Paged, r.PageSize, r.Cookie))
	}
	want := []string{"1 true bind simple " + ReaderDN + " wrong| 0  [] false 0 ", "1 true bind simple " + ReaderDN + " " + s.Password + "| 0  [] false 0 ",
		"1 true bind EXTERNAL  | 0  [] false 0 ", "1 true search   |" + BaseDN + " 2 (uid=*) [uid cn] true 2 ",
		"1 true search   |" + BaseDN + " 2 (uid=*) [uid cn] true 2 2", "1 true delete   | 0  [] false 0 "}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestScripted_CutsWhereItIsTold(t *testing.T) {
	whole := received(t, func(*Answer) {})
	if !bytes.Contains(whole, []byte("uid=u1")) {
		t.Fatalf("%x", whole)
	}
	first := whole[:len(whole)/2-3] // any place in the middle of a message
	for _, tt := range []struct {
		name string
		cut  func(*Answer)
		want func(got []byte) bool
	}{
		{"before anything", func(a *Answer) { a.CutAfter(0) }, func(got []byte) bool { return len(got) == 0 }},
		{"after one entry", func(a *Answer) { a.CutAfter(1) }, func(got []byte) bool {
			return bytes.HasPrefix(whole, got) && bytes.Contains(got, []byte("uid=u0")) && !bytes.Contains(got, []byte("uid=u1"))
		}},
		{"after the entries", func(a *Answer) { a.CutAfter(2) }, func(got []byte) bool { return len(got) < len(whole) && bytes.Contains(got, []byte("uid=u1")) }},
		{"in the middle of a message", func(a *Answer) { a.CutAfterBytes(len(first)) }, func(got []byte) bool { return bytes.Equal(got, first) }},
		{"before the last byte", func(a *Answer) { a.CutAfterBytes(len(whole) - 1) }, func(got []byte) bool { return bytes.Equal(got, whole[:len(whole)-1]) }},
		{"a slow drip loses nothing", func(a *Answer) { a.Drip(7, time.Microsecond) }, func(got []byte) bool { return bytes.Equal(got, whole) }},
		{"another message id", func(a *Answer) { a.MessageID(99) }, func(got []byte) bool { return got[4] == 99 && len(got) == len(whole) }},
		{"a notice of disconnection", func(a *Answer) { a.Disconnect(Result{Code: 52}) }, func(got []byte) bool {
			return got[4] == 0 && bytes.HasSuffix(got, []byte("1.3.6.1.4.1.1466.20036"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := received(t, tt.cut); !tt.want(got) {
				t.Errorf("%x", got)
			}
		})
	}
}

// received are the bytes that a client gets for a search of two people.
func received(t *testing.T, before func(*Answer)) []byte {
	t.Helper()
	s := Start(t, StartScripted, ScriptedOptions{Search: func(a *Answer, q Search) {
		before(a)
		Directory{Entries: people(2)}.Search(a, q)
		a.Cut()
	}})
	c := must(net.Dial("tcp", strings.TrimPrefix(s.URL(), "ldap://")))
	defer c.Close()
	must(c.Write([]byte("\x30\x36\x02\x01\x01\x63\x31\x04\x11" + BaseDN + // message 1, a search
		"\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00" + // the subtree, no limits
		"\x87\x0bobjectClass\x30\x00"))) // (objectClass=*), all attributes
	return must(io.ReadAll(c))
}

func TestScripted_SilenceEndsWithTheClientOrTheServer(t *testing.T) {
	ended := make(chan struct{}, 1)
	o := ScriptedOptions{Search: func(a *Answer, _ Search) {
		a.Silence()
		a.Done(Result{}) // nobody hears it
		ended <- struct{}{}
	}}
	s := must(StartScripted(o))
	c := dial(t, s.URL(), nil)
	c.SetTimeout(20 * time.Millisecond)
	if _, _, err := ask(c, 0, 1); err == nil {
		t.Error("an answer")
	}
	c.Close()
	<-ended
	c = dial(t, s.URL(), nil)
	c.SetTimeout(20 * time.Millisecond)
	ask(c, 0, 1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestScripted_StartTLS(t *testing.T) {
	for _, tt := range []struct {
		name string
		mode StartTLS
		ok   bool
	}{{"offered", StartTLSOffered, true}, {"refused", StartTLSRefused, false}, {"injected", StartTLSInjected, true}} {
		t.Run(tt.name, func(t *testing.T) {
			s := Start(t, StartScripted, ScriptedOptions{StartTLS: tt.mode})
			c := dial(t, s.URL(), nil)
			err := c.StartTLS(must(s.ClientTLS()))
			if err == nil {
				err = c.Bind(ReaderDN, s.Password)
			}
			requests := s.Requests()
			if last := requests[len(requests)-1]; (err == nil) != tt.ok || last.TLS != tt.ok {
				t.Errorf("%v, %v", err, last)
			}
		})
	}
}

func TestScripted_InjectsBesideTheAnswerToStartTLS(t *testing.T) {
	s := Start(t, StartScripted, ScriptedOptions{StartTLS: StartTLSInjected})
	c := must(net.Dial("tcp", strings.TrimPrefix(s.URL(), "ldap://")))
	defer c.Close()
	must(c.Write([]byte("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + startTLS)))
	got := make([]byte, 200)
	got = got[:must(c.Read(got))]
	success := func(id, op byte) string { return string([]byte{0x30, 12, 2, 1, id, op, 7, 10, 1, 0, 4, 0, 4, 0}) }
	if want := success(1, 0x78) + success(2, 0x61) + success(2, 0x65); string(got) != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestScripted_ScriptsForBindAndMeta(t *testing.T) {
	s := Start(t, StartScripted, ScriptedOptions{
		Bind: func(a *Answer, b Bind) { a.Done(Result{Code: ldap.LDAPResultBusy, Diagnostic: b.Method}) },
		Meta: func(a *Answer, _ Search) { a.Done(Result{Code: ldap.LDAPResultInsufficientAccessRights}) },
	})
	c := dial(t, s.URL(), nil)
	if err := c.UnauthenticatedBind(""); !ldap.IsErrorWithCode(err, ldap.LDAPResultBusy) || !strings.Contains(err.Error(), "anonymous") {
		t.Error(err)
	}
	_, err := c.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", nil, nil))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights) {
		t.Error(err)
	}
	s.CutAll()
	if err := c.UnauthenticatedBind(""); err == nil {
		t.Error("a connection that was cut answers")
	}
}

func TestScripted_MalformedBytesGoOutAsTheyAre(t *testing.T) {
	var list []Malformation
	whole := received(t, func(a *Answer) { list = a.Malformed() })
	for i, m := range list {
		got := received(t, func(a *Answer) {
			a.Raw(a.Malformed()[i].Bytes)
			a.Cut()
		})
		if !bytes.Equal(got, m.Bytes) || bytes.HasPrefix(whole, got) {
			t.Errorf("%s: %x", m.Name, got)
		}
	}
}
