package jitsudo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sync/record"
)

// Credentials are who rosterd is to a tenant. Of APIKey, Token and a login, which is Email with Password, one is given.
type Credentials struct {
	TenantID string // a login needs it too
	APIKey   string // the vendor's way for automation, though the pages of the writes show a bearer token
	Token    string // a system JWT made by hand
	Email    string // of a local user without a second factor
	Password string
}

// Auth is how the HTTP client says who rosterd is.
func (c Credentials) Auth() (httpapi.Auth, error) {
	login := c.Email != "" || c.Password != ""
	switch {
	case c.APIKey != "" && c.Token == "" && !login:
		return httpapi.Auth{Header: "X-API-Key", Fixed: c.APIKey}, nil
	case c.Token != "" && c.APIKey == "" && !login:
		return httpapi.Auth{Scheme: "Bearer ", Fixed: c.Token}, nil
	case c.Email != "" && c.Password != "" && c.APIKey == "" && c.Token == "":
		return httpapi.Auth{Scheme: "Bearer ", Login: c.login, Secrets: sinks.SecretForms(c.Password)}, nil
	}
	return httpapi.Auth{}, errors.New("read auth: give one of api_key, token and login, which has email and password")
}

// login gets a token. Whatever goes wrong, the change that wanted it was surely not done.
func (c Credentials) login(ctx context.Context, client *httpapi.Client) (httpapi.Token, error) {
	call := httpapi.Call{Does: httpapi.Read, Method: http.MethodPost, Path: "/v1/auth/login", Anonymous: true, Header: http.Header{},
		Secrets: sinks.SecretForms(c.Password),
		Body:    record.Attrs{{Name: "email", Value: record.TextOf(c.Email)}, {Name: "password", Value: record.TextOf(c.Password)}}.AppendJSON(nil)}
	call.Header.Set(headerTenant, c.TenantID)
	answer, err := client.Do(ctx, call)
	if err != nil {
		return httpapi.Token{}, noLogin(err)
	}
	return readToken(answer)
}

// noLogin says what a refused login means.
func noLogin(err error) error {
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok {
		return err
	}
	e.Message = "log in: " + e.Message
	if e.Class == sinks.Unknown {
		e.Class = sinks.Unsent
	}
	switch e.Status {
	case http.StatusUnauthorized:
		e.Advice = "check auth.login of the sink: the target does not accept the e-mail and the password, or the user is suspended"
	case http.StatusForbidden:
		_ = explain(e)
		if e.Class == sinks.Denied {
			e.Class, e.Advice = sinks.Halt, "the user of auth.login may not log in: ask whoever administers the tenant"
		}
	case http.StatusNotFound, http.StatusGone, http.StatusMethodNotAllowed:
		e.Class, e.Advice = sinks.Halt, "check base_url of the sink: there is no POST /v1/auth/login"
	default:
		if e.Class == sinks.Refused {
			e.Class, e.Advice = sinks.Halt, "check auth.login of the sink: the target refuses it"
		}
	}
	return e
}

// readToken reads the answer to a login: a token and when it ends, or that a second factor has to be shown or enrolled. The vendor says
// that much and publishes no names, so the usual ones are tried.
func readToken(answer httpapi.Answer) (httpapi.Token, error) {
	var doc map[string]any
	if err := json.Unmarshal(answer.Body, &doc); err != nil {
		return httpapi.Token{}, &sinks.Error{Class: sinks.Unsent, Status: answer.Status, Code: "token", Message: "log in: the answer is not JSON", Err: err}
	}
	if inner, ok := doc["data"].(map[string]any); ok {
		doc = inner
	}
	for _, member := range []string{"token", "access_token", "jwt"} {
		if value, _ := doc[member].(string); value != "" {
			return httpapi.Token{Value: value, Lifetime: lifetime(doc, answer.Header)}, nil
		}
	}
	halt := &sinks.Error{Class: sinks.Halt, Status: answer.Status, Code: "login"}
	switch {
	case asks(doc, "enrol"):
		halt.Message = "log in: the target wants the user of auth.login to set up a second factor first"
	case asks(doc, "mfa", "challenge", "factor"):
		halt.Message = "log in: the target wants a second factor, which rosterd can't show"
	default:
		members := slices.Sorted(maps.Keys(doc))
		return httpapi.Token{}, &sinks.Error{Class: sinks.Unsent, Status: answer.Status, Code: "token",
			Message: httpapi.Words(fmt.Sprintf("log in: the answer has no token, but %q", members))}
	}
	halt.Advice = "use auth.api_key, or exempt that user from the second factor in JITSudo"
	return httpapi.Token{}, halt
}

// asks reports whether a member whose name holds one of the words says anything but no.
func asks(doc map[string]any, words ...string) bool {
	for member, v := range doc {
		no := v == nil || v == false || v == ""
		if !no && slices.ContainsFunc(words, func(word string) bool { return strings.Contains(strings.ToLower(member), word) }) {
			return true
		}
	}
	return false
}

// lifetime is how long a token lasts; 0 where that is not told, or makes no sense. It goes by the target's own clock where the answer
// shows it: with ours, an hour ahead, every token would have ended already.
func lifetime(doc map[string]any, header http.Header) time.Duration {
	if seconds, ok := doc["expires_in"].(float64); ok && seconds > 0 {
		return time.Duration(min(seconds, 1e9)) * time.Second
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	for _, member := range []string{"expires_at", "token_expires_at", "expires"} {
		var end time.Time
		switch v := doc[member].(type) {
		case string:
			end, _ = time.Parse(time.RFC3339, v)
		case float64:
			end = time.Unix(int64(min(v, 1e11)), 0)
		}
		if left := end.Sub(now); left > 0 {
			return left
		}
	}
	return 0
}
