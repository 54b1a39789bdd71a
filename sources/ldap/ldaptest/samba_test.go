package ldaptest

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestSamba(t *testing.T) {
	s := Start(t, StartSamba, SambaOptions{Users: 3})
	admin := must(s.Dial())
	t.Cleanup(func() { admin.Close() })
	one := func(t *testing.T, dn string) *ldap.Entry {
		t.Helper()
		got := must(admin.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", nil, nil)))
		return got.Entries[0]
	}
	people := "OU=people," + s.BaseDN

	t.Run("binds by DN and UPN over ldaps and after StartTLS, and not in the clear", func(t *testing.T) {
		cfg := must(s.ClientTLS())
		for _, name := range []string{s.AdminDN, s.AdminUPN} {
			if err := dial(t, s.LDAPSURL(), cfg).Bind(name, s.Password); err != nil {
				t.Error(err)
			}
			c := dial(t, s.URL(), nil)
			if err := c.Bind(name, s.Password); !ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired) {
				t.Error(err)
			}
			if err := errors.Join(c.StartTLS(cfg), c.Bind(name, s.Password)); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("has the users of the options and continues at the base with three references", func(t *testing.T) {
		got := must(admin.Search(ldap.NewSearchRequest(s.BaseDN, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(mail=*)", nil, nil)))
		if len(got.Entries) != 3 || len(got.Referrals) != 3 {
			t.Errorf("%d entries, %v", len(got.Entries), got.Referrals)
		}
	})
	t.Run("a user is added with a password, disabled, expired, renamed, moved and deleted", func(t *testing.T) {
		dn, to := `CN=Ada\, Dr.,`+people, "CN=ada,OU=berlin,"+s.BaseDN
		err := errors.Join(s.AddOU("OU=berlin,"+s.BaseDN),
			s.AddUser(dn, Attr("sAMAccountName", "ada"), UnicodePwd("pässwörd-X1")),
			dial(t, s.LDAPSURL(), must(s.ClientTLS())).Bind(dn, "pässwörd-X1"))
		if err != nil {
			t.Fatal(err)
		}
		guid := one(t, dn).GetAttributeValue("objectGUID")
		if err := errors.Join(s.Set(dn, Attr("userAccountControl", "514"), Attr("accountExpires", "132000000000000000")), s.Move(dn, to)); err != nil {
			t.Fatal(err)
		}
		if e := one(t, to); e.GetAttributeValue("objectGUID") != guid || len(guid) != 16 || e.GetAttributeValue("userAccountControl") != "514" ||
			e.GetAttributeValue("accountExpires") != "132000000000000000" {
			t.Errorf("%v", e)
		}
		if err := s.Delete(to); err != nil {
			t.Error(err)
		}
		if err := s.Delete(to); !ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
			t.Error(err)
		}
	})
	t.Run("groups nest", func(t *testing.T) {
		inner, outer, user := "CN=inner,"+people, "CN=outer,"+people, "CN=user00001,"+people
		if err := errors.Join(s.AddGroup(inner, []string{user}), s.AddGroup(outer, []string{inner})); err != nil {
			t.Fatal(err)
		}
		filter := "(memberOf:1.2.840.113556.1.4.1941:=" + outer + ")"
		if got := search(t, admin, people, filter); len(got) != 2 || !slices.ContainsFunc(got, func(e *ldap.Entry) bool { return e.DN == user }) {
			t.Errorf("%v", got)
		}
	})
	t.Run("more users than one pool of RIDs has", func(t *testing.T) {
		if err := errors.Join(s.AddOU("OU=many,"+s.BaseDN), s.AddUsers("OU=many,"+s.BaseDN, 3, 600)); err != nil {
			t.Error(err)
		}
	})
	t.Run("stops and comes back with its data", func(t *testing.T) {
		if err := errors.Join(s.Pause(), s.Resume(), s.Restart(), s.Delete("CN=user00002,"+people)); err != nil {
			t.Error(err)
		}
	})
}

func TestSamba_TwoRunSideBySideAndLeaveNothingBehind(t *testing.T) {
	before := must(os.Stat("/etc/samba/smb.conf"))
	servers := make(chan *Samba, 2)
	for range 2 {
		go func() {
			s, err := StartSamba(SambaOptions{})
			if err != nil {
				t.Error(err)
			}
			servers <- s
		}()
	}
	for _, s := range []*Samba{<-servers, <-servers} {
		if s == nil {
			continue
		}
		pid := s.cmd.Process.Pid
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d: %v", pid, err)
		}
		if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", s.dir, err)
		}
	}
	if after := must(os.Stat("/etc/samba/smb.conf")); !after.ModTime().Equal(before.ModTime()) {
		t.Error("the machine's smb.conf was written")
	}
}
