package clarus_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
)

func TestLookupFindsExactlyThatEmailWithoutCase(t *testing.T) {
	for _, tc := range []struct {
		ask   string
		there []string
		want  int // which of there, -1: none
	}{
		{"jane@example.com", nil, -1},
		{"jane@example.com", []string{"Jane@Example.COM"}, 0},
		{"JANE@EXAMPLE.COM", []string{"mary-jane@example.com", "jane@example.com", "jane@example.com.au"}, 1},
		{"a_b@example.com", []string{"axb@example.com", "a_b@example.com"}, 1},
		{"a_b@example.com", []string{"axb@example.com"}, -1},
		{"50%@example.com", []string{"50x@example.com", "50%@example.com"}, 1},
		{`o'"neil@example.com`, []string{`o'"neil@example.com`}, 0},
		{`back\slash@example.com`, []string{`back\slash@example.com`}, 0},
		{"jörg@example.com", []string{"JÖRG@example.com"}, 0},
	} {
		f, u := tenant(t, clarus.FakeOptions{PageSize: 1}, config())
		want := ""
		for i, email := range tc.there {
			if id := f.Add(attrs("email", email, "name", "N")); i == tc.want {
				want = strconv.FormatInt(id, 10)
			}
		}
		found, err := u.Lookup(t.Context(), "E1", attrs("email", tc.ask))
		switch {
		case err != nil:
			t.Errorf("%s: %v", tc.ask, err)
		case (found != nil) != (tc.want >= 0), found != nil && found.RemoteID != want:
			t.Errorf("%s among %v: %+v, want id %q", tc.ask, tc.there, found, want)
		}
	}
}

func TestLookupOfSeveralIsAmbiguous(t *testing.T) {
	f, u := tenant(t, clarus.FakeOptions{}, config())
	f.Add(attrs("email", "jane@example.com", "name", "A"))
	f.Add(attrs("email", "JANE@example.com", "name", "B"))
	_, err := u.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
	if e := asError(t, err); e.Class != sinks.Refused || e.Code != "ambiguous" {
		t.Errorf("%v %v", e.Class, e)
	}
	if _, err = u.Lookup(t.Context(), "E1", nil); asError(t, err).Code != "no_email" {
		t.Error(err)
	}
}

func TestUserOnTwoPagesIsOne(t *testing.T) {
	const edge = `{"node":{"id":"9","user":{"id":"7","email":"jane@example.com"}}}`
	body := `{"data":{"subdomain_users":{"all":{"edges":[` + edge + `,` + edge + `]}}}}`
	found, err := users(t, answering(t, body), 5*time.Second, config()).Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
	if err != nil || found == nil || found.RemoteID != "7" {
		t.Errorf("%+v, %v; want id 7", found, err)
	}
}

func TestListGivesEverybodyOnce(t *testing.T) {
	f, u := tenant(t, clarus.FakeOptions{}, config())
	for i := range 250 {
		f.Add(attrs("email", fmt.Sprintf("u%d@example.com", i), "name", "N"))
	}
	seen := map[string]bool{}
	for found, err := range u.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seen[found.RemoteID] = true
	}
	if len(seen) != 250 {
		t.Errorf("%d users, want 250", len(seen))
	}
}

func TestAnswerThatIsNoListIsAnErrorAndNeverNone(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want sinks.Class
	}{
		"GraphQL errors":     {`{"errors":[{"message":"Field 'user_email' doesn't exist"}]}`, sinks.Refused},
		"errors and a list":  {`{"data":{"subdomain_users":{"all":{"edges":[]}}},"errors":[{"message":"half"}]}`, sinks.Refused},
		"nothing":            {`{}`, sinks.Unknown},
		"null":               {`{"data":{"subdomain_users":null}}`, sinks.Unknown},
		"no JSON":            {`ok`, sinks.Unknown},
		"a page without id":  {`{"data":{"subdomain_users":{"all":{"edges":[{"node":{"id":"1","user":{"email":"jane@example.com"}}}]}}}}`, sinks.Unknown},
		"a user that is nil": {`{"data":{"subdomain_users":{"all":{"edges":[{"node":{"id":"1","user":null}}]}}}}`, sinks.Unknown},
		"next, but where":    {`{"data":{"subdomain_users":{"all":{"edges":[],"pageInfo":{"hasNextPage":true}}}}}`, sinks.Unknown},
		"the same again":     {`{"data":{"subdomain_users":{"all":{"edges":[],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}}`, sinks.Unknown},
	} {
		u := users(t, answering(t, tc.body), 5*time.Second, config())
		found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
		if found != nil {
			t.Errorf("%s: found %+v", name, found)
		}
		if e := asError(t, err); e.Class != tc.want {
			t.Errorf("%s: %v %v, want %v", name, e.Class, e, tc.want)
		}
	}
}

func TestIDOfTheConfiguredKindIsUsed(t *testing.T) {
	for kind, byNode := range map[string]bool{clarus.Nested: false, clarus.Node: true} {
		cfg := config()
		cfg.UserID = kind
		f, u := tenant(t, clarus.FakeOptions{PatchByNode: byNode}, cfg)
		f.Add(attrs("email", "jane@example.com", "name", "Jane"))
		found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		if err := u.Confirm(t.Context(), found.RemoteID, "jane@example.com"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := u.Apply(t.Context(), update(1, found.RemoteID)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if got := f.Users()[0].Attrs.Get("name").Text(); got != "Jané" {
			t.Errorf("%s: name is %q", kind, got)
		}
	}
}

func TestIDOfTheWrongKindStopsTheSink(t *testing.T) {
	prepare := func() (*clarus.Users, string) {
		f, u := tenant(t, clarus.FakeOptions{NodeOffset: 1, PatchByNode: true}, config()) // nested ids are other people's
		f.Add(attrs("email", "somebody@example.com", "name", "S"))
		f.Add(attrs("email", "jane.doe1@example.com", "name", "J"))
		found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane.doe1@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		return u, found.RemoteID
	}
	u, id := prepare()
	if e := asError(t, u.Confirm(t.Context(), id, "jane.doe1@example.com")); e.Class != sinks.Halt || !strings.Contains(e.Advice, "user_id") {
		t.Errorf("confirm: %v %v", e.Class, e)
	}
	u, id = prepare()
	_, err := u.Apply(t.Context(), update(1, id))
	if e := asError(t, err); e.Class != sinks.Halt || e.Code != "wrong_id" {
		t.Errorf("update: %v %v", e.Class, e)
	}
}

// answering is a target that gives a token, and to everything else that body.
func answering(t *testing.T, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/oauth/token" {
			body := `{"access_token":"t"}`
			_, _ = io.WriteString(w, body)
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
