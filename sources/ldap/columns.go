package ldap

import (
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
	"github.com/rosterd/rosterd/sync/record"
)

// Attributes that are asked for besides those that the job names, for in_group.
const (
	memberOf       = "memberOf"
	primaryGroupID = "primaryGroupID" // MS-ADTS 3.1.1.4.5.17: the one group that memberOf does not name
	uid            = "uid"            // by which memberUid names a member (RFC 2307)
)

// columns say where the values of an entry go: first the columns of the layout, then hidden ones.
type columns struct {
	names  []string // of the layout, as they were asked for, then hidden attributes
	shown  int      // how many are the layout's
	dn     []int    // which of them are the DN
	groups []groupColumn
	schema schema
	places map[string]place // by an attribute's name as the server spells it; only grows
}

// groupColumn is one that says whether an entry belongs to a group.
type groupColumn struct {
	at int
	dn string
}

// place is what becomes of an attribute.
type place struct {
	columns []int
	ranged  bool // these are the values from one place to another
	from    int
	to      int
	last    bool // there are none after these
}

// newColumns lays out what was asked for, and hidden attributes besides.
func newColumns(need, hidden []string, s schema) *columns {
	c := &columns{names: slices.Concat(need, hidden), shown: len(need), schema: s, places: map[string]place{}}
	for i, name := range need {
		if dn, ok := record.GroupOf(name); ok {
			c.groups = append(c.groups, groupColumn{i, dn})
		} else if strings.EqualFold(name, record.DN) {
			c.dn = append(c.dn, i)
		}
	}
	return c
}

// layout is what the mapping sees.
func (c *columns) layout() record.Layout {
	return record.Layout{Columns: slices.Clone(c.names[:c.shown]), Digest: xxh3.HashString128("ldap\x00" + strings.Join(c.names, "\x00")).Bytes()}
}

// attributes are what has to be requested.
func (c *columns) attributes() []string {
	var all []string
	for i, name := range c.names {
		if c.isAttribute(i) && !slices.ContainsFunc(all, func(other string) bool { return strings.EqualFold(name, other) }) {
			all = append(all, name)
		}
	}
	return all
}

func (c *columns) isAttribute(i int) bool {
	_, group := record.GroupOf(c.names[i])
	return !group && !slices.Contains(c.dn, i)
}

// hidden is the place of a hidden attribute.
func (c *columns) hidden(name string) int { return c.shown + slices.Index(c.names[c.shown:], name) }

// maxNames bounds what is remembered of a server that thinks up names.
const maxNames = 4096

// place finds the columns of an attribute. Without allocation but for the first time.
func (c *columns) place(name []byte) place {
	if p, ok := c.places[string(name)]; ok {
		return p
	}
	p := c.find(string(name))
	if len(c.places) < maxNames {
		c.places[string(name)] = p
	}
	return p
}

// find matches an attribute description to the columns.
func (c *columns) find(name string) (p place) {
	for i, column := range c.names {
		if !c.isAttribute(i) {
			continue
		}
		if found, ok := c.schema.match(name, column); ok {
			found.columns = append(p.columns, i)
			p = found
		}
	}
	return p
}

// match reports whether a server means by given what was asked for as asked, and which of its values. Names are compared by the
// schema, options without case and order (RFC 4512, 2.5). An attribute with other options is another attribute: cn;lang-es is not
// cn. But a range is none, nor is binary, which says how a value is sent (RFC 4522).
func (s schema) match(given, asked string) (p place, ok bool) {
	base, options := split(given)
	for i, o := range options {
		if p.from, p.to, p.last, p.ranged = ber.ParseRange([]byte(o)); p.ranged {
			options = slices.Delete(options, i, i+1)
			break
		}
	}
	name, wanted := split(asked)
	return p, s.is(base) == s.is(name) && slices.Equal(options, wanted)
}

// split takes an attribute description apart: its name, its options in lower case and in order.
func split(description string) (name string, options []string) {
	parts := strings.Split(description, ";")
	for _, o := range parts[1:] {
		if o = strings.ToLower(o); o != "binary" {
			options = append(options, o)
		}
	}
	slices.Sort(options)
	return parts[0], options
}
