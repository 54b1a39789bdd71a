package ldaptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

const pagedResults = "1.2.840.113556.1.4.319"

// Directory is the script of a server that has entries. It looks at base, scope, attributes and paging; at the filter it
// does not. DNs are compared as text, without case.
type Directory struct {
	Entries    []Entry
	References []string // a continuation reference each, before the last result
	Result     Result   // of the last page
	Paging     Paging
	PageLimit  int // most entries of a page, whatever was asked for; 0: none
	Unpaged    int // most entries to a search without paging, then size limit exceeded (4); 0: none
	// Range is the most values of an attribute in one answer, as Active Directory has it: the attribute itself comes empty,
	// with name;range=0-1499 beside it, and the rest on asking for name;range=1500-*. 0: none.
	Range   int
	Shuffle uint64 // not 0: the seed for another order of attributes and other letters' case in their names
}

// Paging is how a Directory pages.
type Paging int

const (
	// PagingHonoured is as RFC 2696 says.
	PagingHonoured Paging = iota
	// PagingIgnored sends everything at once, without a control in the result.
	PagingIgnored
	// PagingMissing sends the first page only, without a control in the result.
	PagingMissing
	// PagingEndless follows the last page with empty ones for ever, each with another cookie.
	PagingEndless
	// PagingRepeated sends the second page, with the cookie that asked for it, for ever.
	PagingRepeated
	// PagingEmpty has a page without entries, but with a cookie, before every other one.
	PagingEmpty
)

// ADDirectory has the limits of a domain controller as it is installed: MaxPageSize 1000, MaxValRange 1500.
func ADDirectory(entries ...Entry) Directory {
	return Directory{Entries: entries, PageLimit: 1000, Unpaged: 1000, Range: 1500}
}

// Search answers a search; it fits ScriptedOptions and OnSearch.
func (d Directory) Search(a *Answer, q Search) {
	found, ok := d.find(q)
	switch {
	case !ok:
		a.Done(Result{Code: ldap.LDAPResultNoSuchObject, Diagnostic: "no such entry"})
	case q.Paged && d.Paging != PagingIgnored:
		d.sendPage(a, q, found)
	case d.Unpaged > 0 && len(found) > d.Unpaged:
		d.send(a, q, found[:d.Unpaged])
		a.Done(Result{Code: ldap.LDAPResultSizeLimitExceeded})
	default:
		d.send(a, q, found)
		d.end(a)
	}
}

// sendPage sends the page that a cookie stands for: the number of its first entry, with an "e" when the empty page before it
// was sent.
func (d Directory) sendPage(a *Answer, q Search, found []Entry) {
	number, empty := strings.CutSuffix(string(q.Cookie), "e")
	at, err := strconv.Atoi("0" + number)
	size := q.PageSize
	if d.PageLimit > 0 {
		size = min(size, d.PageLimit)
	}
	switch {
	case err != nil || size <= 0:
		a.Done(Result{Code: ldap.LDAPResultUnwillingToPerform, Diagnostic: "not a cookie of this server, or no page size"})
		return
	case d.Paging == PagingEmpty && !empty:
		a.Page([]byte(number + "e"))
		a.Done(Result{})
		return
	}
	next := at + size
	d.send(a, q, found[min(at, len(found)):min(next, len(found))])
	switch {
	case d.Paging == PagingMissing:
		d.end(a)
		return
	case d.Paging == PagingRepeated && at > 0:
		a.Page(q.Cookie)
	case d.Paging == PagingEndless || d.Paging == PagingRepeated || next < len(found):
		a.Page([]byte(fmt.Sprint(next)))
	default:
		a.Page(nil)
		d.end(a)
		return
	}
	a.Done(Result{})
}

// end sends what comes after the last entry.
func (d Directory) end(a *Answer) {
	for _, r := range d.References {
		a.Reference(r)
	}
	a.Done(d.Result)
}

// find gives the entries in scope, and whether there is such a base.
func (d Directory) find(q Search) (found []Entry, ok bool) {
	base := strings.ToLower(q.Base)
	for _, e := range d.Entries {
		dn := strings.ToLower(e.DN)
		below := base == "" || strings.HasSuffix(dn, ","+base)
		_, parent, _ := strings.Cut(dn, ",")
		ok = ok || below || dn == base
		switch q.Scope {
		case ldap.ScopeBaseObject:
			below = dn == base
		case ldap.ScopeSingleLevel:
			below = parent == base
		default:
			below = below || dn == base
		}
		if below {
			found = append(found, e)
		}
	}
	return found, ok || len(d.Entries) == 0
}

func (d Directory) send(a *Answer, q Search, entries []Entry) {
	for _, e := range entries {
		attrs := d.ranges(choose(e.Attributes, q.Attributes), q.Attributes)
		if d.Shuffle != 0 {
			attrs = shuffle(attrs, rand.New(rand.NewPCG(d.Shuffle, uint64(len(e.DN)))))
		}
		a.Entry(e.DN, attrs...)
	}
}

// ranges cuts long attributes to the range that was asked for, or to the first.
func (d Directory) ranges(attrs []Attribute, asked []string) []Attribute {
	var out []Attribute
	for _, at := range attrs {
		from, whole := 0, true
		for _, name := range asked {
			name, option, _ := strings.Cut(name, ";range=")
			if low, _, ok := strings.Cut(option, "-"); ok && strings.EqualFold(name, at.Name) {
				from, _ = strconv.Atoi(low)
				whole = false
			}
		}
		switch left := len(at.Values) - from; {
		case d.Range == 0 || whole && left <= d.Range:
			out = append(out, at)
		case left > d.Range:
			if whole {
				out = append(out, Attribute{Name: at.Name})
			}
			out = append(out, Attribute{fmt.Sprintf("%s;range=%d-%d", at.Name, from, from+d.Range-1), at.Values[from : from+d.Range]})
		default:
			out = append(out, Attribute{fmt.Sprintf("%s;range=%d-*", at.Name, from), at.Values[min(from, len(at.Values)):]})
		}
	}
	return out
}

// choose gives the attributes that were asked for, those with more options too; all of them to "*" and to nothing.
func choose(attrs []Attribute, asked []string) []Attribute {
	if len(asked) == 0 || slices.Contains(asked, "*") {
		return attrs
	}
	var out []Attribute
	for _, at := range attrs {
		name := strings.ToLower(at.Name)
		if slices.ContainsFunc(asked, func(want string) bool {
			want, _, _ = strings.Cut(strings.ToLower(want), ";range=")
			return name == want || strings.HasPrefix(name, want+";")
		}) {
			out = append(out, at)
		}
	}
	return out
}

func shuffle(attrs []Attribute, r *rand.Rand) []Attribute {
	attrs = slices.Clone(attrs)
	r.Shuffle(len(attrs), func(i, j int) { attrs[i], attrs[j] = attrs[j], attrs[i] })
	for i := range attrs {
		name := []byte(strings.ToLower(attrs[i].Name))
		for j := range name {
			if r.IntN(2) == 0 && 'a' <= name[j] && name[j] <= 'z' {
				name[j] -= 'a' - 'A'
			}
		}
		attrs[i].Name = string(name)
	}
	return attrs
}
