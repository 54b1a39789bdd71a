package jitsudo

import (
	"errors"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

func TestConfigurationIsChecked(t *testing.T) {
	for _, id := range []string{"", "acme", "2489E9AD-2EE2-8E00-8EC9-32D5F69181C", "2489E9AD2EE28E008EC932D5F69181C0", "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0\n"} {
		if _, err := New(Config{TenantID: id}, nil); err == nil || !strings.HasPrefix(err.Error(), "read tenant_id: ") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestSchemaSaysWhatCanBeSentWhen(t *testing.T) {
	s := schema()
	if s.Natural != "email" || s.Active != "active" || s.Reference != "" {
		t.Errorf("%+v", s)
	}
	for attribute, want := range map[string]record.Attribute{
		"email":         {Type: record.TypeText, Required: true, Fixed: true},
		"name":          {Type: record.TypeText, Required: true},
		"roles":         {Type: record.TypeTexts, Required: true, Set: true},
		"auth_provider": {Type: record.TypeText, Fixed: true},
		"password":      {Type: record.TypeText, CreateOnly: true, WriteOnly: true},
		"active":        {Type: record.TypeBool},
	} {
		want.Name = attribute
		if got, ok := s.Lookup(attribute); !ok || got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestWhatNoTypeTells has what is known before there are records, too: a mapped attribute that is no constant is unknown.
func TestWhatNoTypeTells(t *testing.T) {
	text, list := record.TextOf, func(all ...string) record.Value { return record.ListOf(all) }
	unknown, made := record.UnknownValue(), record.GeneratedValue(20)
	for _, tc := range []struct {
		roles, provider, password record.Value
		says                      string // "" for nothing
	}{
		{list("user"), text("local"), text("x"), ""},
		{list("user", "approver", "admin"), text("oidc"), record.Value{}, ""},
		{list("user"), text("saml"), record.Value{}, ""},
		{list("user"), record.Value{}, made, ""},
		{list("user"), text("local"), unknown, ""},
		{list("user"), unknown, unknown, ""},
		{list("user"), unknown, record.Value{}, ""},
		{list("user"), unknown, made, ""},
		{unknown, text("local"), made, ""},
		{list("user", "Admin"), text("local"), made, `"Admin"`},
		{list("user"), text("ldap"), record.Value{}, "local, oidc, saml"},
		{list("user"), text("oidc"), made, "can't have a password"},
		{list("user"), text("saml"), unknown, "can't have a password"},
		{list("user"), text("local"), record.Value{}, "needs a password"},
		{list("user"), record.Value{}, record.Value{}, "needs a password"},
	} {
		err := check(record.Attrs{{Name: "auth_provider", Value: tc.provider}, {Name: "password", Value: tc.password}, {Name: "roles", Value: tc.roles}})
		var wrong *record.AttributeError
		if err != nil && (!errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), wrong.Name+" ")) {
			t.Errorf("%v does not name its attribute", err)
		}
		if (err != nil) != (tc.says != "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%v %v %v: %v, want %q", tc.roles, tc.provider, tc.password, err, tc.says)
		}
	}
}
