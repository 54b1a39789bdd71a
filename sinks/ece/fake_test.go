package ece_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sync/record"
)

// ask sends one request to a fake and returns status, codes and body.
func ask(f http.Handler, method, path, header, body string) (status int, codes, text string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "ApiKey sandbox-key")
	r.Header.Set("Content-Type", "application/json")
	if name, value, ok := strings.Cut(header, ": "); ok {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, w.Header().Get("x-cloud-error-codes"), string(b)
}

func TestFakeIsAsStrictAsTheVendorsPages(t *testing.T) {
	const (
		users, jane = "/api/v1/users", "/api/v1/users/jane"
		security    = `"security":{"roles":["ece_platform_viewer"]}`
		good        = `{"user_name":"new",` + security + `}`
		invalid     = "root.invalid_json_request"
		restricted  = "user.restricted_field"
	)
	with := func(member string) string { return `{"user_name":"new",` + security + `,` + member + `}` }
	secure := func(member string) string {
		return `{"user_name":"new","security":{"roles":["ece_platform_viewer"],` + member + `}}`
	}
	hasRoles := func(roles string) string { return `{"user_name":"new","security":{"roles":` + roles + `}}` }
	for _, tc := range []struct {
		method, path, header, body string
		status                     int
		code, says                 string
	}{
		{"POST", users, "", good, 200, "", `"enabled":true`},
		{"POST", users, "", secure(`"enabled":false,"password":"12345678"`), 200, "", `"enabled":false`},
		{"POST", users, "Authorization: ApiKey other", good, 401, "root.unauthenticated", ""},
		{"POST", users, "Authorization: Bearer sandbox-key", good, 401, "root.unauthenticated", ""},
		{"POST", users, "Authorization: Basic cm9zdGVyZDpub3Q=", good, 401, "root.unauthenticated", ""},
		{"POST", users, "Authorization: Basic cm9zdGVyZDpzYW5kYm94LXNlY3JldA==", good, 200, "", `"new"`},
		{"POST", users, "Content-Type: text/plain", good, 415, "", "application/json"},
		{"POST", users, "", `"` + good + `"`, 400, invalid, "not a JSON object"},
		{"POST", users, "", `null`, 400, invalid, "not a JSON object"},
		{"POST", users, "", good + "x", 400, invalid, "not a JSON object"},
		{"POST", users, "", `{` + security + `}`, 400, "user.user_name.invalid", "user_name"},
		{"POST", users, "", `{"user_name":"a@b",` + security + `}`, 400, "user.user_name.invalid", "user_name"},
		{"POST", users, "", `{"user_name":"new"}`, 400, "user.roles.invalid", "security"},
		{"POST", users, "", `{"user_name":"new","security":7}`, 400, invalid, "security"},
		{"POST", users, "", hasRoles(`[]`), 400, "user.roles.invalid", "at least one"},
		{"POST", users, "", hasRoles(`["admin"]`), 400, "user.roles.invalid", "admin"},
		{"POST", users, "", hasRoles(`["ece_platform_admin","ece_platform_viewer"]`), 400, "user.roles.invalid", "alone"},
		{"POST", users, "", hasRoles(`["ece_deployment_manager","ece_deployment_viewer"]`), 400, "user.roles.invalid", "exclude"},
		{"POST", users, "", hasRoles(`["ece_deployment_manager"]`), 400, "user.roles.forbidden", "forbidden"},
		{"POST", users, "", with(`"builtin":false`), 400, restricted, "builtin"},
		{"POST", users, "", with(`"metadata":{}`), 400, restricted, "metadata"},
		{"POST", users, "", secure(`"permissions":[]`), 400, restricted, "permissions"},
		{"POST", users, "", secure(`"elevated_permissions":null`), 400, restricted, "elevated_permissions"},
		{"POST", users, "", secure(`"security_realm":{"type":"native","id":"n"}`), 400, restricted, "security_realm"},
		{"POST", users, "", with(`"colour":"red"`), 400, invalid, "colour"},
		{"POST", users, "", with(`"security.roles":["ece_platform_admin"]`), 400, invalid, "security.roles"},
		{"POST", users, "", with(`"full_name":7`), 400, invalid, "text"},
		{"POST", users, "", with(`"full_name":{"generated":9}`), 400, invalid, "text"},
		{"POST", users, "", with(`"full_name":null`), 400, invalid, "null"},
		{"POST", users, "", with(`"email":"jane"`), 400, invalid, "e-mail"},
		{"POST", users, "", secure(`"enabled":"true"`), 400, invalid, "true or false"},
		{"POST", users, "", secure(`"password":"1234567"`), 400, invalid, "7 characters"},
		{"POST", users, "", `{"user_name":"JANE",` + security + `}`, 409, "user.user_name.conflict", "in use"},
		{"POST", users, "", `{"user_name":"admin",` + security + `}`, 409, "user.user_name.conflict", "in use"},
		{"PATCH", jane, "", `{"full_name":"J"}`, 200, "", `"full_name":"J"`},
		{"PATCH", jane, "", `{}`, 200, "", `"user_name":"jane"`},
		{"PATCH", jane, "", `{"user_name":"jane"}`, 200, "", `"user_name":"jane"`},
		{"PATCH", jane, "", `{"user_name":"other"}`, 400, restricted, "user_name"},
		{"PATCH", jane, "", `"{\"full_name\":\"J\"}"`, 400, invalid, "not a JSON object"},
		{"PATCH", jane, "", `{"security":null}`, 400, invalid, "security"},
		{"PATCH", jane, "", `{"security":{"password":null}}`, 400, invalid, "password"},
		{"PATCH", jane, "", `{"security":{"roles":["ece_platform_admin","ece_platform_viewer"]}}`, 400, "user.roles.invalid", "alone"},
		{"PATCH", users + "/nobody", "", `{}`, 404, "user.not_found", ""},
		{"PATCH", users + "/admin", "", `{}`, 400, "user.cannot_modify", ""},
		{"PATCH", users + "/readonly", "", `{}`, 400, "user.cannot_modify", ""},
		{"PATCH", users + "/from-ldap", "", `{}`, 400, "user.cannot_modify_external", ""},
		{"GET", jane, "", "", 200, "", `"security_realm":{"type":"native","id":"native"}`},
		{"GET", users + "/left", "", "", 200, "", `"enabled":false`},
		{"GET", users + "/from-ldap", "", "", 200, "", `"type":"ldap"`},
		{"GET", users + "/nobody", "", "", 404, "user.not_found", ""},
		{"GET", "/api/v1/user", "", "", 200, "", `"user_name":"rosterd"`},
		{"GET", users + "?include_disabled=maybe", "", "", 400, invalid, "include_disabled"},
		{"PUT", jane, "", `{}`, 405, "", ""},
	} {
		f := ece.NewFake(ece.FakeOptions{ForbiddenRoles: []string{"ece_deployment_manager"}})
		f.Add(attrs("user_name", "jane", "full_name", "Jane"))
		f.Add(attrs("user_name", "left", "security.enabled", false))
		f.AddExternal("ldap", native("from-ldap"))
		status, codes, body := ask(f, tc.method, tc.path, tc.header, tc.body)
		if status != tc.status || !strings.HasPrefix(codes, tc.code) || !strings.Contains(body, tc.says) || strings.Contains(body, `"password":`) {
			t.Errorf("%s %s %s:\n %d %s %s\n want %d %s with %q", tc.method, tc.path, tc.body, status, codes, body, tc.status, tc.code, tc.says)
		}
	}
}

func TestFakeMergesPatches(t *testing.T) {
	f := ece.NewFake(ece.FakeOptions{})
	f.Add(attrs("user_name", "jane", "full_name", "Jane", "email", "j@x.example", "security.enabled", false,
		"security.password", "12345678", "security.roles", []string{"ece_platform_viewer"}))
	for _, tc := range []struct {
		patch string
		want  record.Attrs
	}{
		{`{}`, nil},
		{`{"full_name":null}`, attrs("full_name", nil)},
		{`{"security":{"roles":["ece_deployment_viewer"]}}`, attrs("security.roles", []string{"ece_deployment_viewer"})},
		{`{"security":{"roles":[]}}`, attrs("security.roles", []string{})},
		{`{"security":{"roles":null}}`, attrs("security.roles", nil)},
		{`{"security":{"enabled":null}}`, attrs("security.enabled", true)}, // the default
		{`{"security":{"enabled":false,"password":"87654321"}}`, attrs("security.enabled", false)},
	} {
		want := f.Users()[0].Attrs.Merge(tc.want)
		if status, _, body := ask(f, "PATCH", "/api/v1/users/jane", "", tc.patch); status != 200 {
			t.Errorf("%s: %d %s", tc.patch, status, body)
		}
		if diff := cmp.Diff(want, f.Users()[0].Attrs, cmp.Comparer(record.Value.Equal)); diff != "" {
			t.Errorf("%s: %s", tc.patch, diff)
		}
	}
	if got := f.Users()[0].Password; got != "87654321" {
		t.Errorf("the password is %s", got)
	}
}

func TestFakeListsDisabledUsersOnlyWhereAsked(t *testing.T) {
	f := ece.NewFake(ece.FakeOptions{})
	f.Add(attrs("user_name", "left", "security.enabled", false))
	for query, want := range map[string]int{"": 3, "?include_disabled=false": 3, "?include_disabled=true": 4} {
		if _, _, body := ask(f, "GET", "/api/v1/users"+query, "", ""); strings.Count(body, `"user_name"`) != want {
			t.Errorf("%s: %s", query, body)
		}
	}
	if len(f.All()) != 4 || len(f.Users()) != 1 || !f.All()[0].Builtin || !f.All()[1].Builtin || f.All()[2].ID != "rosterd" {
		t.Errorf("%+v", f.All())
	}
}
