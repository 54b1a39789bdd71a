package jitsudo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/sync/record"
)

// The attributes of a user. The active one is no member of a request to create or update: it is switched by a request of its own.
const (
	email    = "email"
	name     = "name"
	roles    = "roles"
	provider = "auth_provider"
	password = "password"
	active   = "active"
)

// local is the provider of users with a password, and the one of those of whom nothing is said.
const local = "local"

func allRoles() []string     { return []string{"user", "approver", "admin"} }
func allProviders() []string { return []string{local, "oidc", "saml"} }

// schema is a user as the vendor's pages have it. An update is a PUT of name and roles; whether it takes one without the other
// is not said, so both are required and both are always sent.
func schema() record.Schema {
	return record.Schema{Natural: email, Active: active, Check: check, Attributes: []record.Attribute{
		{Name: email, Type: record.TypeText, Required: true, Fixed: true},
		{Name: name, Type: record.TypeText, Required: true},
		{Name: roles, Type: record.TypeTexts, Required: true, Set: true},
		{Name: provider, Type: record.TypeText, Fixed: true},
		{Name: password, Type: record.TypeText, CreateOnly: true, WriteOnly: true},
		{Name: active, Type: record.TypeBool},
	}}
}

// check says what is wrong with a user to be created that no type tells. A value that is record.Unknown may be anything, so that
// constants alone can be checked before there are records:
//
//	auth_provider        password
//	not there, local     has to be there
//	oidc, saml           may not be there: the identity provider has it
//
// An error is a *record.AttributeError.
func check(a record.Attrs) error {
	if err := checkRoles(a.Get(roles)); err != nil {
		return err
	}
	by := a.Get(provider)
	switch {
	case by.Kind() == record.Unknown:
		return nil
	case !by.IsNull() && !slices.Contains(allProviders(), by.Text()):
		return misfit(provider, "is %s and has to be one of %s", by, strings.Join(allProviders(), ", "))
	case (by.IsNull() || by.Text() == local) && a.Get(password).IsNull():
		return misfit(password, "is missing: a user of %s %s, which is the default, needs a password", provider, local)
	case !by.IsNull() && by.Text() != local && !a.Get(password).IsNull():
		return misfit(password, "has a value, but a user of %s %s can't have a password", provider, by.Text())
	}
	return nil
}

func checkRoles(v record.Value) error {
	for _, role := range v.List() {
		if !slices.Contains(allRoles(), role) {
			return misfit(roles, "has %q; there are %s", role, strings.Join(allRoles(), ", "))
		}
	}
	return nil
}

func misfit(name, format string, args ...any) error {
	return &record.AttributeError{Name: name, Err: fmt.Errorf(format, args...)}
}
