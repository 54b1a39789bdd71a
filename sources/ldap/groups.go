package ldap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
	"github.com/rosterd/rosterd/sync/record"
)

// groupObjects are what is a group, where nobody said otherwise.
const groupObjects = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers))"

// uniqueMember names members by DN, and perhaps a number (RFC 4519, 2.40).
const uniqueMember = "uniqueMember"

// memberUID names members by their uid (RFC 2307).
const memberUID = "memberUid"

// group is one that in_group asks for. Exactly one of two ways says who belongs to it.
type group struct {
	dn      string
	within  dnSet           // it, and the groups in it at any depth: who has one of them in memberOf belongs to it
	primary map[string]bool // the relative ids of these groups, in Active Directory
	members dnSet           // everybody in it, by DN or by uid; nil: memberOf says
}

// readGroups finds out who belongs to the groups that are asked for. A group that isn't there is an error: else one wrong letter
// would put everybody out of it.
func (r *reading) readGroups(l *link) error {
	var known dnSet // every group, if the groups themselves are read and may be nested
	for _, c := range r.columns.groups {
		g := group{dn: c.dn}
		err := r.exists(l, &g)
		switch {
		case err != nil:
		case r.config.Groups == nil:
			err = r.readWithin(l, &g)
		default:
			if known == nil && r.config.Groups.Nested {
				if known, err = r.allGroups(l); err != nil {
					break
				}
			}
			err = r.readMembers(l, &g, known)
		}
		if err != nil {
			return fmt.Errorf("in_group(%q): %w", c.dn, err)
		}
		r.groups = append(r.groups, g)
	}
	return nil
}

// exists proves that there is a group of that name.
func (r *reading) exists(l *link, g *group) error {
	found := 0
	err := r.query(l, g.dn, ldap.ScopeBaseObject, anyObject, []string{noAttributes}, func(*ber.Entry) error { found++; return nil })
	if err == nil && found == 0 {
		err = fmt.Errorf("there is no such group, or %s may not see it", r.config.Bind.name())
	}
	return err
}

// readWithin finds the groups in a group, level by level; each once, so that a ring of groups ends.
func (r *reading) readWithin(l *link, g *group) error {
	if err := r.provesMemberOf(l, g); err != nil {
		return err
	}
	g.within, g.primary = dnSet{}, map[string]bool{}
	g.within.add(appendCanonical(nil, []byte(g.dn)))
	for queue := []string{g.dn}; len(queue) > 0; queue = queue[1:] {
		if r.server.ad {
			if err := r.readRID(l, queue[0], g); err != nil {
				return err
			}
		}
		filter := "(&" + groupObjects + "(" + memberOf + "=" + ldap.EscapeFilter(queue[0]) + "))"
		err := r.query(l, r.contextOf(g.dn), ldap.ScopeWholeSubtree, filter, []string{noAttributes}, func(e *ber.Entry) error {
			if dn := appendCanonical(nil, e.DN); !g.within.has(dn) {
				g.within.add(dn)
				queue = append(queue, string(e.DN))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readRID notes a group's relative id: primaryGroupID names a group by it, and memberOf then doesn't.
func (r *reading) readRID(l *link, dn string, g *group) error {
	return r.query(l, dn, ldap.ScopeBaseObject, anyObject, []string{"objectSid"}, func(e *ber.Entry) error {
		const width = 4 // of the last part of a SID, little-endian (MS-DTYP 2.4.2)
		for _, a := range e.Attributes {
			for _, sid := range a.Values {
				if len(sid) > width {
					g.primary[strconv.FormatUint(uint64(binary.LittleEndian.Uint32(sid[len(sid)-width:])), 10)] = true
				}
			}
		}
		return nil
	})
}

// contextOf is the naming context that a DN lies in, or the DN without its first part.
func (r *reading) contextOf(dn string) string {
	best, c := "", appendCanonical(nil, []byte(dn))
	for _, context := range r.server.contexts {
		if isUnder(c, context) && len(context) > len(best) {
			best = context
		}
	}
	if best != "" {
		return best
	}
	return parentOf(dn)
}

// allGroups are the DNs of every group, so that a member that is one is known as such.
func (r *reading) allGroups(l *link) (dnSet, error) {
	all := dnSet{}
	for _, base := range r.groupBases() {
		err := r.query(l, base, ldap.ScopeWholeSubtree, r.config.Groups.Filter, []string{noAttributes}, func(e *ber.Entry) error {
			all.add(appendCanonical(nil, e.DN))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("groups.filter %s finds no group below %q", r.config.Groups.Filter, r.groupBases())
	}
	return all, nil
}

func (r *reading) groupBases() []string {
	if len(r.config.Groups.Bases) > 0 {
		return r.config.Groups.Bases
	}
	return r.config.Bases
}

// readMembers reads a group's members, and those of the groups in it, each group once.
func (r *reading) readMembers(l *link, g *group, known dnSet) error {
	g.members = dnSet{}
	seen := dnSet{}
	seen.add(appendCanonical(nil, []byte(g.dn)))
	var name []byte
	for queue := []string{g.dn}; len(queue) > 0; queue = queue[1:] {
		n := 0
		err := r.valuesOf(l, queue[0], r.config.Groups.Member, func(member []byte) error {
			n++
			name = r.memberName(name[:0], member)
			g.members.add(name)
			if known.has(name) && !seen.has(name) {
				seen.add(name)
				queue = append(queue, string(member))
			}
			return nil
		})
		if err == nil && n == 0 {
			err = r.provesEmpty(l, queue[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// memberName is what a member is known by: its DN, or its uid.
func (r *reading) memberName(b, member []byte) []byte {
	if r.byUID() {
		return append(b, record.Fold(string(member))...)
	}
	if i := bytes.LastIndex(member, []byte("#'")); i > 0 && bytes.HasSuffix(member, []byte("'B")) && r.columns.schema.is(r.config.Groups.Member) == r.columns.schema.is(uniqueMember) {
		member = member[:i] // of a name and optional UID (RFC 4517, 3.3.21)
	}
	return appendCanonical(b, member)
}

func (r *reading) byUID() bool {
	return r.config.Groups != nil && strings.EqualFold(r.config.Groups.Member, memberUID)
}

// hiddenFor are the attributes that in_group needs of each entry.
func (r *reading) hiddenFor(need []string) []string {
	switch {
	case !asksGroups(need):
		return nil
	case r.byUID():
		return []string{uid}
	case r.config.Groups != nil:
		return nil
	case r.server.ad:
		return []string{memberOf, primaryGroupID}
	}
	return []string{memberOf}
}
