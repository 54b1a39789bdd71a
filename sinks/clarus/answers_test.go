package clarus_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func asError(t *testing.T, err error) *sinks.Error {
	t.Helper()
	var e *sinks.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *sinks.Error", err)
	}
	return e
}

func TestIDOfACreatedUserIsReadFromEveryShape(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"id":123,"type":"users","attributes":{}}}`: "123",
		`{"data":{"id":"123","attributes":null}}`:            "123",
		`{"id":123,"email":"a@b.c"}`:                         "123",
		`{"id":"123"}`:                                       "123",
		`{"data":{"id":null}}`:                               "",
		`{"data":{}}`:                                        "",
		`{"data":[]}`:                                        "",
		`{"id":1.5}`:                                         "",
		`true`:                                               "",
		``:                                                   "",
	} {
		id, err := connect(t, answering(t, body), 5*time.Second, config()).Apply(t.Context(), create(1))
		if want != "" && (id != want || err != nil) {
			t.Errorf("%s: %q %v, want %q", body, id, err, want)
		}
		if want == "" && asError(t, err).Class != sinks.Unknown { // it may have been created
			t.Errorf("%s: %v, want Unknown", body, err)
		}
	}
}

func TestRefusalThatReadsLikeADuplicateIsLookedUp(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   sinks.Class
	}{
		{422, `{"errors":[{"code":"taken","detail":"has already been taken","source":{"pointer":"/data/attributes/email"}}]}`, sinks.Exists},
		{400, `{"errors":{"email":["has already been taken"]}}`, sinks.Exists},
		{422, `{"error":"E-Mail must be unique"}`, sinks.Exists},
		{400, `{"error":"User already exists"}`, sinks.Exists},
		{422, `{"message":"duplicate"}`, sinks.Exists},
		{409, `{}`, sinks.Exists},
		{422, `{"errors":{"email":["is invalid"]}}`, sinks.Refused},
		{422, `{"errors":{"role_id":["does not exist"]}}`, sinks.Refused},
		{422, `{"errors":{"external_system_reference1":["has already been taken"]}}`, sinks.Refused},
		{422, `{"errors":{"name":["has already been taken"]}}`, sinks.Refused},
		{403, `{"error":"email already exists"}`, sinks.Denied},
	} {
		u := connect(t, refusing(t, tc.status, tc.body), 5*time.Second, config())
		_, err := u.Apply(t.Context(), create(1))
		if e := asError(t, err); e.Class != tc.want {
			t.Errorf("%d %s: %v, want %v", tc.status, tc.body, e.Class, tc.want)
		}
		if _, err := u.Apply(t.Context(), update(1, "5")); asError(t, err).Class == sinks.Exists {
			t.Errorf("%d %s: an update can't exist already", tc.status, tc.body)
		}
	}
}

func TestOnlyA404ThatNamesTheRecordSaysThatItIsGone(t *testing.T) {
	for body, want := range map[string]sinks.Class{
		`{"errors":[{"code":"not_found","detail":"Couldn't find user with 'id'=7"}]}`: sinks.NotFound,
		`{"errors":[{"title":"Record not found"}]}`:                                   sinks.NotFound,
		`{"errors":["User not found"]}`:                                               sinks.NotFound,
		`{"error":"User not found"}`:                                                  sinks.NotFound,
		`{"error":{"message":"could not find User"}}`:                                 sinks.NotFound,
		``:                             sinks.Refused, // Envoy
		`{}`:                           sinks.Refused,
		`[]`:                           sinks.Refused,
		`{"message":"Not Found"}`:      sinks.Refused, // AWS
		`{"message":"User not found"}`: sinks.Refused,
		`{"message":"no Route matched with those values"}`:                   sinks.Refused, // Kong
		`{"status":404,"error":"Not Found"}`:                                 sinks.Refused, // Rails, for any path that it does not know
		`{"timestamp":"x","path":"/","status":404,"error":"Not Found"}`:      sinks.Refused, // Spring
		`{"errors":[{"status":"404","title":"Not Found"}]}`:                  sinks.Refused,
		`{"error":"No route matches [PATCH] \"/api/user/7\""}`:               sinks.Refused,
		`{"error":{"code":404,"message":"user service not found: no path"}}`: sinks.Refused,
		"404 page not found\n":                                               sinks.Unknown, // Go
		"<html><title>404 Not Found</title></html>":                          sinks.Unknown, // nginx
	} {
		for _, status := range []int{404, 410} {
			u := connect(t, refusing(t, status, body), 5*time.Second, config())
			gone := plan.Change{Action: plan.Deactivate, RemoteID: "7", After: attrs("is_active", false)}
			_, err := u.Apply(t.Context(), gone)
			e := asError(t, err)
			if e.Class != want || want == sinks.Refused && !strings.Contains(e.Message, "check base_url") {
				t.Errorf("%d %s: %v %v, want %v", status, body, e.Class, e, want)
			}
			if err := u.Confirm(t.Context(), "7", "jane@example.com"); asError(t, err).Class != want {
				t.Errorf("confirm %d %s: %v, want %v", status, body, err, want)
			}
		}
	}
}

// refusing is a target that gives a token, and to everything else that refusal.
func refusing(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"t"}`)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestValueThatCanNotBeSentIsRefused(t *testing.T) {
	u := connect(t, answering(t, `{"id":1}`), 5*time.Second, config())
	for name, c := range map[string]plan.Change{
		"unknown":   {Action: plan.Update, RemoteID: "1", After: attrs("name", record.UnknownValue())},
		"generated": {Action: plan.Create, After: attrs("name", record.GeneratedValue(12))},
		"no id":     {Action: plan.Update, After: attrs("name", "N")},
	} {
		if _, err := u.Apply(t.Context(), c); asError(t, err).Class != sinks.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemoteIDCanNotLeaveItsPath(t *testing.T) {
	var path string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		path = r.URL.EscapedPath()
		_, _ = io.WriteString(w, `{"access_token":"t","id":1}`)
	}))
	defer s.Close()
	if _, err := connect(t, s.URL, 5*time.Second, config()).Apply(t.Context(), update(1, "../accounts/1?x")); err != nil {
		t.Fatal(err)
	}
	if want := "/api/users/..%2Faccounts%2F1%3Fx"; path != want {
		t.Errorf("%s, want %s", path, want)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	for _, change := range []func(*clarus.Config){
		func(c *clarus.Config) { c.Resource = "products" },
		func(c *clarus.Config) { c.Subdomain = "" },
		func(c *clarus.Config) { c.Subdomain = "a b" },
		func(c *clarus.Config) { c.Reference = "string1" },
		func(c *clarus.Config) { c.UserID = "other" },
	} {
		cfg := config()
		change(&cfg)
		if _, err := clarus.New(cfg, nil); err == nil || !strings.HasPrefix(err.Error(), "read ") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestReferenceIsSentWithAnUpdateOnlyWhereAllowed(t *testing.T) {
	for _, onUpdate := range []bool{false, true} {
		cfg := config()
		cfg.Reference, cfg.ReferenceOnUpdate = "external_system_reference2", onUpdate
		u, err := clarus.New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		sch := u.Schema()
		for i := 1; i <= 3; i++ {
			a, ok := sch.Lookup("external_system_reference" + string(rune('0'+i)))
			if want := i != 2 || !onUpdate; !ok || a.CreateOnly != want {
				t.Errorf("%s: create-only %v, want %v", a.Name, a.CreateOnly, want)
			}
		}
		if sch.Reference != "external_system_reference2" || sch.Natural != "email" || sch.Active != "is_active" {
			t.Errorf("%+v", sch)
		}
	}
}
