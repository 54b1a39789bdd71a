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
	"github.com/rosterd/rosterd/sync/record"
)

// seen is a target that answers everything with an object and remembers the last request.
func seen(t *testing.T) (s *ece.Sink, path, body *string) {
	t.Helper()
	path, body = new(string), new(string)
	return connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*path, *body = r.Method+" "+r.URL.EscapedPath(), string(b)
		_, _ = io.WriteString(w, `{"user_name":"rosterd"}`)
	}))), path, body
}

func TestBodiesLoseNothing(t *testing.T) {
	null := record.Value{}
	for _, tc := range []struct {
		c    plan.Change
		want string
	}{
		{change(plan.Deactivate, "j", "security.enabled", false), `{"security":{"enabled":false}}`},
		{change(plan.Update, "j", "security.roles", []string{}), `{"security":{"roles":[]}}`},
		{change(plan.Update, "j", "security.roles", null), `{"security":{"roles":null}}`},
		{change(plan.Update, "j", "email", null, "full_name", "J"), `{"email":null,"full_name":"J"}`},
		{change(plan.Reactivate, "j", "security.enabled", true, "email", "a@b.c"), `{"security":{"enabled":true},"email":"a@b.c"}`},
		{change(plan.Update, "j"), `{}`},
		{change(plan.Create, "", "user_name", "j", "security.roles", []string{"ece_platform_admin"}),
			`{"security":{"enabled":true,"roles":["ece_platform_admin"]},"user_name":"j"}`},
		{change(plan.Create, "", "user_name", "j", "security.enabled", false, "security.roles", []string{"ece_platform_admin"}),
			`{"security":{"enabled":false,"roles":["ece_platform_admin"]},"user_name":"j"}`},
	} {
		s, _, body := seen(t)
		apply(t, s, tc.c)
		if *body != tc.want {
			t.Errorf("%s, want %s", *body, tc.want)
		}
	}
}

func TestWhatCanNotBeSentIsRefusedUnsent(t *testing.T) {
	role := func(list ...string) plan.Change {
		return change(plan.Create, "", "user_name", "j", "security.roles", list)
	}
	named := func(name string) plan.Change {
		return change(plan.Create, "", "user_name", name, "security.roles", []string{"ece_platform_admin"})
	}
	with := func(name string, v any) plan.Change {
		return change(plan.Create, "", "user_name", "j", "security.roles", []string{"ece_platform_admin"}, name, v)
	}
	for promise, tc := range map[string]struct {
		c    plan.Change
		says string
	}{
		"a name with a slash":             {named("a/b"), "a/b"},
		"a name with a blank":             {named("a b"), "a b"},
		"a name with an @":                {named("a@b"), "a@b"},
		"a name with a line after it":     {named("a\n"), "user_name"},
		"a name that is a folder":         {named(".."), "user_name"},
		"no name":                         {change(plan.Create, "", "security.roles", []string{"ece_platform_admin"}), "user_name"},
		"no roles":                        {change(plan.Create, "", "user_name", "j"), "security.roles"},
		"an empty list of roles":          {role(), "security.roles"},
		"a role that there is not":        {role("admin"), "admin"},
		"an administrator and more":       {role("ece_platform_admin", "ece_platform_viewer"), "alone"},
		"manager and viewer":              {role("ece_deployment_manager", "ece_deployment_viewer"), "exclude"},
		"roles that are a text":           {change(plan.Update, "j", "security.roles", "ece_platform_admin"), "list"},
		"a short password":                {with("security.password", "short77"), "7 characters"},
		"a short random password":         {with("security.password", record.GeneratedValue(7)), "7 characters"},
		"a random name":                   {with("full_name", record.GeneratedValue(9)), "full_name"},
		"an unknown value":                {change(plan.Update, "j", "email", record.UnknownValue()), "email"},
		"the active attribute without it": {change(plan.Deactivate, "j", "security.enabled", record.Value{}), "security.enabled"},
		"a read-only member":              {with("builtin", true), "builtin"},
		"the realm":                       {with("security.security_realm", "native"), "security_realm"},
		"the name in an update":           {change(plan.Update, "j", "user_name", "k"), "can't be changed"},
		"the password in an update":       {change(plan.Update, "j", "security.password", "long-enough"), "can't be changed"},
		"an update without an id":         {change(plan.Update, "", "full_name", "J"), "user"},
		"an update of a folder":           {change(plan.Update, "..", "full_name", "J"), ".."},
		"an update of the same folder":    {change(plan.Update, ".", "full_name", "J"), "."},
	} {
		s, path, _ := seen(t)
		_, err := s.Apply(t.Context(), tc.c)
		if e := asError(t, err); e.Class != sinks.Refused || !strings.Contains(e.Message, tc.says) || strings.Contains(e.Message, "short77") {
			t.Errorf("%s: %v %v", promise, e.Class, e)
		}
		if *path != "" {
			t.Errorf("%s: %s was sent", promise, *path)
		}
	}
}

func TestRolesThatGoTogetherAreSent(t *testing.T) {
	for _, list := range [][]string{{"ece_platform_admin"}, {"ece_platform_admin", "ece_platform_admin"},
		{"ece_platform_viewer", "ece_deployment_manager"}, {"ece_deployment_viewer"}} {
		s, _, _ := seen(t)
		apply(t, s, change(plan.Update, "j", "security.roles", list))
	}
}

func TestRuleForUserNamesCanBeWidened(t *testing.T) {
	f := ece.NewFake(ece.FakeOptions{Emails: true})
	s := connectAs(t, serve(t, f), 10*time.Second, ece.Config{UserNames: `[a-z.]+@example\.com|[a-z]+`}, ece.KeyAuth("sandbox-key"))
	if id := apply(t, s, change(plan.Create, "", "user_name", "jane@example.com", "security.roles", []string{"ece_platform_admin"})); id != "jane@example.com" {
		t.Error(id)
	}
	for _, name := range []string{"jane@example.com.evil", "x jane@example.com"} { // the alternatives are matched wholly
		if _, err := s.Apply(t.Context(), change(plan.Create, "", "user_name", name, "security.roles", []string{"ece_platform_admin"})); asError(t, err).Code != "unsendable" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemoteIDCanNotLeaveItsPath(t *testing.T) {
	s, path, _ := seen(t)
	apply(t, s, change(plan.Update, "../user?x#y%2F", "full_name", "J"))
	if want := "PATCH /api/v1/users/..%2Fuser%3Fx%23y%252F"; *path != want {
		t.Errorf("%s, want %s", *path, want)
	}
}

func TestRandomPasswordIsMadeAtSending(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	been := map[string]bool{}
	for _, name := range []string{"a", "b", "c"} {
		c := change(plan.Create, "", "user_name", name, "security.roles", []string{"ece_platform_admin"}, "security.password", record.GeneratedValue(24))
		apply(t, s, c)
		u := f.Users()[len(f.Users())-1]
		if len(u.Password) != 24 || been[u.Password] || !u.Attrs.Get("security.password").IsNull() {
			t.Errorf("%+v", u)
		}
		been[u.Password] = true
	}
}

func TestIDIsTheNameAsTheTargetSpellsIt(t *testing.T) {
	for body, want := range map[string]string{
		`{"user_name":"JANE.doe1"}`:                    "JANE.doe1",
		`{"user_name":"string","builtin":true}`:        "jane.doe1", // of a mock that knows no users
		`{"user_name":"jane.doe1","security":{"x":1}}`: "jane.doe1",
		`{}`:                       "jane.doe1",
		`null`:                     "",
		`[]`:                       "",
		`true`:                     "",
		``:                         "",
		`{"user_name":"jane.doe1"`: "",
	} {
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })))
		id, err := s.Apply(t.Context(), create(1))
		if want != "" && (id != want || err != nil) {
			t.Errorf("%s: %q %v, want %q", body, id, err, want)
		}
		if want == "" && asError(t, err).Class != sinks.Unknown { // it may have been created
			t.Errorf("%s: %v, want Unknown", body, err)
		}
	}
}
