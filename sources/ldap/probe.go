package ldap

import (
	"context"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap/ber"
)

// Probe connects and binds, and asks for the first page below every base: what it says is for an administrator.
func (s *Source) Probe(ctx context.Context, r sources.Request) ([]string, error) {
	opened, err := s.Open(ctx, r)
	if err != nil {
		return nil, err
	}
	rd := opened.(*reading)
	defer rd.Close()
	var said []string
	for _, err := range rd.vain {
		said = append(said, err.Error()+"; went on to the next")
	}
	paging := "offered"
	if rd.server.hidden {
		paging = "perhaps offered: the server hides its root DSE"
	}
	said = append(said, fmt.Sprintf("%s is %s; bound as %s; paged results are %s", rd.name(), rd.server.product, rd.config.Bind.name(), paging))
	for i := range rd.bases {
		b, n := &rd.bases[i], 0
		control := &criticalPaging{ldap.ControlPaging{PagingSize: uint32(rd.config.PageSize)}}
		res, err := rd.search(rd.main, ldap.NewSearchRequest(b.dn, scopes[rd.config.Scope], ldap.NeverDerefAliases, 0, 0, false, rd.config.Filter,
			rd.requested(), []ldap.Control{control}), func(*ber.Entry) error { n++; return nil })
		if err != nil {
			return said, fmt.Errorf("%s: the first page of %s: %w", rd.name(), b.dn, rd.searchError(rd.main, b.dn, err))
		}
		if err := rd.continuations(res.Referrals); err != nil {
			return said, fmt.Errorf("%s: the first page of %s: %w", rd.name(), b.dn, err)
		}
		more := "there are no more"
		if answer, ok := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging); !ok {
			more = "the server ignored the paging control, so that nobody can tell whether there are more"
		} else if len(answer.Cookie) > 0 {
			more = "there are more"
		} else if n == 0 && !b.mayBe {
			return said, fmt.Errorf("%s: %w", rd.name(), rd.nothing(b))
		}
		said = append(said, fmt.Sprintf("the first page below %s has %d entries; %s", b.dn, n, more))
	}
	return said, nil
}
