package ece

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/record"
)

// realmNative is the realm of the users that ECE keeps itself. All others come from a directory or an identity provider.
const realmNative = "native"

// user is a user as the target shows it, as far as it concerns us.
type user struct {
	Name     string `json:"user_name"`
	FullName string `json:"full_name"`
	Email    string `json:"email"`
	Builtin  bool   `json:"builtin"`
	Security *struct {
		Enabled *bool    `json:"enabled"`
		Roles   []string `json:"roles"`
		Realm   struct {
			Type string `json:"type"`
		} `json:"security_realm"`
	} `json:"security"`
}

// parseUser reads an answer that has to be a user, or at least an object.
func parseUser(body []byte) (user, error) {
	var u *user
	if err := json.Unmarshal(body, &u); err != nil {
		return user{}, err
	}
	if u == nil {
		return user{}, errors.New("it is null")
	}
	return *u, nil
}

// foreign says why a user is none of ours, "" for an ordinary one. A realm that is not shown is the native one.
func (u user) foreign(own string) string {
	switch {
	case u.Builtin:
		return "it is built into ECE"
	case u.Security != nil && u.Security.Realm.Type != "" && u.Security.Realm.Type != realmNative:
		return "it comes from the realm " + u.Security.Realm.Type + ", which looks after it"
	case isSelf(own, u.Name):
		return "it is the user that rosterd logs in as"
	}
	return ""
}

// found is the user in the words of the schema; own is the user that rosterd logs in as. An empty member is one that the target leaves
// out, so it is shown to be null.
func (u user) found(own string) sinks.Found {
	f := sinks.Found{RemoteID: u.Name, Foreign: u.foreign(own), Attrs: record.Attrs{
		{Name: natural, Value: record.TextOf(u.Name)},
		{Name: "full_name", Value: record.TextOf(u.FullName)},
		{Name: "email", Value: record.TextOf(u.Email)},
	}}
	if u.Security != nil {
		if u.Security.Enabled != nil {
			f.Attrs = append(f.Attrs, record.Attr{Name: active, Value: record.BoolOf(*u.Security.Enabled)})
		}
		f.Attrs = append(f.Attrs, record.Attr{Name: roles, Value: rolesOf(u.Security.Roles)})
	}
	f.Attrs.Sort()
	return f
}

// rolesOf is a set as the mapping writes one: sorted, each once, null if it is empty.
func rolesOf(list []string) record.Value {
	if len(list) == 0 {
		return record.Value{}
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return record.ListOf(slices.Compact(list))
}
