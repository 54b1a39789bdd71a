package ece_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/ece"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// listed is a list as far as it comes, without the foreign users, and the error that ended it.
func listed(t *testing.T, s *ece.Sink) (all []sinks.Found, failure error) {
	t.Helper()
	for found, err := range s.List(t.Context()) {
		if failure != nil {
			t.Errorf("something follows the error %v", failure)
		}
		if err != nil {
			failure = err
			continue
		}
		if found.Foreign == "" {
			all = append(all, found)
		}
	}
	return all, failure
}

func native(name string) record.Attrs {
	return attrs("user_name", name, "security.roles", []string{"ece_platform_viewer"})
}

func TestListShowsWhatAdoptingNeeds(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	f.Add(attrs("user_name", "jane", "full_name", "Jane", "email", "j@x.example", "security.password", "12345678",
		"security.roles", []string{"ece_platform_viewer", "ece_deployment_viewer"}))
	f.Add(attrs("user_name", "left", "security.enabled", false))
	f.AddExternal("ldap", native("from-ldap"))
	f.AddExternal("saml", native("from-saml"))
	f.AddExternal("active_directory", native("from-ad"))
	all, err := listed(t, s)
	if err != nil {
		t.Fatal(err)
	}
	want := []sinks.Found{
		{RemoteID: "jane", Attrs: attrs("email", "j@x.example", "full_name", "Jane", "security.enabled", true,
			"security.roles", []string{"ece_deployment_viewer", "ece_platform_viewer"}, "user_name", "jane")},
		{RemoteID: "left", Attrs: attrs("email", nil, "full_name", nil, "security.enabled", false, "security.roles", nil, "user_name", "left")},
	}
	if diff := cmp.Diff(want, all, cmp.Comparer(record.Value.Equal)); diff != "" {
		t.Error(diff)
	}
}

func TestForeignUsersAreShownWithTheReason(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	f.AddExternal("ldap", native("from-ldap"))
	f.Add(native("jane"))
	want := map[string]string{"admin": "it is built into ECE", "readonly": "it is built into ECE", "rosterd": "it is the user that rosterd logs in as",
		"from-ldap": "it comes from the realm ldap, which looks after it", "jane": ""}
	n := 0
	for found, err := range s.List(t.Context()) {
		if why, ok := want[found.RemoteID]; err != nil || !ok || found.Foreign != why {
			t.Errorf("%s: %q %v, want %q", found.RemoteID, found.Foreign, err, why)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d of %d", n, len(want))
	}
	for name, why := range want {
		if found, err := s.Lookup(t.Context(), "E1", attrs("user_name", name)); err != nil || found == nil || found.Foreign != why {
			t.Errorf("%s: %+v %v, want %q", name, found, err, why)
		}
	}
}

func TestLookupFindsThatUser(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	f.Add(native("Jane"))
	f.Add(attrs("user_name", "left", "security.enabled", false))
	f.AddExternal("ldap", native("from-ldap"))
	for name, want := range map[string]string{
		"Jane": "Jane", "jane": "Jane", "left": "left",
		"nobody": "", "ROSTERD": "rosterd",
	} {
		found, err := s.Lookup(t.Context(), "E1", attrs("user_name", name))
		if err != nil || (found == nil) != (want == "") || found != nil && (found.RemoteID != want || found.Reference != "") {
			t.Errorf("%s: %+v, %v; want %q", name, found, err, want)
		}
	}
	for _, name := range []string{"", ".", ".."} {
		if _, err := s.Lookup(t.Context(), "E1", attrs("user_name", name)); asError(t, err).Class != sinks.Refused {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestTargetThatMindsCaseShowsOnlyTheSpelledOne(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{MindsCase: true})
	f.Add(native("Jane"))
	f.Add(native("jane"))
	for _, name := range []string{"Jane", "jane"} {
		if found, err := s.Lookup(t.Context(), "E1", attrs("user_name", name)); err != nil || found == nil || found.RemoteID != name {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	if found, err := s.Lookup(t.Context(), "E1", attrs("user_name", "JANE")); found != nil || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestAnswerThatIsNoUserIsAnErrorAndNeverNone(t *testing.T) {
	for _, body := range []string{`{}`, `null`, `[]`, ``, `{"user_name":"other"}`, `{"user_name":"jane"`, `{"user_name":7}`,
		`{"user_name":"jane","security":{"roles":"x"}}`, `{"users":[]}`, `<html>`} {
		found, err := connect(t, answering(t, 200, "", body)).Lookup(t.Context(), "E1", attrs("user_name", "jane"))
		if found != nil || asError(t, err).Class != sinks.Unknown {
			t.Errorf("%s: %+v, %v", body, found, err)
		}
	}
}

func TestListThatIsNotWholeIsAnError(t *testing.T) {
	for body, users := range map[string]int{
		``: 0, `{}`: 0, `null`: 0, `[]`: 0, `{"users":null}`: 0, `{"users":{}}`: 0, `{"users":[`: 0, `{"users":[]`: 0, `<html>`: 0,
		`{"users":[{"user_name":"a"}`:                      1,
		`{"users":[{"user_name":"a"}]`:                     1,
		`{"users":[{"user_name":"a"},{"user_name":"b"`:     1,
		`{"users":[{"user_name":"a"},{}]}`:                 1,
		`{"users":[{"user_name":"a"},null]}`:               1,
		`{"users":[{"user_name":"a"},{"user_name":7}]}`:    1,
		`{"users":[{"user_name":"a"}],"users":[]}`:         1,
		`{"users":[{"user_name":"a"}]}{"users":[]}`:        1,
		`{"users":[{"user_name":"a"}],"next":}`:            1,
		`{"users":[{"user_name":"a"}]` + "\x00}":           1,
		`{"x":{"users":[{"user_name":"a"}]}}`:              0,
		`{"users":[{"user_name":"a"}]}` + `<!-- proxy -->`: 1,
	} {
		all, err := listed(t, connect(t, answering(t, 200, "", body)))
		if len(all) != users || asError(t, err).Class != sinks.Unknown {
			t.Errorf("%s: %d users, %v", body, len(all), err)
		}
	}
	for status, want := range map[int]sinks.Class{404: sinks.Halt, 403: sinks.Denied, 500: sinks.Unknown} {
		if _, err := listed(t, connect(t, answering(t, status, "", ""))); asError(t, err).Class != want {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestListWithoutSecurityShowsNoSecurity(t *testing.T) {
	body := ` {"other":{"users":[1]},"users":[{"user_name":"a"},{"user_name":"admin","builtin":true},{"user_name":"b","security":{"roles":["z","y","z"]}}],"n":1} `
	all, err := listed(t, connect(t, answering(t, 200, "", body)))
	want := []sinks.Found{
		{RemoteID: "a", Attrs: attrs("email", nil, "full_name", nil, "user_name", "a")},
		{RemoteID: "b", Attrs: attrs("email", nil, "full_name", nil, "security.roles", []string{"y", "z"}, "user_name", "b")},
	}
	if diff := cmp.Diff(want, all, cmp.Comparer(record.Value.Equal)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestListIsLongerThanAnyOtherAnswer(t *testing.T) {
	const users = 40_000 // some 8 MiB
	f, s := platform(t, ece.FakeOptions{})
	for i := range users {
		f.Add(attrs("user_name", fmt.Sprintf("user%d", i), "full_name", "N", "security.roles", []string{"ece_platform_viewer"}))
	}
	if all, err := listed(t, s); len(all) != users || err != nil {
		t.Errorf("%d of %d, %v", len(all), users, err)
	}
}

func TestListCanBeLeft(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	for i := range 3000 {
		f.Add(native(fmt.Sprint("user", i)))
	}
	for range 20 { // a slot that was kept would end this
		n := 0
		for _, err := range s.List(t.Context()) {
			if n++; err != nil {
				t.Fatal(err)
			}
			if n == 2 {
				break
			}
		}
	}
}

func TestOwnUserIsNeitherAdoptedNorWritten(t *testing.T) {
	f, s := platform(t, ece.FakeOptions{})
	f.Add(native("jane"))
	for _, id := range []string{"rosterd", "Rosterd"} {
		_, err := s.Apply(t.Context(), change(plan.Deactivate, id, "security.enabled", false))
		if e := asError(t, err); e.Class != sinks.Refused || e.Code != "own_user" {
			t.Errorf("%s: %v", id, err)
		}
	}
	if all, err := listed(t, s); err != nil || len(all) != 1 || all[0].RemoteID != "jane" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestOwnUserIsAskedForOnceAndOnlyWhereNotKnown(t *testing.T) {
	for self, want := range map[string]int{"": 1, "rosterd": 0} {
		asked := 0
		f := ece.NewFake(ece.FakeOptions{})
		f.Add(native("jane"))
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/user" {
				asked++
			}
			f.ServeHTTP(w, r)
		}))
		s := connectAs(t, url, 10e9, ece.Config{Self: self}, basic(t))
		for range 3 {
			apply(t, s, change(plan.Update, "jane", "full_name", "J"))
			if _, err := listed(t, s); err != nil {
				t.Error(err)
			}
		}
		if asked != want {
			t.Errorf("%q: asked %d times, want %d", self, asked, want)
		}
	}
}

func TestUpdateIsNotSentWhereTheOwnUserCanNotBeAsked(t *testing.T) {
	for status, want := range map[int]sinks.Class{500: sinks.Unsent, 429: sinks.Unsent, 401: sinks.Halt, 449: sinks.Halt, 403: sinks.Halt, 404: sinks.Halt, 400: 0} {
		wrote := 0
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(status)
				return
			}
			wrote++
			_, _ = io.WriteString(w, `{}`)
		})))
		_, err := s.Apply(t.Context(), update(1, "jane"))
		if want == 0 && (err != nil || wrote != 1) || want != 0 && (wrote != 0 || asError(t, err).Class != want) {
			t.Errorf("%d: %d writes, %v", status, wrote, err)
		}
	}
}

func TestOwnUserIsNotWrittenAfterAMomentWithoutRights(t *testing.T) {
	asked, wrote := 0, 0
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/api/v1/user":
			wrote++
		case asked == 0:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"errors":[{"code":"root.unauthorized","message":"for a moment"}]}`)
		default:
			_, _ = io.WriteString(w, `{"user_name":"me"}`)
		}
		asked++
	})))
	for n, want := range []sinks.Class{sinks.Halt, sinks.Refused, sinks.Refused} {
		_, err := s.Apply(t.Context(), change(plan.Deactivate, "me", "security.enabled", false))
		if e := asError(t, err); e.Class != want || want == sinks.Halt && !strings.Contains(e.Advice, "check auth") {
			t.Errorf("%d: %v %v", n, e.Class, e)
		}
	}
	if asked != 2 || wrote != 0 {
		t.Errorf("asked %d times, wrote %d", asked, wrote)
	}
}

func TestPingShowsWhetherTheKeyIsRight(t *testing.T) {
	for key, want := range map[string]sinks.Class{"sandbox-key": 0, "wrong-key": sinks.Halt} {
		reads := 0
		f := ece.NewFake(ece.FakeOptions{})
		s := connectAs(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reads++
			f.ServeHTTP(w, r)
		})), 10e9, ece.Config{Self: "rosterd"}, ece.KeyAuth(key))
		err := s.Ping(t.Context())
		if want == 0 && err != nil || want != 0 && asError(t, err).Class != want || reads != 1 {
			t.Errorf("%s: %v after %d requests", key, err, reads)
		}
	}
	for body, want := range map[string]string{`<html>`: "web page", `{}`: "user_name", `[]`: "read answer"} {
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })))
		if err := s.Ping(t.Context()); err == nil || asError(t, err).Class != sinks.Unknown || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPingThatIsRefusedProvesNothing(t *testing.T) {
	s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) })))
	if err := s.Ping(t.Context()); asError(t, err).Class != sinks.Refused {
		t.Error(err)
	}
}

func FuzzListNeverPanicsNorEndsEarly(f *testing.F) {
	f.Add(`{"users":[{"user_name":"a","security":{"roles":["x"],"security_realm":{"type":"ldap"}}}]}`)
	f.Add(`{"users":[`)
	f.Add(`{"a":[{"b":1}],"users":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		names, err := ece.NamesIn(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := ece.NamesIn(strings.NewReader(text + " "))
		if err != nil || len(again) != len(names) {
			t.Errorf("%q: %d, then %d users and %v", text, len(names), len(again), err)
		}
		if cut := strings.TrimRight(text, " \t\r\n"); len(cut) > 0 {
			if _, err := ece.NamesIn(strings.NewReader(cut[:len(cut)-1])); err == nil {
				t.Errorf("%q: without its end it is whole", text)
			}
		}
	})
}
