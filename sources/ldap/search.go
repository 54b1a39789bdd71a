package ldap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// Scopes, as the configuration calls them.
const (
	scopeSub  = "sub"
	scopeOne  = "one"
	scopeBase = "base"
)

var scopes = map[string]int{scopeSub: ldap.ScopeWholeSubtree, scopeOne: ldap.ScopeSingleLevel, scopeBase: ldap.ScopeBaseObject}

// criticalPaging is the paging control (RFC 2696) that a server has to heed or to refuse; go-ldap's own may be ignored.
type criticalPaging struct{ ldap.ControlPaging }

// Encode writes the control with its criticality, which go-ldap's leaves out.
func (c *criticalPaging) Encode() *asn1.Packet {
	p := c.ControlPaging.Encode()
	critical := asn1.NewString(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagBoolean, "\xff", "") // RFC 4511, 5.1; NewBoolean writes 1
	whole := asn1.Encode(asn1.ClassUniversal, asn1.TypeConstructed, asn1.TagSequence, nil, "")
	for _, child := range []*asn1.Packet{p.Children[0], critical, p.Children[1]} {
		whole.AppendChild(child)
	}
	return whole
}

// maxEmpty is how many pages in a row may have nothing: Active Directory gives such while it looks through what the filter leaves out.
const maxEmpty = 10_000

// maxEntries is how many entries a read may give: more than a directory can have that is read within a day, and few enough for the disk
// that keeps their names. A server that goes on for ever, with new ones and new cookies, is stopped there.
const maxEntries = 50_000_000

func (r *reading) most() int64 { return cmp.Or(r.config.maxEntries, maxEntries) }

func (r *reading) endless(n int64) error {
	return fmt.Errorf("the server has given %d entries and goes on; more than %d are not read: it does not seem to come to an end", n, r.most())
}

// walk makes a search page after page, to the empty cookie. turned is called when a page has come whole.
func (r *reading) walk(l *link, s *ldap.SearchRequest, count func() int64, turned func()) error {
	control := &criticalPaging{ldap.ControlPaging{PagingSize: uint32(r.config.PageSize)}}
	s.Controls = []ldap.Control{control}
	for pages, empty := 1, 0; ; pages++ {
		before := count()
		if before > r.most() {
			return fmt.Errorf("page %d of %s: %w", pages, s.BaseDN, r.endless(before))
		}
		l.split.Page(r.config.Timeout)
		res, err := l.Search(s)
		if err != nil {
			return fmt.Errorf("page %d, after %d entries of %s: %w", pages, count(), s.BaseDN, r.searchError(l, s.BaseDN, err))
		}
		if err := r.continuations(res.Referrals); err != nil {
			return fmt.Errorf("page %d of %s: %w", pages, s.BaseDN, err)
		}
		turned()
		answer, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok {
			return fmt.Errorf("page %d of %s: the server ignored the paging control, so nobody can tell whether it gave everything; "+
				"is there a proxy in between that does not know paged results (RFC 2696)?", pages, s.BaseDN)
		}
		if len(answer.Cookie) == 0 {
			return nil
		}
		control.SetCookie(slices.Clone(answer.Cookie))
		if empty++; count() > before {
			empty = 0
		}
		if empty > maxEmpty {
			return fmt.Errorf("page %d of %s: %d pages in a row had nothing, and the server always promises more", pages, s.BaseDN, empty)
		}
	}
}

// continuations looks at the references to other servers that came with a page. Active Directory names its own partitions whenever the
// root of a domain is searched; nobody's entries are there.
func (r *reading) continuations(references []string) error {
	for _, reference := range references {
		u, err := url.Parse(reference)
		if err == nil && r.config.Referrals == "ignore" {
			continue
		}
		if err == nil {
			dn := strings.TrimPrefix(u.Path, "/")
			if r.server.ad && dn != "" && slices.Contains(r.server.contexts, canonical(dn)) {
				continue
			}
		}
		return fmt.Errorf("a part of it is on another server: %s; read that one too, or set referrals: ignore if nobody there is meant", words(reference))
	}
	return nil
}

// search makes one search without pages and gives each entry, which is valid during the call.
func (r *reading) search(l *link, s *ldap.SearchRequest, each func(*ber.Entry) error) (*ldap.SearchResult, error) {
	l.decode(r.ctx, each)
	l.split.Page(r.config.Timeout)
	return l.Search(s)
}

// decode has each called with every entry that comes from now on.
func (l *link) decode(ctx context.Context, each func(*ber.Entry) error) {
	var e ber.Entry
	l.split.Divert(ctx, func(_ context.Context, b *ber.Block) error {
		defer b.Release()
		for _, msg := range b.All() {
			if err := e.Decode(msg); err != nil {
				return entryError{err}
			}
			if err := each(&e); err != nil {
				return entryError{err}
			}
		}
		return nil
	})
}

// query gives each entry of a search that is proven to be whole. Below a base that is not there is an error.
func (r *reading) query(l *link, dn string, scope int, filter string, attributes []string, each func(*ber.Entry) error) error {
	s := ldap.NewSearchRequest(dn, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
	if scope == ldap.ScopeBaseObject {
		res, err := r.search(l, s, each)
		if err != nil {
			return r.searchError(l, dn, err)
		}
		return r.continuations(res.Referrals)
	}
	n := int64(0)
	l.decode(r.ctx, func(e *ber.Entry) error { n++; return each(e) })
	return r.walk(l, s, func() int64 { return n }, func() {})
}

// page is the pager: every base, page after page, into blocks. When it returns, nothing more comes into them.
func (r *reading) page() error {
	defer r.main.split.Stop()
	total := int64(0)
	for i := range r.bases {
		b := &r.bases[i]
		var n atomic.Int64
		first := dnSet{}
		turned := true
		var e ber.Entry
		r.main.split.Divert(r.ctx, func(ctx context.Context, entries *ber.Block) error {
			if all := total + n.Add(int64(entries.Len())); all > r.most() {
				return entryError{r.endless(all)}
			}
			if turned {
				turned = false
				if err := e.Decode(entries.Message(0)); err != nil {
					return entryError{err}
				}
				if first.has(e.DN) {
					return entryError{errAgain}
				}
				first.add(e.DN)
			}
			select {
			case r.blocks <- block{entries, b}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		s := ldap.NewSearchRequest(b.dn, scopes[r.config.Scope], ldap.NeverDerefAliases, 0, 0, false, r.config.Filter, r.requested(), nil)
		if err := r.walk(r.main, s, n.Load, func() { r.pages.Add(1); turned = true }); err != nil {
			return err
		}
		if total += n.Load(); n.Load() == 0 && !b.mayBe {
			return r.nothing(b)
		}
	}
	return nil
}

// nothing is the error of a base that shows nothing and is not said to be empty at times.
func (r *reading) nothing(b *base) error {
	return fmt.Errorf("nothing was found below %s: it is empty, %s may not see what is in it, or the filter %s fits nothing; "+
		"if it may be empty, name it in may_be_empty", b.dn, r.config.Bind.name(), r.config.Filter)
}

// errAgain is a server that begins anew: one page after the other must begin with another entry.
var errAgain = errors.New("the server began again with entries that it gave already; has another server taken over?")

// requested are the attributes to ask for: none at all if it is the DN alone that is needed.
func (r *reading) requested() []string {
	if all := r.columns.attributes(); len(all) > 0 {
		return all
	}
	return []string{noAttributes}
}
