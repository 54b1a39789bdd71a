package ldap

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sync/near"
)

// schema is which names an attribute has: in lower case, each with the one that stands for all of its names. A name that the server
// doesn't know would be empty for everybody, and one asked for as `surname` comes back as `sn`. nil: not known.
type schema map[string]attributeName

// attributeName is one name of an attribute.
type attributeName struct {
	one     string // stands for all of its names: its OID
	spelled string // as the server writes it
}

// readSchema asks for the attribute types (RFC 4512, 4.2). A server that does not show them is believed; that it can't just now is an
// error, since a name's other names would not be known, and what goes by them be empty for everybody.
func (r *reading) readSchema(l *link) (schema, error) {
	if r.server.schema == "" {
		return nil, nil
	}
	l.split.Page(r.config.Timeout)
	res, err := l.Search(ldap.NewSearchRequest(r.server.schema, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, subschemaObjects,
		[]string{attributeTypes}, nil))
	if code, answered := resultCode(err); answered && slices.Contains(hidden(), code) {
		return nil, nil
	} else if err != nil {
		return nil, r.searchError(l, r.server.schema, err)
	}
	s := schema{}
	for _, e := range res.Entries {
		for _, text := range e.GetEqualFoldAttributeValues(attributeTypes) {
			s.add(text)
		}
	}
	if len(s) == 0 {
		return nil, nil
	}
	return s, nil
}

const attributeTypes = "attributeTypes"

// hidden are the results by which a server says that something is not for us to see. Any other may be gone a minute later.
func hidden() []uint16 {
	return []uint16{ldap.LDAPResultNoSuchAttribute, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights}
}

// add takes one description: ( 2.5.4.4 NAME ( 'sn' 'surname' ) DESC '...' ... ), RFC 4512, 4.1.2. One of another form adds nothing.
func (s schema) add(text string) {
	oid, rest, _ := strings.Cut(strings.TrimLeft(text, "( "), " ")
	if oid == "" {
		return
	}
	oid = strings.ToLower(oid)
	s[oid] = attributeName{oid, oid}
	rest = strings.TrimLeft(rest, " ")
	rest, named := strings.CutPrefix(rest, "NAME ")
	if !named {
		return
	}
	rest = strings.TrimLeft(rest, " ")
	list, many := strings.CutPrefix(rest, "(")
	if many {
		list, _, _ = strings.Cut(list, ")")
	}
	quoted := strings.Split(list, "'") // every second part is a name
	for i := 1; i < len(quoted); i += 2 {
		s[strings.ToLower(quoted[i])] = attributeName{oid, quoted[i]}
		if !many {
			break
		}
	}
}

// is gives the one name for all names of an attribute: itself in lower case, if it is not known better.
func (s schema) is(name string) string {
	name = strings.ToLower(name)
	if n, ok := s[name]; ok {
		return n.one
	}
	return name
}

// checkFilter finds the names in a filter that the server does not know. To it, a comparison with them is undefined (RFC 4511, 4.5.1.7):
// it selects nobody, and its opposite doesn't either.
func (s schema) checkFilter(key, filter string) error {
	if s == nil {
		return nil
	}
	names, err := parseFilter(filter)
	if err == nil {
		err = s.check(names)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", key, filter, err)
	}
	return nil
}

// check finds the names that the server does not know, of attributes without their options.
func (s schema) check(names []string) error {
	if s == nil {
		return nil
	}
	var problems []error
	for _, name := range names {
		base, _, _ := strings.Cut(name, ";")
		if _, ok := s[strings.ToLower(base)]; ok {
			continue
		}
		hint := near.Suggest(base, s.names())
		if strings.EqualFold(base, memberOf) {
			hint = "; groups tells how to read membership where memberOf is not offered"
		}
		problems = append(problems, fmt.Errorf("the server's schema has no attribute %q%s", base, hint))
	}
	return errors.Join(problems...)
}

// names are all names as the server writes them.
func (s schema) names() []string {
	all := make([]string, 0, len(s))
	for _, n := range s {
		all = append(all, n.spelled)
	}
	slices.Sort(all)
	return all
}
