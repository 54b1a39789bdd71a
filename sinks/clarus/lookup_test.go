package clarus_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
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
	found, err := connect(t, answering(t, body), 5*time.Second, config()).Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
	if err != nil || found == nil || found.RemoteID != "7" {
		t.Errorf("%+v, %v; want id 7", found, err)
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
		u := connect(t, answering(t, tc.body), 5*time.Second, config())
		found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
		if found != nil {
			t.Errorf("%s: found %+v", name, found)
		}
		if e := asError(t, err); e.Class != tc.want {
			t.Errorf("%s: %v %v, want %v", name, e.Class, e, tc.want)
		}
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
