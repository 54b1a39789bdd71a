package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

var list = httpapi.Call{Does: httpapi.Read, Method: http.MethodGet, Path: "/users", CodeIn: "X-Codes"}

func TestStreamIsWholeOrAnError(t *testing.T) {
	ours := &sinks.Error{Class: sinks.Refused, Code: "ours"}
	for promise, tc := range map[string]struct {
		status int
		body   string
		most   int64
		fails  error // of read
		want   sinks.Class
		says   string
	}{
		"longer than other answers":    {200, strings.Repeat("x", 3<<20), 3 << 20, nil, 0, ""},
		"not longer than it may be":    {200, strings.Repeat("x", 2<<20+1), 2 << 20, nil, sinks.Unknown, "longer than 2 MiB"},
		"never less than one MiB":      {200, strings.Repeat("x", 1<<20), 1, nil, 0, ""},
		"nothing":                      {200, "", 0, nil, 0, ""},
		"a web page":                   {200, " \n<html>", 0, nil, sinks.Unknown, "web page"},
		"what the reader can't read":   {200, "x", 0, errors.New("no list"), sinks.Unknown, "no list"},
		"what the reader says of it":   {200, "x", 0, ours, sinks.Refused, "ours"},
		"a refusal":                    {403, `{"error":"not key-4711"}`, 0, nil, sinks.Denied, "not [secret]"},
		"a refusal with its code atop": {400, "", 0, nil, sinks.Refused, "of.the.header: "},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Codes", "of.the.header")
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, tc.body)
		})
		call := list
		call.MaxAnswer = tc.most
		var got []byte
		err := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Fixed: "key-4711"}}).Stream(t.Context(), call, func(body io.Reader) (err error) {
			if got, err = io.ReadAll(body); err == nil {
				err = tc.fails
			}
			return err
		})
		if tc.want == 0 {
			if err != nil || string(got) != tc.body {
				t.Errorf("%s: %d bytes of %d, %v", promise, len(got), len(tc.body), err)
			}
			continue
		}
		if e := failure(t, err); e.Class != tc.want || !strings.Contains(e.Error(), tc.says) {
			t.Errorf("%s: %v: %v", promise, e.Class, e)
		}
		if tc.fails != nil && !errors.Is(err, tc.fails) {
			t.Errorf("%s: %v has lost its cause", promise, err)
		}
	}
}

func TestStreamThatIsCutIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 100<<10))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	s.Config.ErrorLog = quiet()
	err := client(t, httpapi.Config{BaseURL: s.URL}).Stream(t.Context(), list, func(body io.Reader) error {
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if e := failure(t, err); e.Class != sinks.Unknown {
		t.Errorf("%v: %v", e.Class, e)
	}
}

func TestStreamRenewsItsCredentialOnce(t *testing.T) {
	i := &issuer{}
	i.accept = func(w http.ResponseWriter, r *http.Request, _ int64) {
		if r.Header.Get("Authorization") != "Bearer token-2" {
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, "all")
	}
	read := 0
	err := issued(t, i).Stream(t.Context(), list, func(body io.Reader) error {
		read++
		text, err := io.ReadAll(body)
		if string(text) != "all" {
			t.Errorf("%q", text)
		}
		return err
	})
	if err != nil || read != 1 || i.calls.Load() != 2 {
		t.Errorf("read %d times with %d requests, %v", read, i.calls.Load(), err)
	}
}

func TestStreamGivesItsSlotBack(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 300<<10)) })
	c := client(t, httpapi.Config{BaseURL: s.URL})
	for range 20 { // more than there are slots
		if err := c.Stream(t.Context(), list, func(io.Reader) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCodeOfTheHeaderIsForRefusalsWithoutOne(t *testing.T) {
	for body, want := range map[string]string{`{"errors":[{"code":"of.the.body","message":"no"}]}`: "of.the.body", `<html>`: "of the header [secret]"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Codes", "of the header key-4711")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, body)
		})
		_, err := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Fixed: "key-4711"}}).Do(t.Context(), list)
		if e := failure(t, err); e.Code != want {
			t.Errorf("%s: %q, want %q", body, e.Code, want)
		}
	}
}
