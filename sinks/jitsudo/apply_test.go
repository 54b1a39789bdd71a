package jitsudo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// answering is a target that gives a token, and to everything else that status and body. It counts what it is sent.
func answering(t *testing.T, status int, body string, sent *int) *jitsudo.Sink {
	t.Helper()
	return connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/auth/login" {
			_, _ = io.WriteString(w, `{"token":"t"}`)
			return
		}
		if sent != nil {
			*sent++
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})), 5*time.Second, byLogin())
}

func TestWhatCanNotBeRightIsNotSent(t *testing.T) {
	new := func(pairs ...any) plan.Change {
		c := create(1)
		c.After = c.After.Merge(attrs(pairs...))
		return c
	}
	change := func(have record.Attrs, pairs ...any) plan.Change {
		return plan.Change{Action: plan.Update, RemoteID: "7", Have: have, After: attrs(pairs...)}
	}
	all := create(1).After
	for promise, c := range map[string]plan.Change{
		"an unknown role":                     new("roles", []string{"user", "chief"}),
		"no role":                             new("roles", []string{}),
		"no roles":                            new("roles", nil),
		"no name":                             new("name", nil),
		"no email":                            new("email", nil),
		"an unknown provider":                 new("auth_provider", "ldap"),
		"a password with oidc":                new("auth_provider", "oidc"),
		"a password with saml":                new("auth_provider", "saml"),
		"local without a password":            new("auth_provider", "local", "password", nil),
		"local by default without a password": new("password", nil),
		"a generated name":                    new("name", record.GeneratedValue(8)),
		"an unknown name":                     new("name", record.UnknownValue()),
		"created inactive in one step":        new("active", false),
		"an update of no id":                  {Action: plan.Update, Have: all, After: attrs("name", "N")},
		"an update with an unknown role":      change(all, "roles", []string{"chief"}),
		"an update that clears the name":      change(all, "name", nil),
		"an update of the email":              change(all, "email", "x@example.com"),
		"an update of the provider":           change(all, "auth_provider", "oidc"),
		"an update of the password":           change(all, "password", "correct-horse"),
		"an update without what stays":        change(nil, "name", "N"),
		"an update with what was never shown": change(attrs("roles", record.UnknownValue()), "name", "N"),
		"an update and a suspension at once":  change(all, "name", "N", "active", false),
		"a deactivation that switches on":     {Action: plan.Deactivate, RemoteID: "7", After: attrs("active", true)},
		"a reactivation that switches off":    {Action: plan.Reactivate, RemoteID: "7", After: attrs("active", false)},
		"a suspension without a truth value":  {Action: plan.Deactivate, RemoteID: "7", After: attrs("active", nil)},
	} {
		sent := 0
		_, err := answering(t, 200, `{"id":"7"}`, &sent).Apply(t.Context(), c)
		if e := asError(t, err); e.Class != sinks.Refused || e.Message == "" || sent != 0 {
			t.Errorf("%s: %v %v, %d requests", promise, e.Class, e, sent)
		}
	}
}

func TestAnswerThatShowsTheContraryIsNoSuccess(t *testing.T) {
	for body, want := range map[string]sinks.Class{
		`{"id":"7","active":true}`:          sinks.Refused,
		`{"data":{"id":"7","active":true}}`: sinks.Refused,
		`{"id":"7","active":false}`:         0,
		`{"id":"7"}`:                        0,
		`{}`:                                0,
		``:                                  0,
	} {
		_, err := answering(t, 200, body, nil).Apply(t.Context(), off("7"))
		if want == 0 && err != nil || want != 0 && asError(t, err).Class != want {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
}

func TestAnswersMeanWhatThePageSays(t *testing.T) {
	const page = "<!doctype html><title>Bad Gateway</title>"
	for _, tc := range []struct {
		status         int
		body           string
		create, update sinks.Class
		says           string
	}{
		{400, `{"code":"invalid_input","message":"name is too long"}`, sinks.Refused, sinks.Refused, "400 invalid_input: name is too long"},
		{400, `{"code":"invalid","message":"email already in use"}`, sinks.Exists, sinks.Refused, "in use"},
		{401, `{"code":"unauthenticated","message":"no"}`, sinks.Halt, sinks.Halt, "API key"},
		{403, `{"code":"tenant_mismatch","message":"no"}`, sinks.Halt, sinks.Halt, "check tenant_id"},
		{403, `{"code":"forbidden","message":"no","notices":["contractors only by HR"]}`, sinks.Denied, sinks.Denied, "contractors only by HR"},
		{404, `{"code":"not_found","message":"no"}`, sinks.Refused, sinks.NotFound, "not_found"},
		{404, `{"code":"tenant_not_found","message":"no"}`, sinks.Halt, sinks.Halt, "check base_url"},
		{404, `{"code":"NOT_FOUND","message":"no"}`, sinks.Halt, sinks.Halt, "check base_url"},
		{404, `{"message":"no Route matched with those values"}`, sinks.Halt, sinks.Halt, "check base_url"},
		{404, `{}`, sinks.Halt, sinks.Halt, "check base_url"},
		{404, ``, sinks.Halt, sinks.Halt, "check base_url"},
		{404, "404 page not found\n", sinks.Halt, sinks.Halt, "check base_url"},
		{404, page, sinks.Halt, sinks.Halt, "check base_url"},
		{410, ``, sinks.Halt, sinks.Halt, "check base_url"},
		{409, `{"code":"conflict","message":"User already exists"}`, sinks.Exists, sinks.Refused, "already exists"},
		{409, ``, sinks.Exists, sinks.Refused, ""},
		{422, `{"code":"user_already_exists","message":"no"}`, sinks.Exists, sinks.Refused, ""},
		{422, `{"code":"invalid_roles","message":"unknown role"}`, sinks.Refused, sinks.Refused, "422 invalid_roles: unknown role"},
		{422, `{"code":"invalid","message":"password was already used"}`, sinks.Refused, sinks.Refused, ""},
		{429, `{}`, sinks.Unsent, sinks.Unsent, ""},
		{500, `{"code":"internal","message":"oops"}`, sinks.Unknown, sinks.Unknown, "oops"},
		{502, page, sinks.Unknown, sinks.Unknown, "Bad Gateway"},
		{200, page, sinks.Unknown, sinks.Unknown, "web page"},
		{403, page, sinks.Denied, sinks.Denied, "Bad Gateway"},
	} {
		for _, c := range []plan.Change{create(1), update(1, "7"), off("7")} {
			want := tc.update
			if c.Action == plan.Create {
				want = tc.create
			}
			_, err := answering(t, tc.status, tc.body, nil).Apply(t.Context(), c)
			if e := asError(t, err); e.Class != want || !strings.Contains(e.Error(), tc.says) {
				t.Errorf("%v met %d %s: %v %v, want %v", c.Action, tc.status, tc.body, e.Class, e, want)
			}
		}
	}
}

func TestIDOfACreatedUserIsReadOrTheCreateIsInDoubt(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"0b7e","email":"a@b"}`: "0b7e",
		`{"data":{"id":"0b7e"}}`:      "0b7e",
		`{"id":7}`:                    "7",
		`{"id":""}`:                   "",
		`{}`:                          "",
		`[]`:                          "",
		`{"id":"7"`:                   "",
		``:                            "",
	} {
		id, err := answering(t, 201, body, nil).Apply(t.Context(), create(1))
		if want != "" && (id != want || err != nil) {
			t.Errorf("%s: %q %v, want %q", body, id, err, want)
		}
		if want == "" && asError(t, err).Class != sinks.Unknown {
			t.Errorf("%s: %v, want Unknown", body, err)
		}
	}
}

func TestGeneratedPasswordIsMadeAtSendingAndTold(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{MinPassword: 20})
	seen := map[string]bool{}
	for n := range 20 {
		c := create(n)
		c.After = c.After.Merge(attrs("password", record.GeneratedValue(20)))
		id, err := s.Apply(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		secret := f.Password(id)
		for _, group := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "-_"} {
			if !strings.ContainsAny(secret, group) {
				t.Errorf("%s has none of %s", secret, group)
			}
		}
		if seen[secret] || len(secret) != 20 {
			t.Errorf("%d characters, or the same twice", len(secret))
		}
		seen[secret] = true
		for _, u := range f.Users() {
			if _, shown := u.Attrs.Lookup("password"); shown {
				t.Fatal("the fake shows a password")
			}
		}
	}
}

func TestPasswordIsInNoError(t *testing.T) {
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(400)
		_, _ = w.Write(body[min(len(body), 20):])
	})), 5*time.Second, byKey())
	_, err := s.Apply(t.Context(), create(1))
	if e := asError(t, err); strings.Contains(e.Error(), "correct-horse") || !strings.Contains(e.Error(), "[secret]") {
		t.Error(e)
	}
}

func TestRemoteIDCanNotLeaveItsPath(t *testing.T) {
	var path string
	s := connect(t, serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.EscapedPath() })), 5*time.Second, byKey())
	if _, err := s.Apply(t.Context(), off("me/profile?x")); err != nil {
		t.Fatal(err)
	}
	if want := "/v1/users/me%2Fprofile%3Fx/suspend"; path != want {
		t.Errorf("%s, want %s", path, want)
	}
}

func TestPasswordIsInNoErrorHoweverItIsWritten(t *testing.T) {
	const word = `ab"cd\-correct-horse`
	c := create(1)
	c.After = c.After.Merge(attrs("password", word))
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(400)
		_, _ = w.Write(append([]byte("cannot take "), b...))
	})), 5*time.Second, byKey())
	_, err := s.Apply(t.Context(), c)
	if e := asError(t, err); strings.Contains(e.Error(), "correct-horse") || !strings.Contains(e.Error(), "[secret]") {
		t.Error(e)
	}
}
