package jitsudo_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/jitsudo"
)

func TestOneWayToAuthenticateIsGiven(t *testing.T) {
	for _, tc := range []struct {
		c    jitsudo.Credentials
		want string // the header, "" for an error
	}{
		{jitsudo.Credentials{APIKey: "k"}, "X-API-Key k"},
		{jitsudo.Credentials{Token: "t"}, " Bearer t"},
		{jitsudo.Credentials{Email: "a@b", Password: "p"}, " Bearer "},
		{jitsudo.Credentials{}, ""},
		{jitsudo.Credentials{APIKey: "k", Token: "t"}, ""},
		{jitsudo.Credentials{APIKey: "k", Email: "a@b"}, ""},
		{jitsudo.Credentials{Token: "t", Email: "a@b", Password: "p"}, ""},
		{jitsudo.Credentials{Email: "a@b"}, ""},
		{jitsudo.Credentials{Password: "p"}, ""},
	} {
		auth, err := tc.c.Auth()
		if got := auth.Header + " " + auth.Scheme + auth.Fixed; err == nil && got != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%+v: %q %v", tc.c, got, err)
		}
	}
}

func TestTokenMadeByHandIsSent(t *testing.T) {
	var got string
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization") + r.Header.Get("X-API-Key") + " " + r.Header.Get("X-Tenant-ID")
		_, _ = io.WriteString(w, `{"id":"7"}`)
	})), 5*time.Second, jitsudo.Credentials{TenantID: tenantID, Token: "by-hand"})
	if _, err := s.Apply(t.Context(), create(1)); err != nil || got != "Bearer by-hand "+tenantID {
		t.Errorf("%q %v", got, err)
	}
}

func TestLoginThatGivesNoTokenSaysWhatToDo(t *testing.T) {
	for promise, tc := range map[string]struct {
		status int
		body   string
		want   sinks.Class
		says   string
	}{
		"a second factor":        {200, `{"mfa_required":true,"challenge_id":"c","methods":["totp"]}`, sinks.Halt, "auth.api_key"},
		"only a challenge":       {200, `{"challenge":{"id":"c"}}`, sinks.Halt, "second factor"},
		"in a wrapper":           {200, `{"data":{"mfa_required":true}}`, sinks.Halt, "second factor"},
		"enrolment":              {200, `{"must_enroll":true}`, sinks.Halt, "set up a second factor"},
		"enrolment, and no MFA":  {200, `{"mfa_required":false,"mfa_enrolment_required":true}`, sinks.Halt, "set up"},
		"neither":                {200, `{"mfa_required":false,"user":{}}`, sinks.Unsent, "no token"},
		"an empty token":         {200, `{"token":""}`, sinks.Unsent, "no token"},
		"no JSON":                {200, `welcome`, sinks.Unsent, "not JSON"},
		"a web page":             {200, `<html>`, sinks.Unsent, "web page"},
		"a wrong password":       {401, `{"code":"unauthenticated","message":"sandbox-password is wrong"}`, sinks.Halt, "auth.login"},
		"another tenant":         {403, `{"code":"tenant_mismatch","message":"no"}`, sinks.Halt, "tenant_id"},
		"forbidden":              {403, `{"code":"forbidden","message":"no","notices":["not from there"]}`, sinks.Halt, "not from there"},
		"no such path":           {404, ``, sinks.Halt, "base_url"},
		"refused":                {422, `{"code":"invalid","message":"no"}`, sinks.Halt, "auth.login"},
		"throttled":              {429, ``, sinks.Unsent, ""},
		"an error of the target": {500, ``, sinks.Unsent, "log in"},
		"a redirect":             {302, ``, sinks.Halt, "base_url"},
	} {
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/auth/login" {
				t.Errorf("%s: %s was called without a token", promise, r.URL.Path)
			}
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, tc.body)
		})), 5*time.Second, byLogin())
		_, err := s.Apply(t.Context(), create(1))
		e := asError(t, err)
		if e.Class != tc.want || !strings.Contains(e.Error(), tc.says) || strings.Contains(e.Error(), "sandbox-password") {
			t.Errorf("%s: %v %v, want %v", promise, e.Class, e, tc.want)
		}
		if e.Class == sinks.Halt && e.Advice == "" {
			t.Errorf("%s: no advice", promise)
		}
	}
}

func TestTokenIsRenewedWhenItsTimeIsOver(t *testing.T) {
	now := time.Now()
	stamp := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	for _, tc := range []struct {
		promise string
		answer  string
		date    time.Duration // the target's clock against ours
		logins  int           // for three calls
	}{
		{"an hour is left", `"expires_at":"` + stamp(time.Hour) + `"`, 0, 1},
		{"in seconds", `"expires_in":3600`, 0, 1},
		{"as a number", fmt.Sprintf(`"expires_at":%d`, now.Add(time.Hour).Unix()), 0, 1},
		{"in a wrapper it is not told", `"x":1`, 0, 1},
		{"it ended long ago, says a clock that is wrong", `"expires_at":"` + stamp(-time.Hour) + `"`, 0, 1},
		{"the target's clock is two hours late", `"expires_at":"` + stamp(-time.Hour) + `"`, -2 * time.Hour, 1},
		{"nonsense", `"expires_at":"soon","expires_in":"x"`, 0, 1},
		{"too short to be used", `"expires_in":1e-12`, 0, 1},
	} {
		logins := 0
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Add(tc.date).UTC().Format(http.TimeFormat))
			if r.URL.Path == "/v1/auth/login" {
				logins++
				_, _ = io.WriteString(w, `{"token":"t",`+tc.answer+`}`)
			}
		})), 5*time.Second, byLogin())
		for range 3 {
			if _, err := s.Apply(t.Context(), off("7")); err != nil {
				t.Fatal(err)
			}
		}
		if logins != tc.logins {
			t.Errorf("%s: %d logins, want %d", tc.promise, logins, tc.logins)
		}
	}
}

func TestTokenThatIsOverIsNotSentAndOneThatWasRevokedIsRenewedOnce(t *testing.T) {
	logins := 0
	f := jitsudo.NewFake(jitsudo.FakeOptions{TokenLife: time.Second})
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/auth/login" {
			logins++
		}
		f.ServeHTTP(w, r)
	})), 5*time.Second, byLogin())
	id, err := s.Apply(t.Context(), create(1))
	if err != nil {
		t.Fatal(err)
	}
	f.ExpireTokens()
	if _, err := s.Apply(t.Context(), off(id)); err != nil || logins != 2 {
		t.Errorf("revoked: %v after %d logins", err, logins)
	}
	for deadline := time.Now().Add(10 * time.Second); logins < 3; {
		if _, err := s.Apply(t.Context(), off(id)); err != nil || time.Now().After(deadline) {
			t.Fatalf("over: %v after %d logins", err, logins)
		}
	}
}
