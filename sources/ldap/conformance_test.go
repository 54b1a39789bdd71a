package ldap_test

import (
	"context"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sources/sourcetest"
)

// asking is a source that is asked for some attributes, whatever is needed: the suite asks for nothing by name.
type asking struct {
	sources.Source
	need []string
}

func (a asking) Open(ctx context.Context, r sources.Request) (sources.Reading, error) {
	r.Need = a.need
	return a.Source.Open(ctx, r)
}

// reader is the configuration that reads everybody from a server, as its reader.
func reader(url, password string) ldap.Config {
	return ldap.Config{URLs: []string{url}, Bind: ldap.Bind{Method: "simple", DN: ldaptest.ReaderDN, Password: password},
		Bases: []string{"ou=people," + ldaptest.BaseDN}, Scope: "sub", Filter: "(objectClass=inetOrgPerson)", PageSize: 100,
		Timeout: 10 * time.Second, Referrals: "error"}
}

func TestConformance(t *testing.T) {
	need := []string{"dn", "uid", "cn", "mail"}
	sourcetest.Run(t, sourcetest.Factory{
		Whole: func(t *testing.T, n int) sources.Source {
			s := ldaptest.Start(t, ldaptest.StartSlapd, ldaptest.SlapdOptions{People: n})
			return asking{ldap.New(reader(s.URL(), s.Password)), need}
		},
		Broken: func(t *testing.T) sources.Source {
			o := ldaptest.SlapdOptions{People: 1000, Database: `limits dn.exact="` + ldaptest.ReaderDN + `" size=500`}
			s := ldaptest.Start(t, ldaptest.StartSlapd, o)
			return asking{ldap.New(reader(s.URL(), s.Password)), need}
		},
	})
}
