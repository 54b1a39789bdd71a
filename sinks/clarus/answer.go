package clarus

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// shown is a record as the REST answers show it, with a data wrapper or without: other resources of Clarus lack it.
type shown struct {
	ID         httpapi.ID `json:"id"`
	Attributes naturals   `json:"attributes"`
	naturals              // of an answer without wrapper
}

// naturals are the natural keys of all resources.
type naturals struct {
	Email string `json:"email"`
	Code  string `json:"code"`
}

// natural is the named natural key, "" where the answer does not show it.
func (g shown) natural(name string) string {
	if name == "code" {
		return g.Attributes.Code
	}
	return g.Attributes.Email
}

func parseShown(body []byte) (shown, error) {
	var doc struct {
		Data *shown `json:"data"`
		shown
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return shown{}, err
	}
	got := doc.shown
	if doc.Data != nil {
		got = *doc.Data
	}
	if got.Attributes == (naturals{}) {
		got.Attributes = got.naturals
	}
	if got.ID == "" {
		return shown{}, errors.New("it has no id")
	}
	return got, nil
}

var taken = regexp.MustCompile(`(?i)\b(taken|already|exists|duplicate[ds]?|unique|uniqueness|in[ _]use|conflict)\b`)

// mayExist makes Exists of a refusal that reads like "email has already been taken", for how Clarus reports a duplicate is
// not documented. The caller looks the record up, so a wrong guess costs a request; a refusal of another attribute stays.
func (r resource) mayExist(err error) error {
	var e *sinks.Error
	if !errors.As(err, &e) || e.Class != sinks.Refused || e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return err
	}
	words := e.Code + " " + e.Message
	if taken.MatchString(words) && (r.natural.MatchString(words) || !r.others.MatchString(words)) {
		e.Class = sinks.Exists
	}
	return e
}
