package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// What an answer might repeat of ours: a token behind its scheme, a field that holds a secret.
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic|apikey)\s+[a-z0-9._~+/=-]{8,}`)
	hidden = regexp.MustCompile(`(?i)((?:client_secret|access_token|refresh_token|id_token|api_?key|password)"?\s*[=:]\s*)("[^"]*"|[^\s"&,;}\]]{6,})`)
)

// redact takes out what a target might repeat of ours, and what looks like it.
func redact(s string, secrets []string) string {
	s = without(s, secrets)
	s = bearer.ReplaceAllString(s, "$1 [secret]")
	return hidden.ReplaceAllString(s, "$1[secret]")
}

// without takes secrets out. It wants the whole text: of a secret that was cut in two, neither part would be found.
func without(s string, secrets []string) string {
	for _, form := range forms(secrets) {
		s = strings.ReplaceAll(s, form, "[secret]")
	}
	return s
}

// forms are secrets as an answer might repeat them: as they are, as JSON, in a form, in a path, in a page, in base64. The longest come first,
// for one may stand within another. What has three characters or fewer is no secret, and would be found everywhere.
func forms(secrets []string) []string {
	var all []string
	for _, s := range secrets {
		if len(s) <= 3 {
			continue
		}
		quoted, _ := json.Marshal(s) // a text always can be
		all = append(all, s, string(quoted[1:len(quoted)-1]), url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s),
			base64.RawStdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
