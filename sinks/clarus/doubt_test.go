package clarus_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
)

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
	prepare := func() (*clarus.Sink, string) {
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

func TestUpdateOfTheEmailByAnUnprovenIDIsTriedFirst(t *testing.T) {
	for promise, tc := range map[string]struct {
		o       clarus.FakeOptions
		empty   bool // the target takes empty updates
		class   sinks.Class
		changed bool
	}{
		"a proven one goes":                              {clarus.FakeOptions{}, true, 0, true},
		"one of the wrong kind alters nobody":            {clarus.FakeOptions{NodeOffset: 1, PatchByNode: true}, true, sinks.Halt, false},
		"one that can't be proven waits":                 {clarus.FakeOptions{}, false, sinks.Refused, false},
		"one of the wrong kind that can't be proven too": {clarus.FakeOptions{NodeOffset: 1, PatchByNode: true}, false, sinks.Refused, false},
	} {
		f := clarus.NewFake(tc.o)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method == http.MethodPatch && !tc.empty && strings.Contains(string(body), `"attributes":{}`) {
				http.Error(w, `{"error":"attributes is missing"}`, http.StatusUnprocessableEntity)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			f.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		f.Add(attrs("email", "somebody@example.com", "name", "S"))
		f.Add(attrs("email", "jane.doe1@example.com", "name", "J"))
		u := connect(t, s.URL, 5*time.Second, config())
		found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane.doe1@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		c := update(1, found.RemoteID)
		c.After = attrs("email", "jane@example.org")
		_, err = u.Apply(t.Context(), c)
		if tc.class == 0 && err != nil || tc.class != 0 && asError(t, err).Class != tc.class {
			t.Errorf("%s: %v, want %v", promise, err, tc.class)
		}
		shown, _ := json.Marshal(f.Users())
		if got := strings.Contains(string(shown), "jane@example.org"); got != tc.changed {
			t.Errorf("%s: %s", promise, shown)
		}
	}
}

func TestUpdateIsHeldAgainstWhatTheListShowed(t *testing.T) {
	f, u := tenant(t, clarus.FakeOptions{NodeOffset: 1, PatchByNode: true}, config()) // nested ids are other people's
	f.Add(attrs("email", "somebody@example.com", "name", "S"))
	f.Add(attrs("email", "jane@example.com", "name", "J"))
	found, err := u.Lookup(t.Context(), "E1", attrs("email", "jane@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	c := update(1, found.RemoteID)
	c.Before = attrs("name", "J") // of what does not change, a change says nothing
	if _, err := u.Apply(t.Context(), c); asError(t, err).Code != "wrong_id" {
		t.Error(err)
	}
}
