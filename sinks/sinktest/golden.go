package sinktest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// updateGolden is the environment variable that has the golden file written anew.
const updateGolden = "UPDATE_GOLDEN"

var formSecret = regexp.MustCompile(`(client_secret|password)=[^&]*`)

// golden holds every request that the sink makes against the golden file in testdata of its package.
func (tg Target) golden(t *testing.T) {
	rec := &recorder{next: tg.Fake(), secrets: tg.Secrets}
	s := httptest.NewServer(rec)
	defer s.Close()
	tg.Every(t.Context(), t, tg.Sink(t, s.URL, inTime))
	path := filepath.Join("testdata", tg.Golden)
	if os.Getenv(updateGolden) != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, rec.text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (%s=1 writes it)", err, updateGolden)
	}
	if diff := cmp.Diff(string(want), rec.text.String()); diff != "" {
		t.Errorf("requests differ from %s (-want +got; %s=1 writes it anew):\n%s", path, updateGolden, diff)
	}
}

// recorder writes down requests as they pass.
type recorder struct {
	next    http.Handler
	secrets []string

	mu   sync.Mutex
	text bytes.Buffer
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec.mu.Lock()
	fmt.Fprintf(&rec.text, "%s %s\n", r.Method, r.URL.RequestURI())
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&rec.text, "%s: %s\n", name, rec.shown(name, r.Header.Get(name)))
	}
	text := formSecret.ReplaceAllString(string(body), "$1=[secret]")
	for _, secret := range rec.secrets {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	fmt.Fprintf(&rec.text, "\n%s\n\n", text)
	rec.mu.Unlock()
	rec.next.ServeHTTP(w, r)
}

// shown is a header's value without what differs from run to run or is secret.
func (rec *recorder) shown(name, value string) string {
	switch name {
	case "Authorization", "X-Api-Key":
		if scheme, _, ok := strings.Cut(value, " "); ok {
			return scheme + " [secret]"
		}
		return "[secret]"
	}
	return value
}
