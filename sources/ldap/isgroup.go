package ldap

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// tellsGroups finds out whether a server can tell who belongs to a group at all.
func (r *reading) tellsGroups(l *link) error {
	_, port, _ := net.SplitHostPort(l.from.dial) // a socket has none
	switch {
	case (r.server.ad || r.server.hidden) && (port == "3268" || port == "3269"): // MS-ADTS 3.1.1.1.10
		return errors.New("the global catalog (ports 3268 and 3269) does not have the members of global and domain-local groups: " +
			"write port 389 into urls, or ldaps with 636")
	case r.server.hidden && r.config.Groups == nil:
		return fmt.Errorf("the server hides its root DSE, so that nobody can tell whether it is Active Directory, where memberOf leaves out the primary group: "+
			"have the root DSE shown to %s, or have membership read from the groups themselves with `groups`", r.config.Bind.name())
	}
	return nil
}

// exists proves that there is a group of that name, and takes the name as the server spells it: memberOf has cn=staff where
// commonName=staff was asked for.
func (r *reading) exists(l *link, g *group) error {
	found := false
	var classes []string
	err := r.query(l, g.dn, ldap.ScopeBaseObject, anyObject, []string{objectClass}, func(e *ber.Entry) error {
		found, g.dn = true, string(e.DN)
		for _, a := range e.Attributes {
			for _, v := range a.Values {
				classes = append(classes, string(v))
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("there is no such group, or %s may not see it", r.config.Bind.name())
	}
	return r.isGroup(l, g.dn, classes)
}

const objectClass = "objectClass"

// isGroup proves that an entry is a group, by its class or because it has members. An organizational unit, or somebody, has none, so that it
// would be said of everybody that they are not in it.
func (r *reading) isGroup(l *link, dn string, classes []string) error {
	if slices.ContainsFunc(classes, isGroupClass) {
		return nil
	}
	filters := []string{anyMember}
	if len(classes) == 0 {
		filters = append(filters, groupObjects) // it may be that it can be searched and not read
	}
	if r.config.Groups != nil {
		filters = append(filters, r.config.Groups.Filter, "("+r.config.Groups.Member+"=*)")
	}
	for _, filter := range filters {
		if is, err := r.fits(l, dn, filter); is || err != nil {
			return err
		}
	}
	what := "its objectClass is " + list(classes)
	if len(classes) == 0 {
		what = r.config.Bind.name() + " may not see its objectClass"
	}
	return fmt.Errorf("it is no group (%s), and has no members: write the DN of a group, such as cn=staff,%s; "+
		"what is a group of a class of its own, groups.filter says", what, dn)
}

// isGroupClass reports whether what is of that class is a group.
func isGroupClass(name string) bool {
	switch strings.ToLower(name) {
	case "group", "groupofnames", "groupofuniquenames", "groupofmembers", "groupofentries", "groupofurls", "posixgroup", "dynamicgroup":
		return true
	}
	return false
}

// unchanged reads the groups once more when all entries have come: somebody who was renamed or moved in between is in their group by the
// old name, and came by the new one.
func (r *reading) unchanged(l *link) error {
	return r.eachGroup(l, func(i int, again group) error {
		if g := &r.groups[i]; canonical(again.dn) != canonical(g.dn) || !maps.Equal(again.within, g.within) || !maps.Equal(again.primary, g.primary) || !maps.Equal(again.members, g.members) {
			return errors.New("the groups changed while they were read; the next run reads anew")
		}
		return nil
	})
}
