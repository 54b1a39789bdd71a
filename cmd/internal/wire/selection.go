package wire

import (
	"encoding/json"

	"github.com/rosterd/rosterd/cmd/internal/config"
)

// selection is what of a source's configuration decides which entries it gives, and what is in them: where one of these is another, an entry
// may be missing that nobody took out. Who asks and whom belongs to it, for a directory shows each what he may see; secrets, time-outs and
// what only proves a read complete do not.
func selection(s config.Source) string {
	var parts []any
	switch {
	case s.CSV != nil:
		c := s.CSV
		parts = []any{"csv", c.Path, c.Pick, c.Delimiter, c.Quote, c.Encoding, c.Header, c.Columns, c.SkipLines, c.Null}
	case s.LDAP != nil:
		l := s.LDAP
		parts = []any{"ldap", l.URLs, l.Bind.Method, l.Bind.DN, l.BaseDN, l.MayBeEmpty, l.Scope, l.Filter, l.Referrals, l.Groups}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // plain values: can't fail
	}
	return string(text)
}
