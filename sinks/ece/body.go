package ece

import (
	"strings"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/record"
)

// body is the JSON object of attributes, those of security in one of their own; null and false stay what they are. The secrets are
// the password, in every form in which an answer might repeat it.
//
//	email, full_name, security.enabled, security.roles  →  {"email":…,"full_name":…,"security":{"enabled":…,"roles":…}}
func body(a record.Attrs) (text []byte, secrets []string) {
	var top, inner record.Attrs
	for _, at := range a {
		if at.Value.Kind() == record.Generated {
			at.Value = record.TextOf(sinks.Password(int(at.Value.Int())))
		}
		if at.Name == password && !at.Value.IsNull() {
			secrets = append(secrets, sinks.SecretForms(at.Value.Text())...)
		}
		if name, ok := strings.CutPrefix(at.Name, nested+"."); ok {
			inner = append(inner, record.Attr{Name: name, Value: at.Value})
		} else {
			top = append(top, at)
		}
	}
	if len(inner) == 0 {
		return top.AppendJSON(nil), nil
	}
	// security goes first, which saves asking whether a comma is needed before it.
	text = inner.AppendJSON([]byte(`{"` + nested + `":`))
	if rest := top.AppendJSON(nil); len(top) > 0 {
		return append(append(text, ','), rest[1:]...), secrets
	}
	return append(text, '}'), secrets
}
