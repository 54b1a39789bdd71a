package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// startLimited runs the program with less of its machine: see limited.
func (w *world) startLimited(limit string, n int, args ...string) *process {
	w.t.Helper()
	p := &process{t: w.t, cmd: exec.Command("rosterd-limited", args...), done: make(chan struct{})}
	p.cmd.Dir = w.dir
	p.cmd.Env = append(os.Environ(), "GORACE="+raceOptions, fmt.Sprintf("%s=%d", limit, n))
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // what it ended with is in ProcessState
	}()
	return p
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
	for files := 10; files < 40; files++ {
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
	if failed == 0 || failed > 25 {
		t.Errorf("%d runs failed", failed)
	}
	w.run(exitDone, "sync", "--first")
	w.whole(f)
}
