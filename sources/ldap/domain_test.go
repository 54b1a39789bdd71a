package ldap

import (
	"sync"
	"testing"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// The domain controller that all tests share, because it takes five seconds to make: a test changes only what it has added.
var shared struct {
	sync.Mutex
	*ldaptest.Samba
}

// domain is an Active Directory with three users in OU=people.
func domain(t *testing.T) *ldaptest.Samba {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.Samba == nil {
		s, err := ldaptest.StartSamba(ldaptest.SambaOptions{Users: 3})
		if err != nil {
			t.Fatal(err)
		}
		shared.Samba = s
	}
	return shared.Samba
}

// domainReader reads users of the domain.
func domainReader(t *testing.T) (*ldaptest.Samba, Config) {
	t.Helper()
	s := domain(t)
	c := readerOf(s.LDAPSURL(), s.Password)
	c.Bind.DN, c.TLS.CAFile, c.Bases, c.Filter = s.AdminDN, s.CAFile, []string{"OU=people," + s.BaseDN}, "(objectClass=user)"
	return s, c
}

// controller is a scripted domain controller whose schema has primaryGroupID.
func controller() ldaptest.Identity {
	id := ldaptest.ActiveDirectory()
	types := &id.Subschema.Attributes[len(id.Subschema.Attributes)-1]
	types.Values = append(types.Values, "( 1.2.840.113556.1.4.98 NAME 'primaryGroupID' SYNTAX '1.3.6.1.4.1.1466.115.121.1.27' SINGLE-VALUE )")
	return id
}
