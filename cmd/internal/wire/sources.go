package wire

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/sources/csv"
	"github.com/rosterd/rosterd/sources/ldap"
	"github.com/rosterd/rosterd/sync/record"
)

// feed are the settings of a CSV source.
func feed(c *config.CSV) csv.Config {
	settings := csv.Config{Path: string(c.Path), Glob: c.Glob, All: c.Pick == "all", Delimiter: byte(c.Delimiter), NoQuote: c.Quote == 0,
		Encoding: string(c.Encoding), SkipLines: c.SkipLines, Null: c.Null, Settle: c.Settle, MaxAge: c.MaxAge, Trailer: c.Trailer}
	if !c.Header {
		settings.Columns = c.Columns
	}
	return settings
}

// directory are the settings of an LDAP source.
func directory(c *config.LDAP, log zerolog.Logger) ldap.Config {
	settings := ldap.Config{URLs: c.URLs, StartTLS: c.StartTLS, Bind: ldap.Bind{Method: c.Bind.Method, DN: c.Bind.DN, Password: c.Bind.Password.Reveal()},
		TLS: ldap.TLS{CAFile: string(c.TLS.CAFile), CertFile: string(c.TLS.CertFile), KeyFile: string(c.TLS.KeyFile), ServerName: c.TLS.ServerName,
			Insecure: c.TLS.Insecure},
		Bases: c.BaseDN, MayBeEmpty: c.MayBeEmpty, Scope: c.Scope, Filter: c.Filter, PageSize: c.PageSize, Timeout: c.Timeout, Referrals: c.Referrals, Log: log}
	if g := c.Groups; g != nil {
		settings.Groups = &ldap.Groups{Bases: g.BaseDN, Filter: g.Filter, Member: g.Member, Nested: g.Nested}
	}
	return settings
}

// unreachable finds what a job asks for that its kind of source can't have, whatever is in it.
func (w *Wiring) unreachable(cj config.Job, need []string) (problems []config.Problem) {
	source := w.config.Sources[cj.Source]
	complain := func(format string, args ...any) {
		problems = append(problems, w.config.Problem([]string{"jobs", cj.Name, "source"}, -1, fmt.Sprintf(format, args...)))
	}
	for _, name := range need {
		dn, group := record.GroupOf(name)
		switch {
		case source.LDAP == nil && group:
			complain("in_group(%q) asks a directory, and source %s is a feed", dn, cj.Source)
		case source.LDAP == nil, group, strings.EqualFold(name, record.DN):
		default:
			if err := ldap.CheckAttribute(name); err != nil {
				complain("source %s is a directory, and %q can't be an attribute of it: %v", cj.Source, name, err)
			}
		}
	}
	return problems
}
