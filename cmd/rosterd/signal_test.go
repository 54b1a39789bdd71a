package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/state"
)

// TestInterruptedSettlesWhatIsInFlight interrupts a run at a write: the requests in flight are settled, no other one is made, the
// exit code is 130, and the next run completes with one write for each person over both.
func TestInterruptedSettlesWhatIsInFlight(t *testing.T) {
	for name, sig := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": os.Interrupt} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: sandbox.Duration(20 * time.Millisecond), LatencyMax: sandbox.Duration(20 * time.Millisecond)})
			w.feed(people(1, 200))
			p := w.start("sync", "--first")
			w.writes.after(40, func() { p.signal(sig) })
			if code := p.end(); code != exitInterrupted {
				t.Fatalf("exit code %d, want 130\n%s", code, p.output.String())
			}
			if !strings.Contains(p.output.String(), "cancelled") {
				t.Errorf("it does not say that it was cancelled:\n%s", p.output.String())
			}
			// The signal takes its time to arrive; all that matters is that it stopped the run.
			if n := len(w.box.Users()); n < 40 || n >= 200 {
				t.Errorf("%d users after the interrupt", n)
			}
			w.run(exitDone, "sync")
			if c := w.box.Counts(); c.Writes != 200 || c.Methods["POST"]-c.Writes > 2 {
				t.Errorf("%d writes, want 200 and no look-up: %v", c.Writes, c.Methods)
			}
			for _, problem := range append(unequal(people(1, 200), w.box.Users()), twice(w.box.Users())...) {
				t.Error(problem)
			}
		})
	}
}

// TestInterruptedAtTheGateSendsNothingMore interrupts a run whose changes wait for their turn: they were not sent, so they are no
// requests in flight.
func TestInterruptedAtTheGateSendsNothingMore(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "sink.yaml", "")
	text, err := os.ReadFile(w.path("rosterd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w.file("rosterd.yaml", []byte(strings.NewReplacer("5000/s", "60/min", "burst: 100", "burst: 1").Replace(string(text))))
	w.feed(people(1, 20))
	p := w.start("sync", "--first")
	w.writes.after(2, func() { p.signal(syscall.SIGTERM) })
	if code := p.end(); code != exitInterrupted {
		t.Fatalf("exit code %d, want 130\n%s", code, p.output.String())
	}
	if n := w.box.Counts().Writes; n > 3 { // one may be on its way while the signal is
		t.Errorf("%d writes, and the signal came at the second one", n)
	}
}

// TestInterruptedWhileItWaits interrupts a run before it has begun to read: 130 is for an interrupt at any time.
func TestInterruptedWhileItWaits(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	w.feed(people(1, 3))
	release, err := state.Lock(t.Context(), w.path("state.db"), state.LockJob, "hr-users", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	p := w.start("sync", "--first", "--wait")
	for !p.opened("state.lock") {
		select {
		case <-p.done:
			t.Fatalf("it did not wait: exit code %d\n%s", p.end(), p.output.String())
		case <-time.After(time.Millisecond):
		}
	}
	p.signal(os.Interrupt)
	if code := p.end(); code != exitInterrupted {
		t.Errorf("exit code %d, want 130\n%s", code, p.output.String())
	}
}

// TestTwoProcessesSendOnce starts a second run while the first one sends: without --wait it is turned away, with it, it waits and
// finds nothing left to do. A plan beside them is not in anybody's way.
func TestTwoProcessesSendOnce(t *testing.T) {
	w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: sandbox.Duration(10 * time.Millisecond), LatencyMax: sandbox.Duration(10 * time.Millisecond)})
	w.feed(people(1, 300))
	first := w.start("sync", "--first")
	sends := make(chan struct{})
	w.writes.after(5, func() { close(sends) })
	select {
	case <-sends:
	case <-first.done:
		t.Fatalf("exit code %d\n%s", first.end(), first.output.String())
	}
	turnedAway, waits, plan := w.start("sync", "--first"), w.start("sync", "--first", "--wait"), w.start("plan", "-q")
	if code := turnedAway.end(); code != exitFailed || !strings.Contains(turnedAway.output.String(), "running already") {
		t.Errorf("the second run: exit code %d\n%s", code, turnedAway.output.String())
	}
	if code := plan.end(); code != exitChanges && code != exitDone {
		t.Errorf("the plan: exit code %d\n%s", code, plan.output.String())
	}
	for _, p := range []*process{first, waits} {
		if code := p.end(); code != exitDone {
			t.Errorf("exit code %d\n%s", code, p.output.String())
		}
	}
	if n := w.box.Counts().Writes; n != 300 {
		t.Errorf("%d writes for 300 people", n)
	}
}
