package clarus_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/clarus"
)

// ask sends one request to a fake and returns status and body.
func ask(f http.Handler, method, path string, header map[string]string, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(b)
}

func bearer(t *testing.T, f http.Handler) map[string]string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"rosterd"}, "client_secret": {"sandbox-secret"}}
	code, body := ask(f, "POST", "/oauth/token", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
	var doc struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || code != 200 {
		t.Fatal(code, body)
	}
	return map[string]string{"Authorization": "Bearer " + doc.Token, "X-Clarus-Subdomain": "acme", "Content-Type": "application/json"}
}

func TestFakeIsAsStrictAsTheVendorsPages(t *testing.T) {
	user := func(attributes string) string { return `{"data":{"type":"users","attributes":` + attributes + `}}` }
	const good = `{"email":"new@example.com","name":"N"}`
	drop := func(name, value string) func(map[string]string) {
		return func(h map[string]string) { h[name] = value }
	}
	for _, tc := range []struct {
		method, path, body string
		header             func(map[string]string)
		status             int
		says               string
	}{
		{"POST", "/api/users", user(good), nil, 201, `"id":102`},
		{"POST", "/api/users", user(good), drop("Authorization", ""), 401, "invalid"},
		{"POST", "/api/users", user(good), drop("Authorization", "Bearer x"), 401, "invalid"},
		{"POST", "/api/users", user(good), drop("X-Clarus-Subdomain", ""), 400, "X-Clarus-Subdomain"},
		{"POST", "/api/users", user(good), drop("X-Clarus-Subdomain", "other"), 403, "subdomain"},
		{"POST", "/api/users", user(good), drop("Content-Type", "application/vnd.api+json"), 415, "application/json"},
		{"POST", "/api/users", good, nil, 400, "unknown field"},
		{"POST", "/api/users", `{}`, nil, 400, "data"},
		{"POST", "/api/users", `{"data":{"type":"accounts","attributes":{}}}`, nil, 400, "type"},
		{"POST", "/api/users", user(good) + "x", nil, 400, "follows"},
		{"POST", "/api/users", `{"data":`, nil, 400, ""},
		{"POST", "/api/users", user(`{"email":"new@example.com"}`), nil, 422, "name can't be blank"},
		{"POST", "/api/users", user(`{"email":"new@example.com","name":" "}`), nil, 422, "name can't be blank"},
		{"POST", "/api/users", user(`{"name":"N"}`), nil, 422, "email can't be blank"},
		{"POST", "/api/users", user(`{"email":"new","name":"N"}`), nil, 422, "Email is invalid"},
		{"POST", "/api/users", user(`{"email":"JANE@example.com","name":"N"}`), nil, 422, "already been taken"},
		{"POST", "/api/users", user(`{"email":"new@example.com","name":"N","colour":"red"}`), nil, 422, "unpermitted parameter: colour"},
		{"POST", "/api/users", user(`{"email":"new@example.com","name":"N","role_id":"5"}`), nil, 422, "whole number"},
		{"POST", "/api/users", user(`{"email":"new@example.com","name":"N","is_active":"true"}`), nil, 422, "true or false"},
		{"POST", "/api/users", user(`{"email":"new@example.com","name":"N","string1":{"generated":3}}`), nil, 422, "text"},
		{"PATCH", "/api/users/101", user(`{"name":"Other"}`), nil, 200, `"Other"`},
		{"PATCH", "/api/users/101", user(`{}`), nil, 200, `"jane@example.com"`},
		{"PATCH", "/api/users/101", user(`{"name":null}`), nil, 422, "blank"},
		{"PATCH", "/api/users/101", user(`{"external_system_reference1":"E1"}`), nil, 422, "unpermitted parameter"},
		{"PATCH", "/api/users/101", user(`{"email":"jane@EXAMPLE.com"}`), nil, 200, "EXAMPLE"},
		{"PATCH", "/api/users/1000101", user(`{"name":"Other"}`), nil, 404, "Couldn't find"},
		{"PATCH", "/api/users/x", user(`{"name":"Other"}`), nil, 404, "Couldn't find"},
		{"PATCH", "/api/users/100", user(`{"name":"Other"}`), nil, 404, "Couldn't find"},
		{"GET", "/api/users", "", nil, 405, ""},
		{"POST", "/graphql", `{"query":"{users{id}}"}`, nil, 200, `"errors"`},
		{"POST", "/graphql", `{"query":"{subdomain_users{all(filter:{user_email:{eq:\"jane@example.com\"}}){edges{node{id user{email}}}}}}"}`, nil, 200, `"1000101"`},
		{"POST", "/graphql", `{"query":"{subdomain_users{all(filter:{user_email:{eq:\"JANE@example.com\"}}){edges{node{id}}}}}"}`, nil, 200, `"edges":[]`},
		{"POST", "/graphql", `{"query":"{subdomain_users{all{edges{node{role_id}}}}}"}`, nil, 200, "doesn't exist"},
		{"POST", "/graphql", `{"query":"{subdomain_users{all(sort:\"id\"){edges{node{id}}}}}"}`, nil, 200, `"errors"`},
		{"POST", "/graphql", `{"query":"{subdomain_users{all{edges{node{id}}}}"}`, nil, 200, `"errors"`},
		{"POST", "/graphql", `{`, nil, 400, ""},
	} {
		f := clarus.NewFake(clarus.FakeOptions{})
		f.Add(attrs("email", "jane@example.com", "name", "Jane"))
		header := bearer(t, f)
		if tc.header != nil {
			tc.header(header)
		}
		status, body := ask(f, tc.method, tc.path, header, tc.body)
		if status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s %s %s:\n %d %s\n want %d with %q", tc.method, tc.path, tc.body, status, body, tc.status, tc.says)
		}
	}
}

func TestFakeIsAsStrictWithAccounts(t *testing.T) {
	account := func(attributes string) string { return `{"data":{"type":"accounts","attributes":` + attributes + `}}` }
	with := func(attribute string) string { return account(`{"code":"NEW","name":"N",` + attribute + `}`) }
	for _, tc := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/api/accounts", account(`{"code":"NEW","name":"N"}`), 201, `"id":502`},
		{"POST", "/api/accounts", account(`{"code":"NEW","name":"N"}`), 201, `"is_active":true`},
		{"POST", "/api/accounts", `{"data":{"type":"users","attributes":{"code":"NEW","name":"N"}}}`, 400, "type accounts"},
		{"POST", "/api/accounts", account(`{"name":"N"}`), 422, "code can't be blank"},
		{"POST", "/api/accounts", account(`{"code":"NEW"}`), 422, "name can't be blank"},
		{"POST", "/api/accounts", account(`{"code":"acme","name":"N"}`), 422, "Code has already been taken"},
		{"POST", "/api/accounts", with(`"role_id":1`), 422, "unpermitted parameter: role_id"},
		{"POST", "/api/accounts", with(`"string6":"x"`), 422, "unpermitted parameter: string6"},
		{"POST", "/api/accounts", with(`"email":"x"`), 422, "Email is invalid"},
		{"POST", "/api/accounts", with(`"is_active":null`), 422, "blank"},
		{"POST", "/api/accounts", with(`"integer1":"5"`), 422, "whole number"},
		{"POST", "/api/accounts", with(`"integer1":1.5`), 400, ""},
		{"POST", "/api/accounts", with(`"boolean1":"true"`), 422, "true or false"},
		{"POST", "/api/accounts", with(`"datetime1":"2026-01-31"`), 422, "date-time"},
		{"POST", "/api/accounts", with(`"datetime1":"2026-01-31 10:00:00Z"`), 422, "date-time"},
		{"POST", "/api/accounts", with(`"datetime1":"2026-02-30T10:00:00Z"`), 422, "date-time"},
		{"POST", "/api/accounts", with(`"datetime1":5`), 422, "date-time"},
		{"POST", "/api/accounts", with(`"datetime1":"2026-01-31T10:00:00+01:00","integer1":-5,"boolean1":false`), 201, `"integer1":-5`},
		{"PATCH", "/api/accounts/501", account(`{"name":"Other","integer1":null,"boolean1":null,"datetime1":null}`), 200, `"boolean1":null`},
		{"PATCH", "/api/accounts/501", account(`{}`), 200, `"ACME"`},
		{"PATCH", "/api/accounts/501", account(`{"code":"ACME"}`), 422, "unpermitted parameter: code"},
		{"PATCH", "/api/accounts/501", account(`{"external_system_reference1":"K1"}`), 422, "unpermitted parameter"},
		{"PATCH", "/api/accounts/501", account(`{"name":null}`), 422, "blank"},
		{"PATCH", "/api/accounts/101", account(`{"name":"Other"}`), 404, "Couldn't find account"},
		{"GET", "/api/accounts", "", 405, ""},
		{"POST", "/graphql", `{"query":"{accounts{all(filter:{code:{eq:\"ACME\"}}){edges{node{id code name is_short_pickable vat_number}}}}}"}`, 200, `"501"`},
		{"POST", "/graphql", `{"query":"{accounts{all(filter:{code:{eq:\"acme\"}}){edges{node{id}}}}}"}`, 200, `"edges":[]`},
		{"POST", "/graphql", `{"query":"{accounts{all(filter:{code:{ilike:\"cm\"}}){edges{node{id}}}}}"}`, 200, `"501"`},
		{"POST", "/graphql", `{"query":"{accounts{all(filter:{user_email:{eq:\"ACME\"}}){edges{node{id}}}}}"}`, 200, `"errors"`},
		{"POST", "/graphql", `{"query":"{accounts{all{edges{node{is_active}}}}}"}`, 200, "doesn't exist"},
	} {
		f := clarus.NewFake(clarus.FakeOptions{})
		f.AddAccount(attrs("code", "ACME", "name", "Acme", "boolean1", true))
		f.Add(attrs("email", "jane@example.com", "name", "Jane"))
		status, body := ask(f, tc.method, tc.path, bearer(t, f), tc.body)
		if status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s %s %s:\n %d %s\n want %d with %q", tc.method, tc.path, tc.body, status, body, tc.status, tc.says)
		}
	}
}

func TestFakeChangesACodeOnlyWhereAsked(t *testing.T) {
	f := clarus.NewFake(clarus.FakeOptions{CodeOnUpdate: true})
	f.AddAccount(attrs("code", "ACME", "name", "Acme"))
	for body, want := range map[string]int{`{"code":"NEW"}`: 200, `{"code":null}`: 422} {
		if status, text := ask(f, "PATCH", "/api/accounts/501", bearer(t, f), `{"data":{"type":"accounts","attributes":`+body+`}}`); status != want {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if got := f.Accounts()[0].Attrs.Get("code").Text(); got != "NEW" {
		t.Errorf("the code is %s", got)
	}
}

func TestFakeGivesTokensToItsClientOnlyAndForATime(t *testing.T) {
	f := clarus.NewFake(clarus.FakeOptions{TokenLife: time.Millisecond})
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for body, want := range map[string]int{
		"grant_type=password&client_id=rosterd&client_secret=sandbox-secret":           400,
		"grant_type=client_credentials&client_id=rosterd&client_secret=no":             401,
		"grant_type=client_credentials&client_id=rosterd&client_secret=sandbox-secret": 200,
	} {
		if status, _ := ask(f, "POST", "/oauth/token", form, body); status != want {
			t.Errorf("%s: %d, want %d", body, status, want)
		}
	}
	header := bearer(t, f)
	for deadline := time.Now().Add(5 * time.Second); ; {
		status, _ := ask(f, "POST", "/graphql", header, `{"query":"{subdomain_users{all{edges{node{id}}}}}"}`)
		if status == 401 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the token never expired")
		}
	}
}

func TestFakeFreesAnEmailThatAnUpdateGaveUp(t *testing.T) {
	f, u := tenant(t, clarus.FakeOptions{}, config())
	id, err := u.Apply(t.Context(), create(1))
	if err != nil {
		t.Fatal(err)
	}
	c := update(1, id)
	c.After = attrs("email", "married@example.com", "role_id", nil)
	if _, err := u.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Apply(t.Context(), create(1)); err != nil {
		t.Errorf("the old e-mail is not free: %v", err)
	}
	if _, there := f.Users()[0].Attrs.Lookup("role_id"); there || len(f.Users()) != 2 {
		t.Errorf("%+v", f.Users())
	}
}
