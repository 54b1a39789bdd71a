package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/clarus"
)

// Each incident is something that has gone wrong for users of similar programs, by its number in the collection. The files are named so
// that `go test -run Incident -v` tells them in this order; IncidentHR are those of HR feeds, IncidentPromise what no similar program has.

// tell says at the end of a scenario what happened to others, and what rosterd did. A test that failed tells nothing: it would not be true.
func tell(t *testing.T, others, rosterd string, args ...any) {
	t.Helper()
	if !t.Failed() {
		t.Logf("\nothers:  %s\nrosterd: %s", others, fmt.Sprintf(rosterd, args...))
	}
}

var where = regexp.MustCompile(`/\S*/Test[^/\s]+/\d+/|ldaps?://127\.0\.0\.1:\d+: |"http://[^"]*"|\s*\[sync\]`)

// said is the line for an administrator that has all these texts, in quotes, without what differs from run to run.
func (w *world) said(out string, texts ...string) string {
	w.t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		has := !strings.HasPrefix(line, "{")
		for _, text := range texts {
			has = has && strings.Contains(line, text)
		}
		if has {
			return "“" + strings.Join(strings.Fields(where.ReplaceAllString(line, "")), " ") + "”"
		}
	}
	w.t.Errorf("no line says %q:\n%s", texts, out)
	return ""
}

// one is the only user that has a reference.
func (w *world) one(reference string) clarus.FakeRecord {
	w.t.Helper()
	found := named(w.box.Users(), reference)
	if len(found) != 1 {
		w.t.Fatalf("%d users with reference %s", len(found), reference)
	}
	return found[0]
}

// has demands a value of the only user that has a reference.
func (w *world) has(reference, attribute, want string) {
	w.t.Helper()
	if got := strings.Trim(w.one(reference).Attrs.Get(attribute).String(), `"`); got != want {
		w.t.Errorf("%s of %s is %s, want %s", attribute, reference, got, want)
	}
}

// keys are the references of people of a feed.
func (f feed) keys() (keys []string) {
	for _, row := range f {
		keys = append(keys, row[0])
	}
	return keys
}
