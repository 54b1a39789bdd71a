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

var (
	namesRecord = regexp.MustCompile(`(?i)\b(record|user|account)\b|\b(couldn.?t|could not|cannot|can.?t) find\b`)
	namesPath   = regexp.MustCompile(`(?i)\b(rout(e|es|ing)|path|ur[il]|endpoint|page|server|service|backend|upstream)\b`)
)

// mayBeGone makes Refused of a 404 that may be somebody else's word: what Clarus answers for a record that is not there is not
// documented, and NotFound would settle a leaver as gone who can log in still. Believed is what names the record, as JSON:API's errors
// or as error. An empty body, {"message": …} and {"error": "Not Found"} are what gateways answer for a path that they do not know.
func mayBeGone(answer httpapi.Answer, err error) error {
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok || e.Class != sinks.NotFound {
		return err
	}
	var doc struct{ Errors, Error any }
	_ = json.Unmarshal(answer.Body, &doc) // what is no JSON has neither
	if (doc.Errors != nil || doc.Error != nil) && namesRecord.MatchString(e.Message) && !namesPath.MatchString(e.Message) {
		return e
	}
	e.Class = sinks.Refused
	e.Message += "; that answer does not name the record, so it may be another server's: look whether Clarus has it, and check base_url of the sink"
	return e
}
