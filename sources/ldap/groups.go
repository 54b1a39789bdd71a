package ldap

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// groupObjects are what is a group, where nobody said otherwise.
const groupObjects = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)(objectClass=posixGroup))"

// uniqueMember names members by DN, and perhaps a number (RFC 4519, 2.40).
const uniqueMember = "uniqueMember"

// memberUID names members by their uid (RFC 2307).
const memberUID = "memberUid"

// group is one that in_group asks for. Exactly one of two ways says who belongs to it.
type group struct {
	dn      string
	within  dnSet           // it, and the groups in it at any depth: who has one of them in memberOf belongs to it
	primary map[string]bool // the relative ids of these groups, in Active Directory; another domain has the same for others
	domain  string          // its naming context, canonical
	members dnSet           // everybody in it, by DN or by uid; nil: memberOf says
}

// readGroups finds out who belongs to the groups that are asked for. A group that isn't there is an error: else one wrong letter
// would put everybody out of it.
func (r *reading) readGroups(l *link) error {
	if len(r.columns.groups) == 0 {
		return nil
	}
	if err := r.tellsGroups(l); err != nil {
		return fmt.Errorf("in_group: %w", err)
	}
	return r.eachGroup(l, func(_ int, g group) error {
		r.groups = append(r.groups, g)
		if r.config.Groups == nil {
			return r.provesMemberOf(l, &g)
		}
		return nil
	})
}

// eachGroup reads one group after the other.
func (r *reading) eachGroup(l *link, each func(i int, g group) error) (err error) {
	var known dnSet // every group, if the groups themselves are read and may be nested
	for i, c := range r.columns.groups {
		g := group{dn: c.dn}
		err = r.exists(l, &g)
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
		if err == nil {
			err = each(i, g)
		}
		if err != nil {
			return fmt.Errorf("in_group(%q): %w", c.dn, err)
		}
	}
	return nil
}

// readWithin finds the groups in a group, level by level; each once, so that a ring of groups ends.
func (r *reading) readWithin(l *link, g *group) error {
	g.within, g.primary, g.domain = dnSet{}, map[string]bool{}, r.domainOf(g.dn)
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

// domainOf is the naming context that a DN lies in, canonical; "" if none is known.
func (r *reading) domainOf(dn string) string {
	best, c := "", appendCanonical(nil, []byte(dn))
	for _, context := range r.server.contexts {
		if isUnder(c, context) && len(context) > len(best) {
			best = context
		}
	}
	return best
}

// contextOf is the naming context that a DN lies in, or the DN without its first part.
func (r *reading) contextOf(dn string) string { return cmp.Or(r.domainOf(dn), parentOf(dn)) }

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
