package ldap

import (
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// explainSearch logs the ldapsearch that reads the same, for an administrator to try: one line for each base. It asks for the password
// instead of naming it.
func (r *reading) explainSearch() {
	if !r.config.Log.Debug().Enabled() {
		return
	}
	for _, b := range r.bases {
		r.config.Log.Debug().Str("server", r.name()).Str("product", r.server.product).Str("command", r.command(b.dn)).Msg("directory is searched")
	}
}

// command is the ldapsearch of OpenLDAP that searches below a base.
func (r *reading) command(base string) string {
	c := r.config
	var words []string
	for _, setting := range [][2]string{{"CACERT", c.TLS.CAFile}, {"CERT", c.TLS.CertFile}, {"KEY", c.TLS.KeyFile}} {
		if setting[1] != "" {
			words = append(words, "LDAPTLS_"+setting[0]+"="+quoted(setting[1]))
		}
	}
	if c.TLS.Insecure {
		words = append(words, "LDAPTLS_REQCERT=never")
	}
	search := []string{"ldapsearch", "-LLL", "-H", r.main.from.url}
	if r.main.encrypted && !r.main.from.tls {
		search = append(search, "-ZZ")
	}
	switch c.Bind.Method {
	case "anonymous":
		search = append(search, "-x")
	case "external":
		search = append(search, "-Q", "-Y", "EXTERNAL")
	default:
		search = append(search, "-x", "-D", c.Bind.DN, "-W")
	}
	search = append(search, "-b", base, "-s", c.Scope, "-E", fmt.Sprintf("!pr=%d/noprompt", c.PageSize), c.Filter)
	for _, word := range append(search, r.requested()...) {
		words = append(words, quoted(word))
	}
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@;%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// asksGroups reports whether in_group is asked for.
func asksGroups(need []string) bool {
	for _, name := range need {
		if _, ok := record.GroupOf(name); ok {
			return true
		}
	}
	return false
}
