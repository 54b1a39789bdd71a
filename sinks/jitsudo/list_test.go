package jitsudo_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/jitsudo"
)

// asked counts the pages of the list that a target was asked for.
func asked(h http.Handler, pages *int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			*pages++
		}
		h.ServeHTTP(w, r)
	})
}

func TestListGivesEverybodyWithOneRequestAPage(t *testing.T) {
	for n, pages := range map[int]int{0: 1, 1: 1, 48: 1, 49: 2, 250: 6} { // with the owner and ourselves
		f, got := jitsudo.NewFake(jitsudo.FakeOptions{}), 0
		for i := range n {
			f.Add(attrs("email", mail(i), "name", "N", "roles", []string{"user"}, "active", i%2 == 0))
		}
		seen := map[string]bool{}
		for found, err := range connect(t, serve(t, asked(f, &got)), 5*time.Second, byKey()).List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen[found.RemoteID] = true
		}
		if n += 2; len(seen) != n || got != pages { // with the owner and ourselves
			t.Errorf("%d of %d with %d requests, want %d", len(seen), n, got, pages)
		}
	}
}

func TestListShowsWhatAnAdoptionNeeds(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{})
	id := f.Add(attrs("email", "Jane@Example.com", "name", "Jane", "roles", []string{"user", "approver"}, "auth_provider", "saml", "active", false))
	found, err := s.Lookup(t.Context(), "E1", attrs("email", "jane@example.COM"))
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	const want = `{"active":false,"auth_provider":"saml","email":"Jane@Example.com","name":"Jane","roles":["approver","user"]}`
	if got := string(found.Attrs.AppendJSON(nil)); got != want || found.RemoteID != id || found.Reference != "" {
		t.Errorf("%s %+v, want %s", got, found, want)
	}
}

func TestAvatarsOfAWholePageAreRead(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{Avatar: 350_000})
	for i := range 60 {
		f.Add(attrs("email", mail(i), "name", "N", "roles", []string{"user"}))
	}
	if found, err := s.Lookup(t.Context(), "E1", attrs("email", mail(59))); found == nil || err != nil {
		t.Error(found, err)
	}
}

func TestLookUpAfterAFailedCreateSeesWhatTheListingCouldNot(t *testing.T) {
	f, pages, lose := jitsudo.NewFake(jitsudo.FakeOptions{}), 0, false
	s := connect(t, serve(t, asked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(w, r)
		if lose && r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
	}), &pages)), 5*time.Second, byKey())
	for range 3 {
		if found, err := s.Lookup(t.Context(), "E1", create(1).After); found != nil || err != nil {
			t.Fatal(found, err)
		}
	}
	if pages != 1 {
		t.Errorf("%d listings for three look-ups", pages)
	}
	lose = true
	if _, err := s.Apply(t.Context(), create(1)); asError(t, err).Class != sinks.Unknown {
		t.Fatal(err)
	}
	for range 3 {
		if found, err := s.Lookup(t.Context(), "E1", create(1).After); found == nil || err != nil {
			t.Fatal("created behind the listing's back, and not seen", err)
		}
	}
	if pages != 2 {
		t.Errorf("%d listings, want 2", pages)
	}
}

func TestLookUpOfSeveralIsAmbiguousAndOfNobodyIsRefused(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{PageSize: 1})
	f.Add(attrs("email", "jane@example.com", "name", "A", "roles", []string{"user"}))
	f.Add(attrs("email", "JANE@example.com", "name", "B", "roles", []string{"user"}))
	_, err := s.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
	if e := asError(t, err); e.Class != sinks.Refused || e.Code != "ambiguous" {
		t.Errorf("%v %v", e.Class, e)
	}
	if _, err = s.Lookup(t.Context(), "E1", nil); asError(t, err).Code != "no_email" {
		t.Error(err)
	}
}

// jane is a whole user as a list shows one.
const jane = `{"id":"7","email":"jane@example.com","name":"Jane","roles":["user"],"auth_provider":"local","active":true,"is_owner":false}`

func TestAnswerThatIsNoListIsAnErrorAndNeverNobody(t *testing.T) {
	without := func(member string) string {
		return `{"data":[` + strings.Replace(jane, `"`+member+`"`, `"x"`, 1) + `]}`
	}
	full := strings.TrimSuffix(strings.Repeat(jane+",", 50), ",")
	for promise, tc := range map[string]struct {
		status int
		body   string
		want   sinks.Class
		code   string
	}{
		"nothing":              {200, `{}`, sinks.Unknown, ""},
		"null":                 {200, `{"data":null}`, sinks.Unknown, ""},
		"no JSON":              {200, `ok`, sinks.Unknown, ""},
		"an object":            {200, `{"data":{}}`, sinks.Unknown, ""},
		"a web page":           {200, `<html>`, sinks.Unknown, ""},
		"no id":                {200, without("id"), sinks.Unknown, ""},
		"no email":             {200, without("email"), sinks.Unknown, ""},
		"no active":            {200, without("active"), sinks.Unknown, ""},
		"no is_owner":          {200, without("is_owner"), sinks.Unknown, ""},
		"more, but where":      {200, `{"data":[],"has_more":true}`, sinks.Unknown, "paging"},
		"the same again":       {200, `{"data":[],"has_more":true,"next_cursor":"x"}`, sinks.Unknown, "paging"},
		"again without a say":  {200, `{"data":[],"next_cursor":"x"}`, sinks.Unknown, "paging"},
		"no such path":         {404, `{"code":"not_found","message":"no"}`, sinks.Refused, "no_list"},
		"not its 404":          {404, "404 page not found", sinks.Halt, ""},
		"an empty 404":         {404, ``, sinks.Halt, ""},
		"a full page":          {200, `{"data":[` + full + `],"pagination":{"total":5000,"next":"abc"}}`, sinks.Unknown, "paging"},
		"a full page, null":    {200, `{"data":[` + full + `],"has_more":null}`, sinks.Unknown, "paging"},
		"more than was asked":  {200, `{"data":[` + full + `,` + jane + `]}`, sinks.Unknown, "paging"},
		"a cursor of a number": {200, `{"data":[],"next_cursor":5}`, sinks.Unknown, ""},
		"no such method":       {405, ``, sinks.Refused, "no_list"},
		"another tenant":       {403, `{"code":"tenant_mismatch","message":"no"}`, sinks.Halt, "tenant_mismatch"},
		"not allowed":          {403, `{"code":"forbidden","message":"no"}`, sinks.Denied, "forbidden"},
		"an error":             {500, ``, sinks.Unknown, ""},
	} {
		s := answering(t, tc.status, tc.body, nil)
		found, err := s.Lookup(t.Context(), "E1", create(1).After)
		if e := asError(t, err); found != nil || e.Class != tc.want || e.Code != tc.code {
			t.Errorf("%s: %+v, %v %v", promise, found, e.Class, e)
		}
		last := error(nil)
		for _, err := range s.List(t.Context()) {
			last = err
		}
		if e := asError(t, last); e.Class != tc.want {
			t.Errorf("%s: %v %v", promise, e.Class, e)
		}
	}
}

func TestListEndsWhereItSaysSo(t *testing.T) {
	full := strings.Repeat(`,`+jane, 49)
	for _, tc := range []struct {
		first string // what follows the first user of the first page
		pages int
	}{
		{full + `],"next_cursor":null`, 1},
		{full + `],"next_cursor":""`, 1},
		{full + `],"has_more":false`, 1},
		{full + `],"next_cursor":"a&b"`, 2},
		{`]`, 1},
		{`],"has_more":false`, 1},
		{`],"has_more":false,"next_cursor":"a&b"`, 1},
		{`],"next_cursor":null`, 1},
		{`],"next_cursor":"a&b"`, 2},
		{`],"has_more":true,"next_cursor":"a&b"`, 2},
	} {
		pages := 0
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pages++
			switch cursor := r.URL.Query().Get("cursor"); cursor {
			case "":
				fmt.Fprintf(w, `{"data":[%s%s}`, jane, tc.first)
			case "a&b":
				_, _ = io.WriteString(w, `{"data":[`+jane+`],"has_more":false,"next_cursor":null}`)
			default:
				t.Errorf("cursor %q", cursor)
			}
		})), 5*time.Second, byKey())
		if found, err := s.Lookup(t.Context(), "E1", attrs("email", "jane@example.com")); err != nil || found == nil || pages != tc.pages {
			t.Errorf("%s: %+v %v after %d pages, want %d", tc.first, found, err, pages, tc.pages)
		}
	}
}

func TestPingShowsWhetherTheKeyIsRight(t *testing.T) {
	for key, want := range map[string]sinks.Class{"sandbox-key": 0, "wrong-key": sinks.Halt} {
		reads := 0
		who := byKey()
		who.APIKey = key
		f := jitsudo.NewFake(jitsudo.FakeOptions{Avatar: 350_000})
		s := connect(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if reads++; r.URL.RequestURI() != "/v1/users?limit=1" {
				t.Errorf("%s %s", r.Method, r.URL.RequestURI())
			}
			f.ServeHTTP(w, r)
		})), 5*time.Second, who)
		err := s.Ping(t.Context())
		if want == 0 && err != nil || want != 0 && asError(t, err).Class != want || reads != 1 {
			t.Errorf("%s: %v after %d requests", key, err, reads)
		}
	}
	for body, want := range map[int]string{404: "check base_url", 403: "Forbidden", 200: "read answer"} {
		if err := answering(t, body, "", nil).Ping(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", body, err)
		}
	}
}
