package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

// target is a resource, how the kill harness maps people to it, and what they look like there.
type target struct {
	job, sink, resource string
	mapping             string // ID, NAME, EMAIL, ROLE, STATUS stand for what the source calls them
	atOnce              int    // writes in flight of its sink
	inactive            bool   // create_inactive
	copies              func(*sandbox.Sandbox) []copied
	wants               func(row []string) record.Attrs // of somebody active

	joinsInactive, returns int // writes that it takes at most
}

// copied is a record as a target holds it.
type copied struct {
	key, natural string
	active       bool
	attrs        record.Attrs
}

// targets are all the resources that there are.
func targets() []target {
	text := record.TextOf
	return []target{{
		job: "users", sink: "wms", resource: "users", atOnce: 4, returns: 1,
		mapping: `email: lower(EMAIL), name: NAME, role_id: 'number(ROLE, ".")', is_active: STATUS == "active"`,
		copies:  func(box *sandbox.Sandbox) []copied { return clarusUsers(box.Users()) },
		wants: func(row []string) record.Attrs {
			return record.Attrs{{Name: "email", Value: text(strings.ToLower(row[2]))}, {Name: "name", Value: text(row[1])}, {Name: "role_id", Value: number64(row[3])}}
		},
	}, {
		job: "accounts", sink: "wms", resource: "accounts", atOnce: 4, returns: 1,
		mapping: `code: ID, name: NAME, email: EMAIL, string1: ROLE, is_active: STATUS == "active"`,
		copies: func(box *sandbox.Sandbox) (all []copied) {
			for _, r := range box.Accounts() {
				all = append(all, copied{r.Attrs.Get(slot).Text(), r.Attrs.Get("code").Text(), r.Attrs.Get("is_active").True(), r.Attrs})
			}
			return all
		},
		wants: func(row []string) record.Attrs {
			return record.Attrs{{Name: "code", Value: text(row[0])}, {Name: "name", Value: text(row[1])}, {Name: "email", Value: text(row[2])}, {Name: "string1", Value: text(row[3])}}
		},
	}, {
		job: "approvers", sink: "access", resource: "users", atOnce: 4, inactive: true, joinsInactive: 2, returns: 2, // a PUT, then a switch
		mapping: `email: ID + "@example.com", name: NAME, roles: 'ROLE == "1" ? ["admin", "user"] : ["user"]', auth_provider: {const: saml}, active: STATUS == "active"`,
		copies: func(box *sandbox.Sandbox) (all []copied) {
			for _, r := range box.Jitsudo().Users()[2:] { // those that are there from the beginning
				natural := r.Attrs.Get("email").Text()
				all = append(all, copied{strings.TrimSuffix(natural, "@example.com"), natural, r.Attrs.Get("active").True(), r.Attrs})
			}
			return all
		},
		wants: func(row []string) record.Attrs {
			roles := []string{"user"}
			if row[3] == "1" {
				roles = []string{"admin", "user"}
			}
			return record.Attrs{{Name: "name", Value: text(row[1])}, {Name: "roles", Value: record.ListOf(roles)}, {Name: "auth_provider", Value: text("saml")}}
		},
	}, {
		job: "elastic", sink: "elastic", resource: "users", atOnce: 1, inactive: true, joinsInactive: 1, returns: 1,
		mapping: `user_name: ID, full_name: NAME, email: 'ROLE == "" ? "" : ROLE + EMAIL', security.roles: {const: [ece_deployment_viewer]}, ` +
			`security.password: password(12), security.enabled: STATUS == "active"`,
		copies: func(box *sandbox.Sandbox) (all []copied) {
			for _, r := range box.ECE().Users() {
				all = append(all, copied{r.ID, r.ID, r.Attrs.Get("security.enabled").True(), r.Attrs})
			}
			return all
		},
		wants: func(row []string) record.Attrs {
			email := record.Value{}
			if row[3] != "" {
				email = text(row[3] + row[2])
			}
			return record.Attrs{{Name: "full_name", Value: text(row[1])}, {Name: "email", Value: email}}
		},
	}}
}

func number64(text string) record.Value {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return record.Value{}
	}
	return record.IntOf(n)
}

func clarusUsers(users []clarus.FakeRecord) (all []copied) {
	for _, u := range users {
		all = append(all, copied{u.Attrs.Get(slot).Text(), u.Attrs.Get("email").Text(), u.Attrs.Get("is_active").True(), u.Attrs})
	}
	return all
}

// apart is how a target differs from a feed: every active person is there and as in the feed, and nobody else is active. Lost are those
// who should be there, active or not, and are not.
func (t target) apart(f feed, all []copied) (problems []string, lost int) {
	wanted, there := f.active(), map[string]bool{}
	for _, c := range all {
		row := wanted[c.key]
		there[c.key] = true
		if c.active != (row != nil) {
			problems = append(problems, fmt.Sprintf("%s: active is %v, and the feed has %q", c.key, c.active, row))
		} else if row != nil && slices.ContainsFunc(t.wants(row), func(a record.Attr) bool { return c.attrs.Get(a.Name).String() != a.Value.String() }) {
			problems = append(problems, fmt.Sprintf("%s: %s, and the feed has %q", c.key, c.attrs.AppendJSON(nil), row))
		}
	}
	for _, row := range f {
		if !there[row[0]] && (t.inactive || wanted[row[0]] != nil) {
			problems = append(problems, row[0]+" is lost")
			lost++
		}
	}
	return problems, lost
}

// doubled are the records that are there twice, by key or by natural key.
func doubled(all []copied) (problems []string) {
	for name, of := range map[string]func(copied) string{"key": func(c copied) string { return c.key }, "natural key": func(c copied) string { return c.natural }} {
		seen := map[string]bool{}
		for _, c := range all {
			id := record.Fold(of(c))
			if seen[id] && id != "" {
				problems = append(problems, fmt.Sprintf("the %s %s is there twice", name, id))
			}
			seen[id] = true
		}
	}
	slices.Sort(problems)
	return problems
}

// writes is how many writes it takes at most to bring somebody from one version's row to the next one's; nil: there is none. New is who
// was in no version before.
func (t target) writes(was, is []string, isNew bool) int {
	on := func(row []string) bool { return row != nil && row[4] == "active" }
	switch {
	case on(is) && on(was):
		if slices.EqualFunc(t.wants(was), t.wants(is), func(a, b record.Attr) bool { return a.Value.Equal(b.Value) }) {
			return 0
		}
		return 1
	case on(was), on(is) && isNew:
		return 1
	case on(is):
		return t.returns
	case isNew && t.inactive:
		return t.joinsInactive
	}
	return 0
}
