package ldap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestAConnectionThatIsCutIsNoEnd(t *testing.T) {
	d := ldaptest.Directory{Entries: people(350)}
	s, c := directory(t, d)
	for _, f := range []struct {
		name string
		cut  func(*ldaptest.Answer)
		says string
	}{
		{"between pages", func(a *ldaptest.Answer) { a.Cut() }, "page 3"},
		{"in mid-page", func(a *ldaptest.Answer) { a.CutAfter(30) }, "page 3, after 2"},
		{"before the result", func(a *ldaptest.Answer) { a.CutAfter(100) }, "page 3, after "},
		{"in mid-message", func(a *ldaptest.Answer) { a.CutAfterBytes(1000) }, "page 3, after 2"},
		{"by a notice", func(a *ldaptest.Answer) {
			a.Disconnect(ldaptest.Result{Code: ldap.LDAPResultUnavailable, Diagnostic: "shutting down for maintenance"})
		}, "shutting down for maintenance"},
	} {
		t.Run(f.name, func(t *testing.T) {
			s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
				if string(q.Cookie) == "200" {
					f.cut(a)
				}
				d.Search(a, q)
			})
			readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, "connection", f.says, s.URL())
			s.OnSearch(d.Search)
			read(t, c, "uid").whole(t, 350)
		})
	}
}

func TestWhatIsNotLDAPIsNotUnderstood(t *testing.T) {
	d := ldaptest.Directory{Entries: people(250)}
	s, c := directory(t, d)
	c.Timeout = 5 * time.Second
	for i := range 21 {
		for _, cookie := range []string{"", "100"} {
			name := ""
			s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
				if bad := a.Malformed()[i]; string(q.Cookie) == cookie {
					name = bad.Name
					a.Raw(bad.Bytes)
				}
				d.Search(a, q)
			})
			begin := time.Now()
			got := readWith(t, patient(t, 8*time.Second), c, nil, "uid")
			got.says(t, s.URL())
			if time.Since(begin) > 3*time.Second {
				t.Errorf("%s, after %q: took %v: %v", name, cookie, time.Since(begin), got.err)
			}
		}
	}
	s.OnSearch(func(a *ldaptest.Answer, _ ldaptest.Search) {
		if n := len(a.Malformed()); n != 21 {
			t.Errorf("%d malformed answers", n)
		}
		a.Cut()
	})
	read(t, c, "uid").says(t, "cut")
	s.OnSearch(d.Search)
	read(t, c, "uid").whole(t, 250)
}

func TestAControlThatIsNoneDoesNotEndTheProgram(t *testing.T) {
	s, c := directory(t, ldaptest.Directory{})
	oid := "1.2.840.113556.1.4.319"
	for name, value := range map[string]string{"no value": "", "an empty value": "\x04\x00", "a number": "\x02\x01\x05", "text": "\x04\x02hi", "an empty sequence": "\x04\x02\x30\x00",
		"one element": "\x04\x05\x30\x03\x02\x01\x00", "a cookie that is a number": "\x04\x08\x30\x06\x02\x01\x00\x02\x01\x07", "a size that is text": "\x04\x07\x30\x05\x04\x01x\x04\x00"} {
		t.Run(name, func(t *testing.T) {
			s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
				control := "\x30" + string(rune(2+len(oid)+len(value))) + "\x04" + string(rune(len(oid))) + oid + value
				id := a.Malformed()[0].Bytes[6:12] // the request's
				body := string(id) + "\x65\x07\x0a\x01\x00\x04\x00\x04\x00\xa0" + string(rune(len(control))) + control
				a.Raw([]byte("\x30" + string(rune(len(body))) + body))
			})
			if got := readWith(t, patient(t, 5*time.Second), c, nil, "uid"); got.err == nil {
				t.Error("it was read")
			}
		})
	}
}

func TestAnEntryOfAnotherSearchIsNotTaken(t *testing.T) {
	d := ldaptest.Directory{Entries: people(150)}
	s, c := directory(t, d)
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		if len(q.Cookie) > 0 {
			a.MessageID(2)
			a.Entry(person(1), ldaptest.Attr("uid", "of another"))
		}
		d.Search(a, q)
	})
	read(t, c, "uid").says(t, "mixes up its answers")
}

func TestAServerThatIsKilledInMidPageLeavesNoCompleteRead(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 7000})
	c := readerOf(s.URL(), s.Password)
	got := readWith(t, patient(t, 20*time.Second), c, func(n int) {
		if n == 5650 {
			if err := s.Kill(); err != nil {
				t.Error(err)
			}
		}
	}, "uid", "cn", "mail")
	if got.err == nil && got.receipt.Pages < 70 {
		t.Errorf("%+v", got.receipt)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	read(t, c, "uid").whole(t, 7000)
	// The same where nothing is on the way: a page is as long as what TCP holds, and we are slow.
	c.PageSize = 7000
	got = readWith(t, patient(t, 20*time.Second), c, func(n int) {
		if n == 1 {
			if err := s.Kill(); err != nil {
				t.Error(err)
			}
		}
	}, "uid", "cn", "mail", "employeeNumber", "title", "departmentNumber", "givenName", "sn")
	if got.err == nil {
		got.whole(t, 7000) // the kernel had all of it already
	} else {
		got.says(t, "page 1", "connection")
	}
}

func TestAServerThatIsStoppedIsWaitedForNoLongerThanTheTimeout(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: 3000})
	c := readerOf(s.URL(), s.Password)
	c.Timeout = 500 * time.Millisecond
	got := readWith(t, patient(t, 20*time.Second), c, func(n int) {
		if n == 150 {
			if err := s.Pause(); err != nil {
				t.Error(err)
			}
		}
	}, "uid")
	got.says(t, "did not finish a page in 500ms", "raise timeout", "page_size")
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	c.Timeout = 10 * time.Second
	read(t, c, "uid").whole(t, 3000)
}

func TestOurOwnSlownessIsNotTheServers(t *testing.T) {
	long := strings.Repeat("x", 4000)
	d := ldaptest.Directory{}
	for _, e := range people(900) {
		d.Entries = append(d.Entries, ldaptest.Entry{DN: e.DN, Attributes: append(e.Attributes, ldaptest.Attr("title", long))})
	}
	_, c := directory(t, d)
	c.PageSize, c.Timeout = 900, 400*time.Millisecond
	readWith(t, patient(t, 20*time.Second), c, func(n int) {
		if n%300 == 1 {
			time.Sleep(700 * time.Millisecond) // more than the server has, and there is no event to wait for
		}
	}, "title").whole(t, 900)
}

func TestAServerThatDripsIsCutOffWhenItsTimeForAPageIsOver(t *testing.T) {
	d := ldaptest.Directory{Entries: people(50)}
	s, c := directory(t, d)
	c.Timeout = 300 * time.Millisecond
	s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
		a.Drip(10, 20*time.Millisecond)
		d.Search(a, q)
	})
	readWith(t, patient(t, 10*time.Second), c, nil, "uid").says(t, "did not finish a page in 300ms")
}

func TestASchemaThatNeverComesIsNotWaitedForForever(t *testing.T) {
	_, c := script(t, ldaptest.ScriptedOptions{Meta: func(a *ldaptest.Answer, q ldaptest.Search) {
		if q.Base != "" {
			a.Silence()
			return
		}
		root := ldaptest.OpenLDAP().RootDSE
		a.Entry("", root.Attributes...)
		a.Done(ldaptest.Result{})
	}})
	c.Timeout = 300 * time.Millisecond
	readWith(t, patient(t, 5*time.Second), c, nil, "uid").says(t, "schema", "300ms")
}

func TestAllPagesOfAManyPagedReadComeToAnEndOrAnError(t *testing.T) {
	d := ldaptest.Directory{Entries: people(200)}
	s, c := directory(t, d)
	c.PageSize = 50
	for cut := 1; cut < 12000; cut += 997 {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			s.OnSearch(func(a *ldaptest.Answer, q ldaptest.Search) {
				if string(q.Cookie) == "100" {
					a.CutAfterBytes(cut)
				}
				d.Search(a, q)
			})
			if got := readWith(t, patient(t, 5*time.Second), c, nil, "uid"); got.err == nil {
				got.whole(t, 200) // the page was shorter than that
			}
		})
	}
}
