package sinktest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sinks"
)

// longestError bounds an error in characters: it stands in a state, in a log and on a terminal.
const longestError = 1200

// Fuzz has a target answer whatever it likes, after so many good answers: nothing panics or goes on for ever, a record that was created has
// an id, and whatever goes wrong is an *sinks.Error that a terminal and a log can bear.
func Fuzz(f *testing.F, target Target) {
	for _, body := range []string{
		`{"data":{"id":123,"type":"users","attributes":{"email":"a@b"}}}`, `{"id":"7","email":"a@b"}`, `{"id":1.5}`, "[true,\"\u009b31m\"]", `null`, ``,
		`{"errors":[{"code":"taken","detail":"has been taken","source":{"pointer":"/data/attributes/email"}}]}`, `{"error":{"a":{"b":[null,{"detail":5}]}}}`,
		`{"data":{"users":{"all":{"edges":[{"node":{"id":"7","email":"a@b"}}],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}}`,
		`{"data":[{"id":7,"email":"a@b","name":"A","roles":["user"]}],"has_more":true,"next_cursor":"x"}`, `{"users":[{"user_name":"a","security":{"roles":["x"]}}]}`,
		"<html><title>502\x1b]0;title\a Bad \u202egateway</title></html>", "\xff\xfe\x9b2J", `{"access_token":"t","expires_in":-1e300}`, `{"token":"t","mfa_required":"` + "\u009b" + `"}`,
		strings.Repeat("5", 2000),
	} {
		for _, status := range []uint16{200, 201, 400, 401, 404, 409, 429, 503} {
			f.Add(status, []byte(body), "1", uint8(2))
		}
		f.Add(uint16(200), []byte(body), "Fri, 31 Dec 9999 23:59:59 GMT", uint8(0))
		f.Add(uint16(429), []byte(body), "-1e400", uint8(1))
	}
	h := &whim{}
	server := httptest.NewServer(h)
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, status uint16, body []byte, wait string, good uint8) {
		const first, count = 200, 400
		h.set(&whim{target: target.Fake(), status: first + int(status%count), body: body, wait: wait, good: int(good % 4)})
		s := target.Sink(t, server.URL, inTime)
		id, err := s.Apply(t.Context(), target.Create(1))
		if err == nil && id == "" {
			t.Error("created without an id")
		}
		bearable(t, err)
		_, err = s.Apply(t.Context(), target.Update(1, target.Missing))
		bearable(t, err)
		c := target.Create(2)
		_, err = s.Lookup(t.Context(), c.Key, c.After)
		bearable(t, err)
		if l, ok := s.(sinks.Lister); ok {
			for found, err := range l.List(t.Context()) {
				bearable(t, err)
				if err == nil && found.RemoteID == "" {
					t.Error("listed without an id")
				}
			}
		}
	})
}

// bearable finds what an error may not be.
func bearable(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	e := asError(t, err)
	if e == nil {
		return
	}
	for what, text := range map[string]string{"message": e.Message, "code": e.Code, "advice": e.Advice} {
		switch {
		case !utf8.ValidString(text):
			t.Errorf("its %s is not UTF-8: %q", what, text)
		case utf8.RuneCountInString(text) > longestError:
			t.Errorf("its %s has %d characters", what, utf8.RuneCountInString(text))
		case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
			t.Errorf("its %s could command a terminal: %q", what, text)
		}
	}
}

// whim is a target that answers well for a while, and then as it likes.
type whim struct {
	mu     sync.Mutex
	target http.Handler
	status int
	body   []byte
	wait   string
	good   int
}

func (h *whim) set(to *whim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.target, h.status, h.body, h.wait, h.good = to.target, to.status, to.body, to.wait, to.good
}

func (h *whim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.good--; h.good >= 0 {
		h.target.ServeHTTP(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", h.wait)
	w.Header().Set("Location", h.wait)
	w.Header().Set("X-Cloud-Error-Codes", h.wait)
	w.WriteHeader(h.status)
	if h.status != http.StatusNoContent && h.status != http.StatusNotModified {
		_, _ = w.Write(h.body)
	}
}
