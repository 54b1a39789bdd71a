package ece_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sync/plan"
)

// answering is a target that says whose the credential is, and to everything else that.
func answering(t *testing.T, status int, header, body string) string {
	t.Helper()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/user" {
			_, _ = io.WriteString(w, `{"user_name":"rosterd"}`)
			return
		}
		if header != "" {
			w.Header().Set("x-cloud-error-codes", header)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

func TestAnswersMeanWhatECESays(t *testing.T) {
	const page = "<html><head><title>nginx</title></head></html>"
	says := func(code string) string { return `{"errors":[{"code":"` + code + `","message":"no","fields":["x"]}]}` }
	for _, tc := range []struct {
		status         int
		header, body   string
		create, update sinks.Class
		code, advice   string
	}{
		{400, "", says("user.user_name.invalid"), sinks.Refused, sinks.Refused, "user.user_name.invalid", ""},
		{400, "", says("user.roles.invalid"), sinks.Refused, sinks.Refused, "user.roles.invalid", ""},
		{400, "", says("user.roles.forbidden"), sinks.Refused, sinks.Refused, "user.roles.forbidden", ""},
		{400, "", says("user.restricted_field"), sinks.Refused, sinks.Refused, "user.restricted_field", ""},
		{400, "", says("user.cannot_modify"), sinks.Refused, sinks.Refused, "user.cannot_modify", ""},
		{400, "", says("user.cannot_modify_external"), sinks.Refused, sinks.Refused, "user.cannot_modify_external", ""},
		{400, "user.cannot_modify_external", page, sinks.Refused, sinks.Refused, "user.cannot_modify_external", ""},
		{400, "user.roles.invalid", says("first.in.the.body"), sinks.Refused, sinks.Refused, "first.in.the.body", ""},
		{401, "", says("root.unauthenticated"), sinks.Halt, sinks.Halt, "root.unauthenticated", "expire"},
		{403, "", says("root.unauthorized"), sinks.Denied, sinks.Denied, "root.unauthorized", ""},
		{404, "", says("user.not_found"), sinks.Refused, sinks.NotFound, "user.not_found", ""},
		{404, "root.other, user.not_found", "", sinks.Refused, sinks.NotFound, "root.other, user.not_found", ""},
		{404, "", page, sinks.Halt, sinks.Halt, "", "/api/v1"},
		{404, "", "404 page not found", sinks.Halt, sinks.Halt, "", "/api/v1"},
		{404, "", says("root.resource_not_found"), sinks.Halt, sinks.Halt, "root.resource_not_found", "/api/v1"},
		{409, "", says("user.user_name.conflict"), sinks.Exists, sinks.Refused, "user.user_name.conflict", ""},
		{449, "", says("root.unauthorized.rbac.elevated_permissions_required"), sinks.Halt, sinks.Halt,
			"root.unauthorized.rbac.elevated_permissions_required", "elevated"},
		{449, "", page, sinks.Halt, sinks.Halt, "", "elevated"},
		{500, "", says("x"), sinks.Unknown, sinks.Unknown, "x", ""},
		{501, "", page, sinks.Unknown, sinks.Unknown, "", ""},
		{501, "", says("authc.no_authentication_cluster"), sinks.Halt, sinks.Halt, "authc.no_authentication_cluster", "security deployment"},
		{502, "", says("authc.authentication_cluster_error"), sinks.Unknown, sinks.Unknown, "authc.authentication_cluster_error", ""},
		{502, "", page, sinks.Unknown, sinks.Unknown, "", ""},
		{503, "", page, sinks.Unknown, sinks.Unknown, "", ""},
	} {
		s := connect(t, answering(t, tc.status, tc.header, tc.body))
		for _, c := range []plan.Change{create(1), update(1, "jane")} {
			want := tc.create
			if c.Action == plan.Update {
				want = tc.update
			}
			_, err := s.Apply(t.Context(), c)
			e := asError(t, err)
			if e.Class != want || e.Status != tc.status || e.Code != tc.code || (e.Advice != "") != (tc.advice != "") || !strings.Contains(e.Advice, tc.advice) {
				t.Errorf("%d %q %s at %v: %v %+v", tc.status, tc.header, tc.body, c.Action, e.Class, e)
			}
		}
	}
}

func TestProxysPagesHideNoCode(t *testing.T) {
	f := ece.NewFake(ece.FakeOptions{WebPages: true})
	s := connect(t, serve(t, f))
	apply(t, s, create(1))
	if _, err := s.Apply(t.Context(), create(1)); asError(t, err).Class != sinks.Exists || asError(t, err).Code != "user.user_name.conflict" {
		t.Error(err)
	}
	if _, err := s.Apply(t.Context(), update(1, "nobody")); asError(t, err).Class != sinks.NotFound {
		t.Error(err)
	}
	if found, err := s.Lookup(t.Context(), "E1", attrs("user_name", "nobody")); found != nil || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestPasswordIsInNoError(t *testing.T) {
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(400)
		_, _ = w.Write(b)
	})))
	for _, word := range []string{"correct-horse", `quo"ted\pass`, "pässwörter"} {
		c := create(1)
		c.After = c.After.Merge(attrs("security.password", word))
		_, err := s.Apply(t.Context(), c)
		if e := asError(t, err).Error(); strings.Contains(e, word) || strings.Contains(e, `quo\"ted`) {
			t.Errorf("%s", e)
		}
	}
}

func TestWithoutAdminRightsEverythingHalts(t *testing.T) {
	f := ece.NewFake(ece.FakeOptions{Elevated: true})
	if _, err := connect(t, serve(t, f)).Apply(t.Context(), create(1)); asError(t, err).Class != sinks.Halt || asError(t, err).Status != 449 {
		t.Error(err)
	}
	s := connectAs(t, serve(t, ece.NewFake(ece.FakeOptions{})), 10*time.Second, ece.Config{}, ece.KeyAuth("expired-key"))
	if _, err := s.Apply(t.Context(), create(1)); asError(t, err).Class != sinks.Halt || asError(t, err).Status != 401 {
		t.Error(err)
	}
	for _, err := range s.List(t.Context()) {
		if asError(t, err).Class != sinks.Halt {
			t.Error(err)
		}
	}
}
