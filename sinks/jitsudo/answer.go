package jitsudo

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// user is a user as answers show it. The avatar, of up to 256 KB, is not looked at.
type user struct {
	ID       httpapi.ID `json:"id"`
	Email    string     `json:"email"`
	Name     string     `json:"name"`
	Roles    []string   `json:"roles"`
	Provider string     `json:"auth_provider"`
	Active   *bool      `json:"active"`
	Owner    *bool      `json:"is_owner"` // of the tenant
}

// parseUser reads an answer, with a data wrapper or without: the pages show none, but lists have one.
func parseUser(body []byte) (user, error) {
	var doc struct {
		Data *user `json:"data"`
		user
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return user{}, err
	}
	got := doc.user
	if doc.Data != nil {
		got = *doc.Data
	}
	if got.ID == "" {
		return user{}, errors.New("it has no id")
	}
	return got, nil
}

// whole says what a user of a list lacks that the vendor's pages promise and nobody may guess.
func (u user) whole() error {
	switch {
	case u.ID == "":
		return errors.New("one of its users has no id")
	case u.Email == "":
		return errors.New("one of its users has no email")
	case u.Active == nil:
		return errors.New("one of its users has no member active")
	case u.Owner == nil:
		return errors.New("one of its users has no member is_owner")
	}
	return nil
}

// found is a whole user in the sinks' words.
func (u user) found() sinks.Found {
	list := slices.Clone(u.Roles)
	slices.Sort(list)
	return sinks.Found{RemoteID: string(u.ID), Attrs: record.Attrs{
		{Name: active, Value: record.BoolOf(*u.Active)},
		{Name: provider, Value: record.TextOf(u.Provider)},
		{Name: email, Value: record.TextOf(u.Email)},
		{Name: name, Value: record.TextOf(u.Name)},
		{Name: roles, Value: record.ListOf(slices.Compact(list))},
	}}
}

// The two codes that the vendor names.
const (
	codeNotFound = "not_found"
	codeTenant   = "tenant_mismatch"
)

// adviseOther is for a 404 that is not JITSudo's.
const adviseOther = "check base_url of the sink: what answered is not JITSudo's users"

// explain makes Halt of what is wrong with us rather than with a record. The status is promised, and of the codes two. A 404 that lacks
// its code was not answered by JITSudo's users at all: to believe it would be to count a leaver as gone.
func explain(err error) error {
	var e *sinks.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Status == http.StatusForbidden && e.Code == codeTenant:
		e.Class, e.Advice = sinks.Halt, "check tenant_id and auth of the sink: the credential belongs to another tenant"
	case (e.Status == http.StatusNotFound || e.Status == http.StatusGone) && e.Code != codeNotFound:
		e.Class, e.Advice = sinks.Halt, adviseOther
	case e.Status == http.StatusUnauthorized && e.Advice != "":
		e.Advice += "; if it is an API key, the target may not take keys for users: try auth.login or auth.token"
	}
	return e
}

var (
	taken   = regexp.MustCompile(`(?i)\b(taken|already|exists|duplicate[ds]?|unique|in[ _]use|conflict)\b`)
	natural = regexp.MustCompile(`(?i)e-?mail`)
	others  = regexp.MustCompile(`(?i)\b(name|roles?|password|auth_provider|provider)\b`)
)

// mayExist makes Exists of a refusal that reads like "email is already in use": the page says "User already exists", and the number is only
// inferred. The caller looks the record up, so a wrong guess costs a listing; a refusal of another attribute stays.
func mayExist(err error) error {
	var e *sinks.Error
	if !errors.As(err, &e) || e.Class != sinks.Refused || e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return err
	}
	words := strings.ReplaceAll(e.Code, "_", " ") + " " + e.Message
	if taken.MatchString(words) && (natural.MatchString(words) || !others.MatchString(words)) {
		e.Class = sinks.Exists
	}
	return e
}
