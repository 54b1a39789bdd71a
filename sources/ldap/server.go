package ldap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// What the root DSE says (RFC 4512, 5.1).
const (
	pagedResults     = ldap.ControlTypePaging
	activeDirectory  = "1.2.840.113556.1.4.800" // supportedCapabilities: MS-ADTS 3.1.1.3.4.3
	openLDAPRootDSE  = "OpenLDAProotDSE"
	anyObject        = "(objectClass=*)"
	noAttributes     = "1.1" // RFC 4511, 4.5.1.8
	subschemaObjects = "(objectClass=subschema)"
)

// server is what a directory says of itself.
type server struct {
	product  string   // for people
	contexts []string // the naming contexts, canonical
	hidden   bool     // it says nothing of itself
	ad       bool     // Active Directory, or Samba as one
	openLDAP bool
	schema   string // the DN of the subschema; "" if it does not say
}

// examine reads the root DSE. Who hides it can be read all the same; but who can't show it just now is not: what it is decides how its
// groups are read, and whether it has everybody yet.
func (r *reading) examine(l *link) error {
	l.split.Page(r.patience())
	res, err := l.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false, anyObject, []string{"objectClass",
		"namingContexts", "supportedControl", "supportedCapabilities", "subschemaSubentry", "vendorName", "vendorVersion", "isSynchronized"}, nil))
	switch code, answered := resultCode(err); {
	case err != nil && !answered:
		return fmt.Errorf("ask what the server is: %w", silence(l.cause(err), r.patience()))
	case answered && !slices.Contains(hidden(), code):
		return fmt.Errorf("ask what the server is: %w", explained(err))
	case err == nil && len(res.Entries) > 1:
		return fmt.Errorf("ask what the server is: it gave %d root DSEs, and there is one", len(res.Entries))
	case answered, len(res.Entries) == 0:
		r.server = server{product: "a server that hides its root DSE", hidden: true}
		return nil
	}
	return r.recognise(res.Entries[0])
}

// recognise takes from the root DSE what the server is, and whether it can be read.
func (r *reading) recognise(e *ldap.Entry) error {
	s := server{schema: e.GetEqualFoldAttributeValue("subschemaSubentry"), product: words(e.GetEqualFoldAttributeValue("vendorName")),
		ad: slices.Contains(e.GetEqualFoldAttributeValues("supportedCapabilities"), activeDirectory)}
	for _, dn := range e.GetEqualFoldAttributeValues("namingContexts") {
		s.contexts = append(s.contexts, canonical(dn))
	}
	switch {
	case s.ad && strings.HasPrefix(s.product, "Samba"): // "Samba Team (https://www.samba.org)"
		s.product = "Samba AD"
	case s.ad && s.product == "":
		s.product = "Active Directory"
	case s.ad:
		s.product = "Active Directory by " + s.product
	case slices.Contains(e.GetEqualFoldAttributeValues("objectClass"), openLDAPRootDSE):
		s.product, s.openLDAP = "OpenLDAP", true
	case s.product == "":
		s.product = "a server that does not say what it is"
	}
	if v := e.GetEqualFoldAttributeValue("vendorVersion"); v != "" {
		s.product += " " + words(v)
	}
	r.server = s
	if strings.EqualFold(e.GetEqualFoldAttributeValue("isSynchronized"), "FALSE") {
		return fmt.Errorf("%s is still being filled by replication, so it does not have everybody yet", s.product)
	}
	if !slices.Contains(e.GetEqualFoldAttributeValues("supportedControl"), pagedResults) {
		return fmt.Errorf("%s does not offer paged results (RFC 2696, control %s), so that nobody could prove that it gave everything", s.product, pagedResults)
	}
	return nil
}
