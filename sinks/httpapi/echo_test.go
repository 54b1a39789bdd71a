package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
)

// TestNoAnswerThatRepeatsASecretShowsIt has a target that repeats what it was sent, in whatever way and wherever.
func TestNoAnswerThatRepeatsASecretShowsIt(t *testing.T) {
	const secret = `k3y<&"'/+ %ü=` + "0123456789abcdefghijklmnopqrstuvwxyz"
	long := secret + strings.Repeat("0123456789abcdef", 100) // as JSON Web Tokens are
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b[1 : len(b)-1]) }
	forms := map[string]func(string) string{
		"as it is": func(s string) string { return s }, "as JSON": quoted, "in a form": url.QueryEscape, "in a path": url.PathEscape, "in a page": html.EscapeString,
		"in base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, "in base64 of URLs": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	}
	places := map[string]func(w http.ResponseWriter, s string){
		"text": func(w http.ResponseWriter, s string) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "sent: "+s+" thus")
		},
		"page": func(w http.ResponseWriter, s string) {
			w.WriteHeader(502)
			_, _ = io.WriteString(w, "<html><body>got "+s+" there</body></html>")
		},
		"title": func(w http.ResponseWriter, s string) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "<html><title>got "+s+"</title></html>")
		},
		"json": func(w http.ResponseWriter, s string) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"errors":[{"code":"`+quoted(s)+`","detail":"`+quoted(s)+`"}]}`)
		},
		"broken json": func(w http.ResponseWriter, s string) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"detail":"`+s+`"`)
		},
		"far behind": func(w http.ResponseWriter, s string) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, strings.Repeat(" ", 1100)+s)
		},
		"a redirect": func(w http.ResponseWriter, s string) {
			w.Header().Set("Location", "/login/"+url.PathEscape(s))
			w.WriteHeader(302)
		},
		"an end point": func(w http.ResponseWriter, s string) {
			w.Header().Set("Location", "https://"+"u:"+url.PathEscape(s)+"@h/?"+url.QueryEscape(s))
			w.WriteHeader(307)
		},
	}
	for place, say := range places {
		for form, as := range forms {
			for _, sent := range []string{secret, long} {
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, as(sent)) }))
				_, err := client(t, httpapi.Config{BaseURL: s.URL, Auth: httpapi.Auth{Header: "X-API-Key", Fixed: sent}}).Do(t.Context(), create)
				s.Close()
				e := failure(t, err)
				for _, as := range forms {
					if said := e.Code + e.Message + e.Advice; strings.Contains(said, as(secret)[:20]) || strings.Contains(said, "uvwxyz") || strings.Contains(said, "789abcdef") {
						t.Errorf("%s, %s: %q", place, form, said)
						break
					}
				}
			}
		}
	}
}

// TestAFailureToGetATokenIsEachWaitersOwn is for the race detector: sinks write their advice into the errors that they get.
func TestAFailureToGetATokenIsEachWaitersOwn(t *testing.T) {
	c := issued(t, &issuer{answer: func(w http.ResponseWriter, _ int64) {
		time.Sleep(20 * time.Millisecond) // so that the others wait for this one
		w.WriteHeader(http.StatusUnauthorized)
	}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := c.Do(t.Context(), create)
			var e *sinks.Error
			if !errors.As(err, &e) {
				t.Errorf("%v is no *sinks.Error", err)
				return
			}
			e.Advice += "; and this"
			if strings.Count(e.Advice, "and this") != 1 {
				t.Errorf("shared: %q", e.Advice)
			}
		})
	}
	wg.Wait()
}
