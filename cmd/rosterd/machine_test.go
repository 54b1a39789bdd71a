package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// startLimited runs the program with less of its machine: see limited.
func (w *world) startLimited(limit string, n int, args ...string) *process {
	w.t.Helper()
	return w.launch(exec.Command("rosterd-limited", args...), fmt.Sprintf("%s=%d", limit, n))
}

// TestADiskThatIsFullAtAnyMomentLosesNothing lets no file grow beyond a size, of the state, its log or the draft, and a larger one each time:
// each run fails somewhere else, and says why. Then there is room again, one run does the rest, and nobody was sent twice.
func TestADiskThatIsFullAtAnyMomentLosesNothing(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "sink.yaml", "    max_in_flight: 4\n", "job.yaml", "    on_conflict: hold\n"+anyAttribute)
	const count = 300
	f := people(1, count)
	w.feed(f)
	failed, sent := 0, map[int64]bool{}
	for size := 4 << 10; size < 2<<20; size += size/9 + 1024 {
		before := w.box.Counts().Writes
		p := w.startLimited(maxFile, size, "sync", "--first")
		code := p.end()
		sent[w.box.Counts().Writes-before] = true
		if code == exitDone {
			break
		}
		failed++
		if code != exitFailed || !strings.Contains(p.output.String(), "make room") || strings.Contains(p.output.String(), "goroutine") {
			t.Errorf("with %d bytes: exit code %d\n%s", size, code, p.output.String())
		}
	}
	w.run(exitDone, "sync", "--first")
	if failed < 10 || len(sent) < 3 {
		t.Errorf("%d runs failed, after %v writes: it was not tried", failed, sent)
	}
	if n := int(w.box.Counts().Writes); n > count+4*failed {
		t.Errorf("%d writes for %d people and %d runs that failed", n, count, failed)
	}
	t.Logf("%d runs failed, %d writes for %d people", failed, w.box.Counts().Writes, count)
	w.whole(f)
}

// TestFewDescriptorsAreToldAndLoseNothing: a run that can't open what it needs says so and ends, and a later one does the rest. Below ten, Go
// itself does not start.
func TestFewDescriptorsAreToldAndLoseNothing(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", anyAttribute)
	f := people(1, 40)
	failed := 0
	for files := 10; files < 30; files++ {
		f[files][1] = fmt.Sprintf("Name of %d", files)
		w.feed(f)
		p := w.startLimited(maxFiles, files, "sync", "--first")
		code, said := p.end(), p.output.String()
		if code == exitDone {
			continue
		}
		failed++
		if code != exitFailed || strings.Contains(said, "goroutine") || !strings.Contains(said, "too many open files") {
			t.Errorf("with %d files: exit code %d\n%s", files, code, said)
		}
	}
	t.Logf("%d runs failed", failed)
	if failed == 0 || failed > 18 {
		t.Errorf("%d runs failed", failed)
	}
	w.run(exitDone, "sync", "--first")
	w.whole(f)
}

// TestAStateThatCannotBeWrittenIsTold: exit 1, why, and no request. When it can be written again, all goes on.
func TestAStateThatCannotBeWrittenIsTold(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	f[0][1] = "Another"
	w.feed(f)
	for name, c := range map[string]struct {
		path string
		mode os.FileMode
	}{"file": {w.path("state.db"), 0o400}, "folder": {w.dir, 0o500}, "unreadable": {w.path("state.db"), 0}} {
		t.Run(name, func(t *testing.T) {
			info, err := os.Stat(c.path)
			if err == nil {
				err = os.Chmod(c.path, c.mode)
			}
			if err != nil {
				t.Fatal(err)
			}
			w.box.Forget()
			p := w.startLimited(noRoot, 1, "sync")
			code, said := p.end(), p.output.String()
			if err := os.Chmod(c.path, info.Mode().Perm()); err != nil {
				t.Fatal(err)
			}
			if code != exitFailed || !strings.Contains(said, "may") {
				t.Errorf("exit code %d\n%s", code, said)
			}
			if n := w.box.Counts().Requests; n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	w.run(exitDone, "sync")
	w.whole(f)
}

// TestAStateThatIsLockedForAWhileIsWaitedFor: some other program, such as a backup's, has it for two seconds.
func TestAStateThatIsLockedForAWhileIsWaitedFor(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	f[0][1] = "Another"
	w.feed(f)
	db, err := sql.Open("sqlite3", "file:"+w.path("state.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	p := w.start("sync")
	select {
	case <-p.done:
		t.Errorf("it did not wait: exit code %d\n%s", p.end(), p.output.String())
	case <-time.After(2 * time.Second):
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if code := p.end(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.output.String())
	}
	w.whole(f)
}

// TestInterruptedTwiceSettlesWhatIsInFlight: whoever presses Ctrl-C again loses nothing by it.
func TestInterruptedTwiceSettlesWhatIsInFlight(t *testing.T) {
	slow := sandbox.Duration(100 * time.Millisecond)
	w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: slow, LatencyMax: slow})
	f := people(1, 60)
	w.feed(f)
	p := w.start("sync", "--first")
	w.writes.after(10, func() {
		p.signal(os.Interrupt)
		p.signal(os.Interrupt)
		p.signal(syscall.SIGTERM)
	})
	if code := p.end(); code != exitInterrupted {
		t.Fatalf("exit code %d\n%s", code, p.output.String())
	}
	w.run(exitDone, "sync")
	if c := w.box.Counts(); c.Writes != 60 {
		t.Errorf("%d writes, want 60: %v", c.Writes, c.Methods)
	}
	w.whole(f)
}

// TestARestartGivesNoFreshBurst starts the program again every 200 ms, with two jobs on the target, and counts where they arrive: in any second
// at most the rate, the burst, and what was in flight when a process ended and so may arrive with the next one's.
func TestARestartGivesNoFreshBurst(t *testing.T) {
	const rate, burst, inFlight = 20, 1, 4
	w := newWorld(t, sandbox.Faults{}, "source.yaml", twoSources, "more.yaml", secondJob)
	w.file("rosterd.yaml", []byte(strings.NewReplacer("rate: 5000/s", fmt.Sprintf("rate: %d/s", rate), "burst: 100", fmt.Sprintf("burst: %d", burst)).
		Replace(string(configOf(w.dir, w.address)))))
	f, staff := people(1, 100), people(9001, 9020)
	w.feed(f)
	if err := staff.write(w.path("staff.csv")); err != nil {
		t.Fatal(err)
	}
	for range 25 {
		p := w.start("sync", "--first")
		select {
		case <-p.done:
		case <-time.After(200 * time.Millisecond):
			p.signal(os.Kill)
		}
		p.end()
	}
	killed := len(w.box.Requests())
	w.run(exitDone, "sync", "--first")
	busiest := busiestSecond(w.box.Requests(), []string{"/"})
	if busiest > rate+burst+inFlight || killed < 10 {
		t.Errorf("%d requests in one second, %d by processes that were killed", busiest, killed)
	}
	t.Logf("%d requests in the busiest second, %d by processes that were killed", busiest, killed)
	for _, problem := range append(unequal(append(f, staff...), w.box.Users()), twice(w.box.Users())...) {
		t.Error(problem)
	}
}
