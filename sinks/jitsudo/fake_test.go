package jitsudo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/jitsudo"
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

// login is the headers of somebody who has logged in.
func login(t *testing.T, f http.Handler, email, password string) map[string]string {
	t.Helper()
	header := map[string]string{"X-Tenant-ID": tenantID, "Content-Type": "application/json"}
	code, body := ask(f, "POST", "/v1/auth/login", header, `{"email":"`+email+`","password":"`+password+`"}`)
	var doc struct{ Token string }
	if err := json.Unmarshal([]byte(body), &doc); err != nil || code != 200 {
		t.Fatal(code, body)
	}
	header["Authorization"] = "Bearer " + doc.Token
	return header
}

func TestFakeIsAsStrictAsTheVendorsPages(t *testing.T) {
	const third = "/v1/users/00000000-0000-4000-8000-000000000003"
	const owner = "/v1/users/00000000-0000-4000-8000-000000000001"
	const good = `{"email":"new@example.com","name":"N","roles":["user"],"password":"long-enough"}`
	set := func(name, value string) func(map[string]string) { return func(h map[string]string) { h[name] = value } }
	user := func(members string) string { return `{"email":"new@example.com","name":"N",` + members + `}` }
	for _, tc := range []struct {
		method, path, body string
		header             func(map[string]string)
		status             int
		says               string
	}{
		{"POST", "/v1/users", good, nil, 201, `"is_owner":false`},
		{"POST", "/v1/users", good, set("Authorization", ""), 401, "unauthenticated"},
		{"POST", "/v1/users", good, set("Authorization", "Bearer x"), 401, "unauthenticated"},
		{"POST", "/v1/users", good, set("X-API-Key", "sandbox-key"), 400, "two credentials"},
		{"POST", "/v1/users", good, set("X-Tenant-ID", ""), 400, "X-Tenant-ID"},
		{"POST", "/v1/users", good, set("X-Tenant-ID", "acme"), 400, "UUID"},
		{"POST", "/v1/users", good, set("X-Tenant-ID", "3489E9AD-2EE2-8E00-8EC9-32D5F69181C0"), 403, "tenant_mismatch"},
		{"POST", "/v1/users", good, set("X-Tenant-ID", strings.ToLower(tenantID)), 201, ""},
		{"POST", "/v1/users", good, set("Content-Type", "text/plain"), 415, "application/json"},
		{"POST", "/v1/users", `{`, nil, 400, "invalid_input"},
		{"POST", "/v1/users", good + "x", nil, 400, "follows"},
		{"POST", "/v1/users", user(`"roles":["user"],"password":"long-enough","active":true`), nil, 400, "unknown member active"},
		{"POST", "/v1/users", user(`"roles":["user"],"password":"long-enough","colour":"red"`), nil, 400, "unknown member colour"},
		{"POST", "/v1/users", user(`"roles":["user"],"password":"long-enough","name":"M"`), nil, 400, "name is there twice"},
		{"POST", "/v1/users", user(`"password":"long-enough"`), nil, 400, "roles is required"},
		{"POST", "/v1/users", user(`"roles":"user","password":"long-enough"`), nil, 400, "list of texts"},
		{"POST", "/v1/users", user(`"roles":["user"],"password":{"generated":20}`), nil, 400, "password must be text"},
		{"POST", "/v1/users", `{"email":"new@example.com","name":" ","roles":["user"],"password":"long-enough"}`, nil, 400, "name is blank"},
		{"POST", "/v1/users", `{"email":"new","name":"N","roles":["user"],"password":"long-enough"}`, nil, 400, "e-mail"},
		{"POST", "/v1/users", user(`"roles":[],"password":"long-enough"`), nil, 422, "invalid_roles"},
		{"POST", "/v1/users", user(`"roles":["user","user"],"password":"long-enough"`), nil, 422, "invalid_roles"},
		{"POST", "/v1/users", user(`"roles":["chief"],"password":"long-enough"`), nil, 422, "unknown role chief"},
		{"POST", "/v1/users", user(`"roles":["user"]`), nil, 400, "password"},
		{"POST", "/v1/users", user(`"roles":["user"],"password":"short"`), nil, 400, "8 characters"},
		{"POST", "/v1/users", user(`"roles":["user"],"auth_provider":"oidc","password":"long-enough"`), nil, 400, "omitted"},
		{"POST", "/v1/users", user(`"roles":["user"],"auth_provider":"oidc"`), nil, 201, `"auth_provider":"oidc"`},
		{"POST", "/v1/users", user(`"roles":["user"],"auth_provider":"ldap"`), nil, 400, "auth_provider"},
		{"POST", "/v1/users", strings.Replace(good, "new@", "JANE@", 1), nil, 409, "already exists"},
		{"POST", "/v1/users", strings.Replace(good, "@example.com", "@Partner.example", 1), nil, 403, `"notices":["users of @partner.example`},
		{"PUT", third, `{"name":"Other","roles":["admin"]}`, nil, 200, `"roles":["admin"]`},
		{"PUT", third, `{"name":"Other"}`, nil, 400, "roles is required"},
		{"PUT", third, `{"roles":["admin"]}`, nil, 400, "name is required"},
		{"PUT", third, `{"name":null,"roles":["admin"]}`, nil, 400, "name must be text"},
		{"PUT", third, `{"name":"N","roles":["admin"],"email":"x@example.com"}`, nil, 400, "unknown member email"},
		{"PUT", third, `{"name":"N","roles":["chief"]}`, nil, 422, "invalid_roles"},
		{"PUT", third + "9", `{"name":"N","roles":["user"]}`, nil, 404, "not_found"},
		{"PUT", "/v1/users/3", `{"name":"N","roles":["user"]}`, nil, 404, "not_found"},
		{"PUT", owner, `{"name":"N","roles":["user"]}`, nil, 403, "owner"},
		{"POST", third + "/suspend", `{"active":false}`, nil, 200, `"active":false`},
		{"POST", third + "/suspend", `{"active":true}`, nil, 200, `"active":true`},
		{"POST", third + "/suspend", `{}`, nil, 400, "active is required"},
		{"POST", third + "/suspend", `{"active":"false"}`, nil, 400, "true or false"},
		{"POST", owner + "/suspend", `{"active":false}`, nil, 403, "owner"},
		{"GET", "/v1/users", "", nil, 200, `"has_more":false`},
		{"GET", "/v1/users?limit=2", "", nil, 200, `"has_more":true`},
		{"GET", "/v1/users?limit=2&cursor=YWZ0ZXI6Mg", "", nil, 200, `"jane@example.com"`},
		{"GET", "/v1/users?limit=0", "", nil, 400, "limit"},
		{"GET", "/v1/users?limit=101", "", nil, 400, "limit"},
		{"GET", "/v1/users?cursor=x", "", nil, 400, "cursor"},
		{"GET", "/v1/users?email=jane@example.com", "", nil, 400, "unknown parameter"},
		{"GET", third, "", nil, 405, ""},
		{"DELETE", third, "", nil, 405, ""},
		{"GET", "/healthz", "", set("X-Tenant-ID", ""), 200, "ok"},
	} {
		f := jitsudo.NewFake(jitsudo.FakeOptions{Forbid: "@partner.example"})
		f.Add(attrs("email", "jane@example.com", "name", "Jane", "roles", []string{"user"}))
		header := login(t, f, "rosterd@example.com", "sandbox-password")
		if tc.header != nil {
			tc.header(header)
		}
		status, body := ask(f, tc.method, tc.path, header, tc.body)
		if status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s %s %s:\n %d %s\n want %d with %q", tc.method, tc.path, tc.body, status, body, tc.status, tc.says)
		}
	}
}

func TestFakeLetsInWhoMayLogIn(t *testing.T) {
	header := map[string]string{"X-Tenant-ID": tenantID, "Content-Type": "application/json"}
	body := func(email, password string) string { return `{"email":"` + email + `","password":"` + password + `"}` }
	for _, tc := range []struct {
		o      jitsudo.FakeOptions
		body   string
		status int
		says   string
	}{
		{jitsudo.FakeOptions{}, body("ROSTERD@example.com", "sandbox-password"), 200, "expires_at"},
		{jitsudo.FakeOptions{}, body("rosterd@example.com", "no"), 401, ""},
		{jitsudo.FakeOptions{}, body("nobody@example.com", "no"), 401, ""},
		{jitsudo.FakeOptions{}, body("oidc@example.com", ""), 400, ""},
		{jitsudo.FakeOptions{}, body("oidc@example.com", "x"), 401, ""},
		{jitsudo.FakeOptions{}, body("gone@example.com", "sesame"), 401, ""},
		{jitsudo.FakeOptions{}, body("jane@example.com", "sesame"), 200, "token"},
		{jitsudo.FakeOptions{SecondFactor: true}, body("rosterd@example.com", "sandbox-password"), 200, "challenge_id"},
		{jitsudo.FakeOptions{Enrolment: true}, body("rosterd@example.com", "sandbox-password"), 200, "must_enroll"},
	} {
		f := jitsudo.NewFake(tc.o)
		f.Add(attrs("email", "jane@example.com", "name", "J", "roles", []string{"user"}, "password", "sesame"))
		f.Add(attrs("email", "gone@example.com", "name", "G", "roles", []string{"user"}, "password", "sesame", "active", false))
		f.Add(attrs("email", "oidc@example.com", "name", "O", "roles", []string{"user"}, "auth_provider", "oidc"))
		if status, text := ask(f, "POST", "/v1/auth/login", header, tc.body); status != tc.status || !strings.Contains(text, tc.says) {
			t.Errorf("%s: %d %s, want %d", tc.body, status, text, tc.status)
		}
	}
}

func TestFakeAsksForAnAdminsCredential(t *testing.T) {
	const body = `{"email":"new@example.com","name":"N","roles":["user"],"password":"long-enough"}`
	key := map[string]string{"X-Tenant-ID": tenantID, "Content-Type": "application/json", "X-API-Key": "sandbox-key"}
	for _, readOnly := range []bool{false, true} {
		f := jitsudo.NewFake(jitsudo.FakeOptions{KeysReadOnly: readOnly})
		f.Add(attrs("email", "jane@example.com", "name", "J", "roles", []string{"user"}, "password", "sesame"))
		if status, text := ask(f, "POST", "/v1/users", login(t, f, "jane@example.com", "sesame"), body); status != 403 || !strings.Contains(text, "only admins") {
			t.Errorf("no admin: %d %s", status, text)
		}
		if status, _ := ask(f, "GET", "/v1/users", key, ""); status != 200 {
			t.Errorf("a key may not read: %d", status)
		}
		if status, _ := ask(f, "POST", "/v1/users", key, body); (status == 401) != readOnly {
			t.Errorf("a key, read-only %v: %d", readOnly, status)
		}
	}
}
