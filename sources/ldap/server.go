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
	paging   bool     // it offers paged results
	ad       bool     // Active Directory, or Samba as one
	openLDAP bool
	schema   string // the DN of the subschema; "" if it does not say
}

// examine reads the root DSE. Who hides it can be read all the same.
func (r *reading) examine(l *link) error {
	l.split.Page(r.patience())
	res, err := l.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false, anyObject, []string{"objectClass",
		"namingContexts", "supportedControl", "supportedCapabilities", "subschemaSubentry", "vendorName", "vendorVersion", "dnsHostName",
		"isSynchronized"}, nil))
	switch code, answered := resultCode(err); {
	case err != nil && !answered:
		return fmt.Errorf("ask what the server is: %w", silence(l.cause(err), r.patience()))
	case code == ldap.LDAPResultBusy, code == ldap.LDAPResultUnavailable:
		return fmt.Errorf("ask what the server is: %w", explained(err))
	case answered, len(res.Entries) != 1:
		r.server = server{product: "a server that hides its root DSE", paging: true}
		return nil
	}
	e := res.Entries[0]
	s := server{schema: e.GetEqualFoldAttributeValue("subschemaSubentry"), product: e.GetEqualFoldAttributeValue("vendorName"),
		ad:     slices.Contains(e.GetEqualFoldAttributeValues("supportedCapabilities"), activeDirectory),
		paging: slices.Contains(e.GetEqualFoldAttributeValues("supportedControl"), pagedResults)}
	for _, dn := range e.GetEqualFoldAttributeValues("namingContexts") {
		s.contexts = append(s.contexts, canonical(dn))
	}
	switch {
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
		s.product += " " + v
	}
	if host := e.GetEqualFoldAttributeValue("dnsHostName"); host != "" {
		s.product += " on " + host
	}
	r.server = s
	if strings.EqualFold(e.GetEqualFoldAttributeValue("isSynchronized"), "FALSE") {
		return fmt.Errorf("%s is still being filled by replication, so it does not have everybody yet", s.product)
	}
	if !s.paging {
		return fmt.Errorf("%s does not offer paged results (RFC 2696, control %s), so that nobody could prove that it gave everything", s.product, pagedResults)
	}
	return nil
}
