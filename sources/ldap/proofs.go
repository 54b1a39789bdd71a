package ldap

import (
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// Filters for what a group has, and has to have. OpenLDAP keeps what a class of RFC 4519 requires; others let groups be empty.
const (
	anyMember   = "(|(member=*)(uniqueMember=*)(memberUid=*))"
	byName      = "(|(member=*)(uniqueMember=*))"
	mustHaveOne = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"
)

// probed is how many members of a group are asked for their memberOf.
const probed = 16

// provesMemberOf holds memberOf against the group's members: a server may not keep it, may keep it only for what was added after it
// was told to, or may hide it. Active Directory keeps it always, so that it can only be hidden.
func (r *reading) provesMemberOf(l *link, g *group) error {
	peopled, err := r.fits(l, g.dn, byName)
	if err == nil && !peopled {
		return r.provesNobody(l, g.dn)
	}
	if err != nil {
		return err
	}
	members, err := r.someMembers(l, g.dn)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return fmt.Errorf("it has members, and %s may not read who they are, so that memberOf can't be held against them: "+
			"have it given the right to read member and uniqueMember", r.config.Bind.name())
	}
	for _, dn := range members {
		lives, err := r.fits(l, dn, anyObject)
		if err != nil && !isAbsence(err) {
			return err
		}
		if !lives {
			continue // a group that must have a member may have one that isn't there
		}
		shown, err := r.fits(l, dn, "("+memberOf+"="+ldap.EscapeFilter(g.dn)+")")
		if err != nil {
			return err
		}
		if !shown {
			return fmt.Errorf("%s is a member of it, and does not show it in memberOf: the server does not keep it, not for all, or hides it from %s; "+
				"with `groups` membership is read from the groups themselves", words(dn), r.config.Bind.name())
		}
	}
	return nil
}

// provesNobody looks at a group that has nobody whom memberOf could follow.
func (r *reading) provesNobody(l *link, dn string) error {
	if !r.server.ad { // where memberUid is only said besides
		switch byUID, err := r.fits(l, dn, "("+memberUID+"=*)"); {
		case err != nil:
			return err
		case byUID:
			return errors.New("its members are in memberUid, which memberOf does not follow: set `groups` with member: memberUid")
		}
	}
	return r.mayBeEmpty(l, dn)
}

// someMembers are a few members of a group, by DN.
func (r *reading) someMembers(l *link, dn string) (some []string, err error) {
	names := []string{"member", uniqueMember}
	if r.server.ad {
		names = []string{fmt.Sprintf("member;range=0-%d", probed-1)} // it may have a million
	}
	err = r.query(l, dn, ldap.ScopeBaseObject, anyObject, names, func(e *ber.Entry) error {
		for _, a := range e.Attributes {
			step := max(1, len(a.Values)/probed) // an old one and a new one may differ
			for i := 0; i < len(a.Values); i += step {
				some = append(some, string(a.Values[i]))
			}
		}
		return nil
	})
	return some, err
}

// isAbsence reports whether a search failed because this server has no such entry.
func isAbsence(err error) bool {
	var a answer
	return errors.As(err, &a) && (a.code == ldap.LDAPResultNoSuchObject || a.code == ldap.LDAPResultReferral || a.code == ldap.LDAPResultInvalidDNSyntax)
}

// fits reports whether the entry of that name fits a filter.
func (r *reading) fits(l *link, dn, filter string) (fits bool, err error) {
	err = r.query(l, dn, ldap.ScopeBaseObject, filter, []string{noAttributes}, func(*ber.Entry) error { fits = true; return nil })
	return fits, err
}

// provesEmpty looks at a group that has nobody in the attribute that is set for members.
func (r *reading) provesEmpty(l *link, dn string) error {
	member := r.config.Groups.Member
	hidden, err := r.fits(l, dn, "("+member+"=*)")
	if err == nil && hidden {
		return fmt.Errorf("%s has members in %s, and %s may not read who they are: have it given the right to", words(dn), member, r.config.Bind.name())
	}
	if err != nil {
		return err
	}
	switch peopled, err := r.fits(l, dn, anyMember); {
	case err != nil:
		return err
	case peopled:
		return fmt.Errorf("%s has members, but none in %s: set groups.member to the attribute that names them", words(dn), member)
	}
	return r.mayBeEmpty(l, dn)
}

// mayBeEmpty tells a group without members from one whose members can't be seen.
func (r *reading) mayBeEmpty(l *link, dn string) error {
	if !r.server.openLDAP {
		return nil
	}
	must, err := r.fits(l, dn, mustHaveOne)
	if err == nil && must {
		err = fmt.Errorf("%s may not see its members, of which a group of that class has at least one: have it given the right to read them", r.config.Bind.name())
	}
	return err
}
