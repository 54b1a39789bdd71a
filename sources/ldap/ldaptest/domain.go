package ldaptest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// Add adds an entry.
func (s *Samba) Add(dn string, attrs ...Attribute) error {
	r := ldap.NewAddRequest(dn, nil)
	for _, a := range attrs {
		r.Attribute(a.Name, a.Values)
	}
	if err := s.admin.Add(r); err != nil {
		return fmt.Errorf("add %s: %w", dn, err)
	}
	return nil
}

// AddOU adds an organisational unit.
func (s *Samba) AddOU(dn string) error { return s.Add(dn, Attr("objectClass", "organizationalUnit")) }

// AddUser adds a user. Without other values for them it is enabled (userAccountControl 512), and its sAMAccountName is its common
// name, which then has 20 characters at most.
func (s *Samba) AddUser(dn string, attrs ...Attribute) error {
	return s.Add(dn, withDefaults(attrs, Attr("objectClass", "user"), Attr("sAMAccountName", commonName(dn)), Attr("userAccountControl", "512"))...)
}

// AddUsers adds n users below a unit, numbered from first: CN=user00000 and so on, some 400 a second. Other units want other
// numbers, because a name is unique in the domain.
func (s *Samba) AddUsers(below string, first, n int) error {
	for i := first; i < first+n; i++ {
		name, number := fmt.Sprintf("user%05d", i), fmt.Sprintf("%05d", i)
		if err := s.AddUser("CN="+name+","+below, Attr("givenName", "Zoë"), Attr("sn", "Nr. "+number), Attr("mail", name+"@example.com"),
			Attr("userPrincipalName", name+"@"+realm), Attr("employeeID", "E"+number), Attr("department", fmt.Sprint("D", i%7))); err != nil {
			return err
		}
	}
	return nil
}

// AddGroup adds a global security group; members are DNs of users and of groups. Without another value its sAMAccountName is its common name.
func (s *Samba) AddGroup(dn string, members []string, attrs ...Attribute) error {
	attrs = withDefaults(attrs, Attr("objectClass", "group"), Attr("sAMAccountName", commonName(dn)), Attr("groupType", "-2147483646"))
	if len(members) > 0 {
		attrs = append(attrs, Attr("member", members...))
	}
	return s.Add(dn, attrs...)
}

// Set replaces attributes; one without values is taken away. userAccountControl, accountExpires and member are set like any other.
func (s *Samba) Set(dn string, attrs ...Attribute) error {
	r := ldap.NewModifyRequest(dn, nil)
	for _, a := range attrs {
		r.Replace(a.Name, a.Values)
	}
	if err := s.admin.Modify(r); err != nil {
		return fmt.Errorf("set attributes of %s: %w", dn, err)
	}
	return nil
}

// Move gives an entry another name, another parent, or both.
func (s *Samba) Move(dn, to string) error {
	rdn, parent := cutDN(to)
	if err := s.admin.ModifyDN(ldap.NewModifyDNRequest(dn, rdn, true, parent)); err != nil {
		return fmt.Errorf("move %s to %s: %w", dn, to, err)
	}
	return nil
}

// Delete deletes an entry. The directory keeps its tombstone.
func (s *Samba) Delete(dn string) error {
	if err := s.admin.Del(ldap.NewDelRequest(dn, nil)); err != nil {
		return fmt.Errorf("delete %s: %w", dn, err)
	}
	return nil
}

// UnicodePwd is the attribute that gives a user a password, as Active Directory wants it: in quotes and UTF-16.
func UnicodePwd(password string) Attribute {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return Attr("unicodePwd", string(b))
}

// withDefaults adds those defaults that are not among the attributes.
func withDefaults(attrs []Attribute, defaults ...Attribute) []Attribute {
	attrs = slices.Clone(attrs)
	for _, d := range defaults {
		if !slices.ContainsFunc(attrs, func(a Attribute) bool { return strings.EqualFold(a.Name, d.Name) }) {
			attrs = append(attrs, d)
		}
	}
	return attrs
}

// cutDN cuts a DN at the comma after its first name.
func cutDN(dn string) (rdn, parent string) {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[:i], dn[i+1:]
		}
	}
	return dn, ""
}

func commonName(dn string) string {
	rdn, _ := cutDN(dn)
	_, name, _ := strings.Cut(rdn, "=")
	return name
}
