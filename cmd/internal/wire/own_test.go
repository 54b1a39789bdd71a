package wire

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

// To switch off who rosterd logs in as would lock it out.
func TestTheOwnUserIsNeverToBeTouched(t *testing.T) {
	for _, c := range []struct {
		kind, sink, resourceMap, attribute, own, other string
	}{
		{"JITSudo", "jitsudo: {base_url: http://127.0.0.1:1, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {login: {email: \"sync*@example.com\", password: b}}}",
			"{email: mail, name: who, roles: '[\"user\"]', auth_provider: {const: saml}}", "email", "Sync*@Example.com", "sync1@example.com"},
		{"ECE", "ece: {base_url: http://127.0.0.1:1/api/v1, auth: {username: admin, password: b}}",
			"{user_name: id, security.roles: {const: [ece_deployment_viewer]}, security.password: password(12)}", "user_name", "admin", "administrator"},
	} {
		from := strings.Index(text, "    clarus:")
		to := strings.Index(text, "    rate:")
		w, err := wired(t, strings.Replace(text[:from]+"    "+c.sink+"\n"+text[to:], "{email: mail, name: who}", c.resourceMap, 1), nil)
		if err != nil {
			t.Fatal(c.kind, err)
		}
		rules := w.Jobs[0].Rules
		who := func(name string) record.Attrs {
			return record.Attrs{{Name: c.attribute, Value: record.TextOf(name)}}
		}
		if !rules.Untouchable("7", who(c.own)) || rules.Untouchable("7", who(c.other)) {
			t.Errorf("%s: of %s and %s, the first alone is never to be touched: %v", c.kind, c.own, c.other, rules.NeverTouch)
		}
		w.Close()
	}
}

func TestAJobTakesTheRecordsOfNoJobThatIsThere(t *testing.T) {
	both := strings.TrimRight(text, "\n") + "\n  new: {was: hr, source: hr, sink: wms, resource: users, key: id, map: {email: mail, name: who}}\n"
	if w, err := wired(t, both, nil); err == nil || !strings.Contains(err.Error(), "is still there") {
		t.Errorf("%v, %v", w, err)
	}
}
