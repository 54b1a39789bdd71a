package jitsudo

import (
	"errors"
	"net/http"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// FuzzAnswers has whatever a target may answer: nothing panics, a user that was read has an id, a token that was read is one, and what is
// no token is an *sinks.Error that was surely not done.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{"id":"7","is_owner":true,"roles":["user"]}`, `{"data":{"id":7}}`, `{"token":"t","expires_at":"2026-01-31T12:00:00Z"}`,
		`{"data":{"jwt":"t","expires_in":1e300}}`, `{"token":"t","expires_at":-1e300}`, `{"mfa_required":true}`, `{"must_enroll":[]}`, `{"data":null}`, `[]`, `null`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if u, err := parseUser(body); err == nil {
			if u.ID == "" {
				t.Error("a user without an id")
			}
			if u.whole() == nil && u.found().RemoteID != string(u.ID) {
				t.Error("another id")
			}
		}
		token, err := readToken(httpapi.Answer{Status: 200, Header: http.Header{}, Body: body})
		var e *sinks.Error
		switch {
		case err == nil && (token.Value == "" || token.Lifetime < 0):
			t.Errorf("%+v", token)
		case err != nil && (!errors.As(err, &e) || e.Class != sinks.Halt && e.Class != sinks.Unsent):
			t.Error(err)
		}
	})
}
