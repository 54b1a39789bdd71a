package ece

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// The attributes that mean more than their value, and the object that holds some of them.
const (
	natural  = "user_name"
	active   = "security.enabled"
	roles    = "security.roles"
	password = "security.password"
	nested   = "security"
)

const (
	longestName      = 507 // of a user in Elasticsearch's native realm, where ECE keeps them
	longestEmail     = 254 // that the vendor's client sends
	shortestPassword = 8   // that the vendor's client and pages accept
)

// The roles of ECE's users.
const (
	platformAdmin     = "ece_platform_admin"
	platformViewer    = "ece_platform_viewer"
	deploymentManager = "ece_deployment_manager"
	deploymentViewer  = "ece_deployment_viewer"
)

// schema is a user as the vendor's client sends it. All else that the page's sample has is the target's own, and answered with
// user.restricted_field. There is no place for a key.
func schema() record.Schema {
	return record.Schema{Natural: natural, Active: active, Attributes: []record.Attribute{
		{Name: natural, Type: record.TypeText, Required: true, Fixed: true, MaxLen: longestName},
		{Name: "full_name", Type: record.TypeText},
		{Name: "email", Type: record.TypeText, MaxLen: longestEmail},
		{Name: active, Type: record.TypeBool},
		{Name: password, Type: record.TypeText, Advised: true, CreateOnly: true, WriteOnly: true},
		{Name: roles, Type: record.TypeTexts, Required: true, Set: true},
	}}
}

// check finds what would be refused, or would be worse: a null active attribute would switch the user on.
func (s *Sink) check(c plan.Change) *sinks.Error {
	for _, a := range c.After {
		decl, known := s.schema.Lookup(a.Name)
		var err error
		switch {
		case !known:
			err = fmt.Errorf("is none of a user's attributes in ECE")
		case c.Action != plan.Create && (decl.Fixed || decl.CreateOnly):
			err = fmt.Errorf("can't be changed once a user is there")
		default:
			err = s.checkValue(a)
		}
		if err != nil {
			return refused("unsendable", fmt.Sprintf("%s %v", a.Name, err))
		}
	}
	for _, decl := range s.schema.Attributes {
		v := c.After.Get(decl.Name)
		if c.Action == plan.Create && decl.Required && (v.IsNull() || decl.Name == roles && len(v.List()) == 0) {
			return refused("unsendable", decl.Name+" is required, and has no value")
		}
	}
	return nil
}

// checkKnown is checkValue for every value that is known.
func (s *Sink) checkKnown(attrs record.Attrs) error {
	for _, a := range attrs {
		if a.Value.Kind() == record.Unknown {
			continue
		}
		if err := s.checkValue(a); err != nil {
			return &record.AttributeError{Name: a.Name, Err: err}
		}
	}
	return nil
}

// checkValue finds what is wrong with one value.
func (s *Sink) checkValue(a record.Attr) error {
	switch v := a.Value; {
	case v.Kind() == record.Unknown, v.Kind() == record.Generated && a.Name != password:
		return fmt.Errorf("has no value that could be sent")
	case a.Name == active && v.Kind() != record.Bool:
		return fmt.Errorf("is neither true nor false")
	case a.Name == natural && !s.names.MatchString(v.Text()), a.Name == natural && strings.Trim(v.Text(), ".") == "":
		return fmt.Errorf("has characters that ECE may not take: %q does not match %s", v.Text(), s.names)
	case a.Name == password:
		return checkPassword(v)
	case a.Name == roles:
		return checkRoles(v)
	}
	return nil
}

// checkPassword finds a password that is too short. It must not be told.
func checkPassword(v record.Value) error {
	long := int64(utf8.RuneCountInString(v.Text()))
	if v.Kind() == record.Generated {
		long = v.Int()
	}
	if !v.IsNull() && long < shortestPassword {
		return fmt.Errorf("has %d characters, fewer than the %d that ECE wants", long, shortestPassword)
	}
	return nil
}

// checkRoles finds roles that do not exist or can't be had together, by the rules of the vendor's client.
func checkRoles(v record.Value) error {
	if v.Kind() != record.List && !v.IsNull() {
		return fmt.Errorf("is not a list")
	}
	known := []string{platformAdmin, platformViewer, deploymentManager, deploymentViewer}
	has := func(role string) bool { return slices.Contains(v.List(), role) }
	for _, role := range v.List() {
		switch {
		case !slices.Contains(known, role):
			return fmt.Errorf("has %q, which is none of %s", role, strings.Join(known, ", "))
		case role == platformAdmin && slices.ContainsFunc(v.List(), func(other string) bool { return other != role }):
			return fmt.Errorf("has other roles beside %s, which has to stand alone", platformAdmin)
		}
	}
	if has(deploymentManager) && has(deploymentViewer) {
		return fmt.Errorf("has both %s and %s, which exclude each other", deploymentManager, deploymentViewer)
	}
	return nil
}
