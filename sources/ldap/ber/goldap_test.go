package ber

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// dial is go-ldap over a Splitter, with a server that answers each request as answer says; nil: not at all. What go-ldap logs
// fails the test: it would stand in an administrator's terminal.
func dial(t *testing.T, answer func(request *asn1.Packet) []byte) (*ldap.Conn, *Splitter) {
	var logged bytes.Buffer
	ldap.Logger(log.New(&logged, "", 0))
	t.Cleanup(func() {
		if logged.Len() > 0 {
			t.Errorf("go-ldap logged %q", logged.String())
		}
	})
	s, srv := pipe(t, 300)
	go func() {
		for {
			request, err := asn1.ReadPacket(srv)
			if err != nil {
				return
			}
			srv.send(answer(request))
		}
	}()
	l := ldap.NewConn(s, false)
	l.Start()
	return l, s
}

func id(request *asn1.Packet) int64 { return request.Children[0].Value.(int64) }

// paged answers a search with a page of n entries and references between, and pages of them in all, by its cookie.
func paged(n, pages int) func(*asn1.Packet) []byte {
	return func(request *asn1.Packet) []byte {
		id := id(request)
		if request.Children[1].Tag == ldap.ApplicationBindRequest {
			return resultPacket(id, 0x61, 0, "").Bytes()
		}
		var b []byte
		for i := range n {
			b = append(b, person(id).Bytes()...)
			if i%3 == 1 {
				b = append(b, referencePacket(id, "ldap://a").Bytes()...)
			}
		}
		page := 1
		if len(request.Children) > 2 {
			control := request.Children[2].Children[0]
			value := asn1.DecodePacket(control.Children[len(control.Children)-1].ByteValue)
			page += len(value.Children[1].ByteValue)
		}
		paging := ldap.NewControlPaging(0)
		if page < pages {
			paging.SetCookie(bytes.Repeat([]byte{'c'}, page))
		}
		done := resultPacket(id, SearchResultDone, 0, "")
		controls := asn1.Encode(asn1.ClassContext, asn1.TypeConstructed, 0, nil, "")
		controls.AppendChild(paging.Encode())
		done.AppendChild(controls)
		return append(b, done.Bytes()...)
	}
}

func everybody(paging *ldap.ControlPaging) *ldap.SearchRequest {
	return &ldap.SearchRequest{BaseDN: "dc=example,dc=com", Scope: ldap.ScopeWholeSubtree, Filter: "(uid=*)", Controls: []ldap.Control{paging}}
}

func TestGoLDAPSeesAPagesEndAfterItsEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, pages = 25, 4
		l, s := dial(t, paged(n, pages))
		if err := l.Bind("cn=sync", "secret"); err != nil {
			t.Fatal(err)
		}
		entries, references, page := 0, 0, 0
		var e Entry
		s.Divert(t.Context(), func(_ context.Context, b *Block) error {
			defer b.Release()
			time.Sleep(time.Hour) // however slow: go-ldap waits
			for _, msg := range b.All() {
				entries++
				if err := e.Decode(msg); err != nil || e.ID != int32(page+1) || len(e.Attributes) != 8 {
					return fmt.Errorf("message %d on page %d, %d attributes: %w", e.ID, page, len(e.Attributes), err)
				}
			}
			return nil
		})
		for paging, more := ldap.NewControlPaging(n), true; more; {
			page++
			s.Page(time.Minute)
			r := l.SearchAsync(t.Context(), everybody(paging), 0)
			more = false
			for r.Next() {
				if r.Referral() != "" {
					references++
				}
				if c, ok := ldap.FindControl(r.Controls(), ldap.ControlTypePaging).(*ldap.ControlPaging); ok {
					if entries != page*n {
						t.Errorf("the end of page %d after %d entries", page, entries)
					}
					paging.SetCookie(c.Cookie)
					more = len(c.Cookie) > 0
				}
			}
			if err := errors.Join(r.Err(), s.Err()); err != nil {
				t.Fatal(err)
			}
		}
		if page != pages || references != pages*8 {
			t.Errorf("%d pages, %d references", page, references)
		}
		s.Stop()
		if r, err := l.Search(everybody(ldap.NewControlPaging(n))); err != nil || len(r.Entries) != n {
			t.Errorf("without a diversion: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

// everything reads all that a search gives, and what it failed with.
func everything(ctx context.Context, l *ldap.Conn) error {
	r := l.SearchAsync(ctx, everybody(ldap.NewControlPaging(10)), 0)
	for r.Next() {
	}
	return r.Err()
}

func TestTheSplitterKnowsWhyGoLDAPFailed(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(*asn1.Packet) []byte
		want   func(error) bool
	}{
		"the server said why": {func(r *asn1.Packet) []byte {
			return stream(person(id(r)), resultPacket(0, ExtendedResponse, 52, "maintenance", named(disconnectionOID)))
		}, func(err error) bool {
			var d *Disconnection
			return errors.As(err, &d) && d.Code == 52 && d.Diagnostic == "maintenance"
		}},
		"it is silent": {func(*asn1.Packet) []byte { return nil }, func(err error) bool { return strings.Contains(err.Error(), "raise timeout") }},
		"an answer that would never end": {func(r *asn1.Packet) []byte {
			return []byte("\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x05")
		}, func(err error) bool { return strings.Contains(err.Error(), "at byte 12") }},
		"entries of nobody's search": {func(r *asn1.Packet) []byte { return person(id(r) + 1).Bytes() },
			func(err error) bool { return strings.Contains(err.Error(), "mixes up its answers") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, s := dial(t, tt.answer)
				s.Divert(t.Context(), discard)
				s.Page(time.Minute)
				if err := everything(t.Context(), l); err == nil || s.Err() == nil || !tt.want(s.Err()) {
					t.Errorf("%v; %v", err, s.Err())
				}
				_ = l.Close() // its reader has closed it
			})
		})
	}
}

// TestClosingWhileAConsumerBlocksLeavesNoGoroutine: synctest fails on one that is left.
func TestClosingWhileAConsumerBlocksLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := dial(t, paged(20, 1))
		s.Divert(t.Context(), func(ctx context.Context, _ *Block) error {
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		_ = l.SearchAsync(ctx, everybody(ldap.NewControlPaging(10)), 0) // nobody reads it
		synctest.Wait()
		cancel()
		_ = s.Close()
		_ = l.Close()
		if !errors.Is(s.Err(), net.ErrClosed) {
			t.Error(s.Err())
		}
	})
}
