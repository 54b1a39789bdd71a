package clarus

import (
	"regexp"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// The resources of a tenant.
const (
	Users    = "users"
	Accounts = "accounts"
)

// resource is what tells users and accounts apart; all else is the same.
type resource struct {
	name   string // in paths, and the type in bodies
	one    string // of its records, for people
	schema func(reference string, onUpdate bool) record.Schema

	list   string // the root field of the GraphQL list
	filter string // of the list, by the natural key
	node   string // what the documented node shows
	found  func(cfg Config, n node) sinks.Found

	natural *regexp.Regexp // what a refusal calls the natural key
	others  *regexp.Regexp // and the other attributes
	advice  string         // for an id of the list that an update does not want
}

// node is a node of a list: of a user the id and the user, of an account the rest.
type node struct {
	ID   httpapi.ID
	User struct {
		ID          httpapi.ID
		Name, Email string
	}
	Code, Name string
	Reference  string `json:"external_system_reference1"`
}

var (
	userNatural   = regexp.MustCompile(`(?i)e-?mail`)
	userOthers    = regexp.MustCompile(`(?i)\b(name|role|role_id|language|timezone|is_active|external_system_reference\d|string\d)\b`)
	accountCode   = regexp.MustCompile(`(?i)\bcode\b`)
	accountOthers = regexp.MustCompile(`(?i)\b(name|e-?mail|is_active|external_system_reference\d|(string|integer|datetime|boolean)\d)\b`)
)

// resourceOf returns the resource of that name.
func resourceOf(name string) (resource, bool) {
	switch name {
	case Users:
		return resource{name: name, one: "user", schema: userSchema,
			list: "subdomain_users", filter: "user_email", node: "id user{id name email}", found: foundUser,
			natural: userNatural, others: userOthers,
			advice: "change user_id of the sink from nested to node or the other way round, run adopt again, and look at the user with that id"}, true
	case Accounts:
		return resource{name: name, one: "account", schema: accountSchema,
			list: "accounts", filter: "code", node: "id code name external_system_reference1", found: foundAccount,
			natural: accountCode, others: accountOthers,
			advice: "look at the account with that id: it may have been changed; this tenant's list shows other ids than updates want, " +
				"so its accounts can't be adopted (on_conflict: hold)"}, true
	}
	return resource{}, false
}

// foundUser has no reference: the documented node of a user does not show it.
func foundUser(cfg Config, n node) sinks.Found {
	f := sinks.Found{RemoteID: string(n.User.ID), Attrs: record.Attrs{
		{Name: "email", Value: record.TextOf(n.User.Email)}, {Name: "name", Value: record.TextOf(n.User.Name)}}}
	if cfg.UserID == Node {
		f.RemoteID = string(n.ID)
	}
	return f
}

// foundAccount has the reference where its slot is the one that the documented node shows.
func foundAccount(cfg Config, n node) sinks.Found {
	shown := references()[0]
	f := sinks.Found{RemoteID: string(n.ID), Attrs: record.Attrs{
		{Name: "code", Value: record.TextOf(n.Code)}, {Name: "name", Value: record.TextOf(n.Name)}}}
	if cfg.Reference == shown {
		f.Reference = n.Reference
	} else {
		f.Attrs = append(f.Attrs, record.Attr{Name: shown, Value: record.TextOf(n.Reference)}).Sort()
	}
	return f
}
