package ece

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// The codes of refusals. The first is documented for no user operation; it is what Elastic's cloud answers to a body that its
// specification does not have.
const (
	codeInvalid        = "root.invalid_json_request"
	codeNameInvalid    = "user.user_name.invalid"
	codeRolesInvalid   = "user.roles.invalid"
	codeRolesForbidden = "user.roles.forbidden"
	codeRestricted     = "user.restricted_field"
)

// flatten makes one object's members, and those of security within it, attributes, sorted by name.
func flatten(text []byte) (record.Attrs, []fault) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(text, &doc); err != nil || doc == nil {
		return nil, []fault{{codeInvalid, "the body is not a JSON object", nil}}
	}
	for name := range doc {
		if strings.Contains(name, ".") { // or it would be taken for one within security
			return nil, []fault{{codeInvalid, "is no member of a user", []string{name}}}
		}
	}
	var inner map[string]json.RawMessage
	if text, given := doc[nested]; given {
		if err := json.Unmarshal(text, &inner); err != nil || inner == nil {
			return nil, []fault{{codeInvalid, "security is not an object", []string{nested}}}
		}
		delete(doc, nested)
	}
	var out record.Attrs
	var faults []fault
	for name, text := range inner {
		doc[nested+"."+name] = text
	}
	for name, text := range doc {
		decl, known := schema().Lookup(name)
		var v record.Value
		switch {
		case isReadOnly(name):
			faults = append(faults, fault{codeRestricted, "Trying to set a restricted field", []string{name}})
		case !known:
			faults = append(faults, fault{codeInvalid, "is no member of a user", []string{name}})
		case text[0] == '{' || v.UnmarshalJSON(text) != nil || !fits(decl.Type, v):
			faults = append(faults, fault{codeInvalid, "must be " + decl.Type.String(), []string{name}})
		default:
			out = append(out, record.Attr{Name: name, Value: v})
		}
	}
	slices.SortFunc(faults, func(x, y fault) int { return strings.Compare(x.Fields[0], y.Fields[0]) })
	return out.Sort(), faults
}

// isReadOnly reports whether the page shows a member that nobody may send.
func isReadOnly(name string) bool {
	return slices.Contains([]string{"builtin", "metadata", nested + ".permissions", nested + ".elevated_permissions", nested + ".security_realm"}, name)
}

// fits reports whether a value is of that type, or null.
func fits(t record.Type, v record.Value) bool {
	want := [...]record.Kind{record.TypeText: record.Text, record.TypeBool: record.Bool, record.TypeTexts: record.List, record.TypeInt: record.Int,
		record.TypeTime: record.Text}[t]
	return v.IsNull() || v.Kind() == want
}

// checkCreate holds a whole user against the pages.
func (f *Fake) checkCreate(a record.Attrs) []fault {
	var faults []fault
	if name := a.Get(natural).Text(); !f.names.MatchString(name) || utf8.RuneCountInString(name) > longestName {
		faults = append(faults, fault{codeNameInvalid, "The provided user name is invalid", []string{natural}})
	}
	if _, given := a.Lookup(roles); !given || len(a.Get(roles).List()) == 0 {
		faults = append(faults, fault{codeRolesInvalid, "a user needs security with at least one role", []string{roles}})
	}
	for _, at := range a {
		if at.Value.IsNull() {
			faults = append(faults, fault{codeInvalid, "null is for updates", []string{at.Name}})
		}
	}
	return append(faults, f.checkBoth(a)...)
}

// checkUpdate holds a patch of a user against the pages.
func (f *Fake) checkUpdate(u *fakeUser, a record.Attrs) []fault {
	var faults []fault
	if name, given := a.Lookup(natural); given && name.Text() != u.ID {
		faults = append(faults, fault{codeRestricted, "The user name can't be changed", []string{natural}})
	}
	if secret, given := a.Lookup(password); given && secret.IsNull() {
		faults = append(faults, fault{codeInvalid, "a native user needs a password", []string{password}})
	}
	return append(faults, f.checkBoth(a)...)
}

// checkBoth is what holds for creates and updates.
func (f *Fake) checkBoth(a record.Attrs) []fault {
	var faults []fault
	if err := checkRoles(a.Get(roles)); err != nil {
		faults = append(faults, fault{codeRolesInvalid, "Some of the provided roles are invalid: the list " + err.Error(), []string{roles}})
	}
	if slices.ContainsFunc(a.Get(roles).List(), func(role string) bool { return slices.Contains(f.o.ForbiddenRoles, role) }) {
		faults = append(faults, fault{codeRolesForbidden, "Some of the provided roles are forbidden", []string{roles}})
	}
	if err := checkPassword(a.Get(password)); err != nil {
		faults = append(faults, fault{codeInvalid, "the password " + err.Error(), []string{password}})
	}
	if email := a.Get("email").Text(); email != "" && (!strings.Contains(email, "@") || utf8.RuneCountInString(email) > longestEmail) {
		faults = append(faults, fault{codeInvalid, "is no e-mail address", []string{"email"}})
	}
	return faults
}
