package clarus_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
)

// listed is a whole list.
func listed(t *testing.T, s *clarus.Sink) (all []sinks.Found) {
	t.Helper()
	for found, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found)
	}
	return all
}

func TestListGivesEverythingWithOneRequestAPage(t *testing.T) {
	for _, cfg := range []clarus.Config{config(), accounts()} {
		for n, pages := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 250: 3} {
			f := clarus.NewFake(clarus.FakeOptions{})
			asked := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/oauth/token" {
					asked++
				}
				f.ServeHTTP(w, r)
			}))
			for i := range n {
				f.Add(attrs("email", fmt.Sprintf("u%d@example.com", i), "name", "N"))
				f.AddAccount(attrs("code", fmt.Sprint(i), "name", "N"))
			}
			seen := map[string]bool{}
			for _, found := range listed(t, connect(t, s.URL, 5*time.Second, cfg)) {
				seen[found.RemoteID] = true
			}
			s.Close()
			if len(seen) != n || asked != pages {
				t.Errorf("%s: %d of %d with %d requests, want %d", cfg.Resource, len(seen), n, asked, pages)
			}
		}
	}
}

// TestListThatDoesNotAdvanceIsAnError has cursors that go round, and a page without any user, which alone is none.
func TestListThatDoesNotAdvanceIsAnError(t *testing.T) {
	for _, tc := range []struct {
		promise string
		cursors []string // of each page; "" is the last page
		pages   int      // that are read
		fails   bool
	}{
		{"to the end", []string{"a", "b", ""}, 3, false},
		{"the same again", []string{"a", "a", "a"}, 2, true},
		{"round and round", []string{"a", "b", "a", "b"}, 3, true},
	} {
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/oauth/token" {
				_, _ = io.WriteString(w, `{"access_token":"t"}`)
				return
			}
			cursor := tc.cursors[min(asked, len(tc.cursors)-1)]
			asked++
			info, _ := json.Marshal(map[string]any{"hasNextPage": cursor != "", "endCursor": cursor})
			fmt.Fprintf(w, `{"data":{"accounts":{"all":{"edges":[],"pageInfo":%s}}}}`, info)
		}))
		var last error
		for _, err := range connect(t, s.URL, 5*time.Second, accounts()).List(t.Context()) {
			last = err
		}
		s.Close()
		if (last != nil) != tc.fails || asked != tc.pages {
			t.Errorf("%s: %v after %d pages, want %d", tc.promise, last, asked, tc.pages)
		}
		if tc.fails && asError(t, last).Code != "paging" {
			t.Errorf("%s: %v", tc.promise, last)
		}
	}
}
