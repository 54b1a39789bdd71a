package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// readingWorld is a world whose source is a directory.
type readingWorld struct {
	*world
	directory *directory
}

// newReading has the parts as in the scripts.
func newReading(t *testing.T, d *directory, parts ...string) *readingWorld {
	t.Helper()
	w := &readingWorld{newWorld(t, sandbox.Faults{}, parts...), d}
	d.secret = "${file:secret}"
	w.file("secret", []byte(d.password))
	w.configure()
	return w
}

// configure writes the configuration again, with other parts.
func (w *readingWorld) configure(parts ...string) {
	w.t.Helper()
	for i := 0; i < len(parts); i += 2 {
		w.file(parts[i], []byte(parts[i+1]))
	}
	w.file("rosterd.yaml", w.directory.config(w.dir, w.address))
}

// first makes the first run, and demands so many users.
func (w *world) first(users int) {
	w.t.Helper()
	w.run(exitDone, "sync", "--first")
	if n := len(w.box.Users()); n != users {
		w.t.Fatalf("%d users after the first run, want %d", n, users)
	}
	w.box.Forget()
}

// refused demands that plan and sync fail, say all of that, and ask the target nothing. It gives what sync said.
func (w *world) refused(says ...string) string {
	w.t.Helper()
	w.run(exitFailed, "plan")
	out := w.run(exitFailed, "sync")
	for _, text := range says {
		if !strings.Contains(out, text) {
			w.t.Errorf("it does not say %q:\n%s", text, out)
		}
	}
	w.unasked()
	return out
}

// unasked demands that the target was asked nothing.
func (w *world) unasked() {
	w.t.Helper()
	if c := w.box.Counts(); c.Requests != 0 {
		w.t.Errorf("the target was asked: %v", c.Methods)
	}
}

// repaired demands that a run over a directory that is well again finds nothing to do.
func (w *world) repaired() {
	w.t.Helper()
	w.run(exitDone, "sync")
	w.unasked()
	for _, problem := range twice(w.box.Users()) {
		w.t.Error(problem)
	}
}

// active demands who is active in the target, by reference.
func (w *world) active(want ...string) {
	w.t.Helper()
	var got []string
	for _, u := range w.box.Users() {
		if u.Attrs.Get("is_active").True() {
			got = append(got, u.Attrs.Get(slot).Text())
		}
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		w.t.Errorf("active are %q, want %q", got, want)
	}
}

// sent runs once and demands the requests that it sends, worded as in the scripts, tokens left out.
func (w *world) sent(want ...string) {
	w.t.Helper()
	w.box.Forget()
	w.run(exitDone, "sync")
	var got []string
	for _, r := range w.box.Requests() {
		if kind := kindOf(r); kind != "token" {
			got = append(got, kind)
		}
	}
	w.box.Forget()
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		w.t.Errorf("it sent %q, want %q", got, want)
	}
}

// newSlapd starts OpenLDAP for a test.
func newSlapd(t *testing.T, o ldaptest.SlapdOptions) *directory {
	t.Helper()
	return ofSlapd(ldaptest.Start(t, ldaptest.StartSlapd, o))
}

// newScripted starts a scripted server for a test.
func newScripted(t *testing.T, o ldaptest.ScriptedOptions) *directory {
	t.Helper()
	return ofScripted(ldaptest.Start(t, ldaptest.StartScripted, o))
}

// changed makes a change of OpenLDAP.
func (w *readingWorld) changed(ldif string) {
	w.t.Helper()
	if err := w.directory.slapd.Modify(ldif); err != nil {
		w.t.Fatal(err)
	}
}

const pagesOfTen = "      page_size: 10\n"
