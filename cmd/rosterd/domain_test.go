package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// domain is an Active Directory that many tests share, because it takes five seconds to make. Each has a unit of its own, and none
// stops the server.
type domain struct {
	mu    sync.Mutex // a Samba is for one goroutine at a time
	samba *ldaptest.Samba
	err   error
	units int
	users int
}

// shared is started by the first test that wants it, and ended by TestMain.
var shared domain

// start starts the domain, once.
func (d *domain) start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.samba == nil && d.err == nil {
		d.samba, d.err = ldaptest.StartSamba(ldaptest.SambaOptions{})
	}
	return d.err
}

func (d *domain) close() error {
	if d.samba == nil {
		return nil
	}
	return d.samba.Close()
}

// do has the domain to itself.
func (d *domain) do(f func(s *ldaptest.Samba) error) error {
	if err := d.start(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return f(d.samba)
}

// unit is an organisational unit of one test.
type unit struct {
	domain *domain
	dn     string
	number int

	numbered []string // people, by DN
}

// newUnit makes one.
func (d *domain) newUnit() (*directory, error) {
	out := &directory{}
	err := d.do(func(s *ldaptest.Samba) error {
		d.units++
		out.unit = &unit{domain: d, dn: fmt.Sprintf("OU=test%d,%s", d.units, s.BaseDN), number: d.units}
		out.url, out.ldaps, out.ca, out.user, out.password, out.base = s.URL(), s.LDAPSURL(), s.CAFile, s.AdminDN, s.Password, out.unit.dn
		return s.AddOU(out.unit.dn)
	})
	return out, err
}

// full is the DN of a name within the unit: ada is CN=ada, OU=x and CN=a,OU=x are as they are.
func (u *unit) full(name string) string {
	switch {
	case strings.HasSuffix(name, u.dn) || strings.HasSuffix(name, "DC=test"):
		return name
	case !strings.Contains(name, "="):
		name = "CN=" + name
	}
	return name + "," + u.dn
}

// login is a name that is the domain's only one.
func (u *unit) login(name string) string {
	cn, _, _ := strings.Cut(strings.TrimPrefix(name, "CN="), ",")
	return fmt.Sprintf("%.16s-%d", cn, u.number)
}

// user adds one with the usual attributes, unless others are given.
func (u *unit) user(name string, attrs ...ldaptest.Attribute) error {
	cn, _, _ := strings.Cut(strings.TrimPrefix(name, "CN="), ",")
	all := map[string]ldaptest.Attribute{}
	for _, a := range append([]ldaptest.Attribute{ldaptest.Attr("sAMAccountName", u.login(name)), ldaptest.Attr("givenName", "Given"),
		ldaptest.Attr("sn", cn), ldaptest.Attr("mail", cn+"@example.com")}, attrs...) {
		all[a.Name] = a
	}
	var list []ldaptest.Attribute
	for _, a := range all {
		list = append(list, a)
	}
	return u.domain.do(func(s *ldaptest.Samba) error { return s.AddUser(u.full(name), list...) })
}

// people adds n users, named by numbers that are the domain's only ones, and gives their DNs.
func (u *unit) people(n int) (dns []string, err error) {
	err = u.domain.do(func(s *ldaptest.Samba) error {
		first := u.domain.users
		u.domain.users += n
		for i := first; i < u.domain.users; i++ {
			dns = append(dns, fmt.Sprintf("CN=user%05d,%s", i, u.dn))
		}
		return s.AddUsers(u.dn, first, n)
	})
	return dns, err
}

func (u *unit) group(name string, members []string, attrs ...ldaptest.Attribute) error {
	full := make([]string, len(members))
	for i, m := range members {
		full[i] = u.full(m)
	}
	return u.domain.do(func(s *ldaptest.Samba) error {
		return s.AddGroup(u.full(name), full, append(attrs, ldaptest.Attr("sAMAccountName", u.login(name)))...)
	})
}

// put makes people the members of a group, which is made if there is none.
func (u *unit) put(name string, members []string) error {
	err := u.set(name, ldaptest.Attr("member", members...))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return u.group(name, members)
	}
	return err
}

// primary makes a group a user's primary one, which leaves it out of memberOf and of the group's member.
func (u *unit) primary(name, group string) error {
	sid, err := u.value(group, "objectSid")
	if err != nil {
		return err
	}
	if err := u.add(group, u.full(name)); err != nil { // who is no member can't have it as primary group
		return err
	}
	rid := binary.LittleEndian.Uint32(sid[len(sid)-4:])
	return u.set(name, ldaptest.Attr("primaryGroupID", fmt.Sprint(rid)))
}

// add adds a member to a group.
func (u *unit) add(group, member string) error {
	return u.domain.do(func(s *ldaptest.Samba) error {
		c, err := s.Dial()
		if err != nil {
			return err
		}
		defer c.Close()
		r := ldap.NewModifyRequest(u.full(group), nil)
		r.Add("member", []string{member})
		return c.Modify(r)
	})
}

func (u *unit) set(name string, attrs ...ldaptest.Attribute) error {
	return u.domain.do(func(s *ldaptest.Samba) error { return s.Set(u.full(name), attrs...) })
}

func (u *unit) move(name, to string) error {
	return u.domain.do(func(s *ldaptest.Samba) error { return s.Move(u.full(name), u.full(to)) })
}

func (u *unit) delete(name string) error {
	return u.domain.do(func(s *ldaptest.Samba) error { return s.Delete(u.full(name)) })
}

// value is one value of an entry, as the administrator sees it.
func (u *unit) value(name, attribute string) (value []byte, err error) {
	err = u.domain.do(func(s *ldaptest.Samba) error {
		c, err := s.Dial()
		if err != nil {
			return err
		}
		defer c.Close()
		got, err := c.Search(ldap.NewSearchRequest(u.full(name), ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{attribute}, nil))
		if err == nil {
			value = got.Entries[0].GetRawAttributeValue(attribute)
		}
		return err
	})
	return value, err
}

// guid is an objectGUID as Microsoft writes it: the first three parts have their lowest byte first (MS-DTYP 2.3.4.2).
func (u *unit) guid(name string) (string, error) {
	b, err := u.value(name, "objectGUID")
	if err != nil || len(b) != 16 {
		return "", errors.Join(err, fmt.Errorf("an objectGUID of %d bytes", len(b)))
	}
	return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:]), nil
}

// lockOut types a wrong password until the user is locked out, as anybody can.
func (u *unit) lockOut(name string) error {
	return u.domain.do(func(s *ldaptest.Samba) error {
		if err := s.Set(s.BaseDN, ldaptest.Attr("lockoutThreshold", "3"), ldaptest.Attr("lockoutDuration", "-18000000000"), ldaptest.Attr("lockOutObservationWindow", "-18000000000")); err != nil {
			return err
		}
		for range 4 {
			c, err := s.Dial()
			if err != nil {
				return err
			}
			err = c.Bind(u.full(name), "wrong")
			c.Close()
			if !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
				return fmt.Errorf("a wrong password: %w", err)
			}
		}
		return nil
	})
}
