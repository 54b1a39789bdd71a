package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// lose removes the state with all that belongs to it.
func (w *world) lose() {
	w.t.Helper()
	lost, err := filepath.Glob(w.path("state.*"))
	if err != nil || len(lost) == 0 {
		w.t.Fatalf("state: %q %v", lost, err)
	}
	for _, path := range lost {
		if err := os.Remove(path); err != nil {
			w.t.Fatal(err)
		}
	}
}

// whole demands that the target equals a feed, with nobody there twice, and that another run sends nothing.
func (w *world) whole(f feed) {
	w.t.Helper()
	for _, problem := range append(unequal(f, w.box.Users()), twice(w.box.Users())...) {
		w.t.Error(problem)
	}
	w.box.Forget()
	w.repaired()
}

func TestIncident15_CrashWithinTheFirstRunLeavesNo409s(t *testing.T) {
	slow := sandbox.Duration(2_000_000) // 2 ms
	w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: slow, LatencyMax: slow}, "job.yaml", "    on_conflict: hold\n")
	f := people(1, 100)
	w.feed(f)
	p := w.start("sync", "--first")
	w.writes.after(37, func() { p.signal(os.Kill) })
	if code := p.end(); code != -1 {
		t.Fatalf("exit code %d\n%s", code, p.output.String())
	}
	there := len(w.box.Users())
	out := w.run(exitDone, "sync")
	w.whole(f)
	if there == 0 || there >= len(f) {
		t.Errorf("%d users when it was killed", there)
	}
	tell(t, "it crashed before the first state file was written; from then on only 409s, and nothing but wiping by hand helped (idp-scim-sync#48)",
		"killed with SIGKILL within its first run, with %d of 100 users created. The next run needed nobody's help and created the rest, nobody twice: %s", there, w.said(out, "succeeded:"))
}

func TestIncident15_OneThatExistsAlreadyStopsNobody(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", "    on_conflict: hold\n")
	w.another("", "p0004@example.com", "Somebody's Own")
	w.feed(people(1, 10))
	out := w.run(exitHeld, "sync", "--first")
	if n := len(w.box.Users()); n != 10 {
		t.Errorf("%d users", n)
	}
	held := w.said(out, "! E0004")
	w.file("job.yaml", nil)
	w.file("rosterd.yaml", configOf(w.dir, w.address))
	w.run(exitDone, "held", "hr-users", "--retry")
	adopted := w.said(w.run(exitDone, "sync"), "adopted: the target had it already")
	w.run(exitDone, "sync")
	if u := w.box.Users()[0]; u.Attrs.Get("name").Text() != "Name 4" || len(w.box.Users()) != 10 {
		t.Errorf("%d users, the first is %v", len(w.box.Users()), u)
	}
	w.box.Forget()
	w.repaired()
	tell(t, "a 409 on one create stopped the whole run, in every run (ssosync#104, authentik#12827)",
		"one of ten existed already. The other nine were created; with `on_conflict: hold` it is held: %s; by default it is linked, and compared in the next run: %s", held, adopted)
}

func TestIncident15_ALostStateIsMendedByAdopt(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	f := people(1, 1200)
	w.feed(f)
	w.first(1200)
	ids := fmt.Sprint(w.box.Users())
	w.lose()
	out := w.run(exitFailed, "sync", "--first")
	stopped := w.said(out, "failed:", "adopt")
	writes := w.box.Counts().Writes
	if now := fmt.Sprint(w.box.Users()); now != ids || writes > 30 {
		t.Errorf("%d writes, and the users have changed: %v", writes, now != ids)
	}
	w.lose()
	w.box.Forget()
	linked := w.said(w.run(exitDone, "adopt", "hr-users", "--trust"), "linked 1,200 records")
	if c := w.box.Counts(); c.Writes != 0 {
		t.Errorf("adopt wrote: %v", c.Methods)
	}
	lists := 0
	for _, r := range w.box.Requests() {
		if strings.HasPrefix(kindOf(r), "lookup") {
			lists++
		}
	}
	w.whole(f)
	if now := fmt.Sprint(w.box.Users()); now != ids {
		t.Error("the users are others")
	}
	tell(t, "without its state a sync got only 409s, and all had to be wiped by hand (idp-scim-sync#48)",
		"the state of 1,200 users was lost. A first run stopped after %d refused creates, without harm: %s. `rosterd adopt hr-users --trust` read %d pages of the target's list and wrote nothing to it: %s. All have the ids they had, and the next run sent nothing",
		writes, stopped, lists, linked)
}
