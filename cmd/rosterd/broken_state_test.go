package main

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// beginningOfState is what SQLite has written of a new state when the program is killed after it has asked for WAL and before
// its first transaction: one page, without a table.
const beginningOfState = "53514c69746520666f726d6174203300" + "10000202004020200000000100000001" +
	"00000000000000000000000000000000" + "00000000000000000000000000000000" + "00000000000000000000000000000000" +
	"00000000000000000000000000000001" + "002e99b10d0000000010000000000000"

// TestStateThatWasBegunIsNone kills the program, as it were, while it makes its state: nothing was known, so nothing is lost.
func TestStateThatWasBegunIsNone(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	w.feed(people(1, 5))
	head, err := hex.DecodeString(beginningOfState)
	if err != nil {
		t.Fatal(err)
	}
	w.file("state.db", append(head, make([]byte, 4096-len(head))...))
	w.run(exitChanges, "plan")
	w.run(exitBlocked, "sync")
	w.run(exitDone, "sync", "--first")
	if n := len(w.box.Users()); n != 5 {
		t.Errorf("%d users", n)
	}
}

// TestDamagedStateIsRefused: a state that is damaged, or none of ours, or of a newer version, is told and left alone.
func TestDamagedStateIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	w.feed(people(1, 50))
	w.run(exitDone, "sync", "--first")
	good, err := os.ReadFile(w.path("state.db"))
	if err != nil {
		t.Fatal(err)
	}
	w.box.Forget()
	for name, c := range map[string]struct {
		content []byte
		want    string
		noted   bool // the rest of the state is well, so that the run that failed is noted in it
	}{
		"text":            {[]byte(strings.Repeat("not a database ", 1000)), "damaged", false},
		"half of it":      {good[:len(good)/2/4096*4096], "damaged", false},
		"a flipped digit": {[]byte(strings.ReplaceAll(string(good), `"email":"p0001@example.com"`, `"email":"p0009@example.com"`)), "damaged", true},
		"half migrated":   {append(append(good[:60:60], 0, 0, 0, 0), good[64:]...), "not a rosterd state", false},
		"newer version":   {append(append(good[:60:60], 0, 0, 0, 99), good[64:]...), "newer", false},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.file("state.db", c.content)
			w.feed(people(2, 51))
			for _, args := range [][]string{{"plan"}, {"sync"}, {"sync", "--first"}} {
				if out := w.run(exitFailed, args...); !strings.Contains(out, c.want) {
					t.Errorf("rosterd %s does not say %q:\n%s", strings.Join(args, " "), c.want, out)
				}
			}
			if n := w.box.Counts().Requests; n != 0 {
				t.Errorf("%d requests", n)
			}
			if now, err := os.ReadFile(w.path("state.db")); !c.noted && (err != nil || string(now) != string(c.content)) {
				t.Error("the file was altered")
			}
		})
	}
}
