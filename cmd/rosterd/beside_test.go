package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// newerFeed is said of a feed that another one took the place of in that moment: the next run reads that one.
const newerFeed = "changed while it was read"

// beside is what somebody calls while the daemon runs: how each may end, and what is said if it could not be done just then.
var beside = []struct {
	args  string
	codes []int
	busy  string
}{
	{"sync", []int{exitDone, exitHeld, exitBlocked}, "is running already|another process is sending|" + newerFeed},
	{"sync --wait", []int{exitDone, exitHeld, exitBlocked}, newerFeed},
	{"plan -q", []int{exitDone, exitChanges, exitHeld, exitBlocked}, newerFeed},
	{"status", []int{exitDone}, ""},
	{"runs", []int{exitDone}, ""},
	{"held", []int{exitDone}, ""},
	{"held hr-users --retry", []int{exitDone}, "is running; its end would undo this"},
	{"approve hr-users", []int{exitDone}, ""},
	{"approve hr-users --yes --by Ann", []int{exitDone}, "nothing of job|nothing more to approve|wants something else meanwhile"},
	{"explain hr-users E0001", []int{exitDone}, newerFeed},
}

// TestCommandsBesideTheDaemonAreInNobodysWay lets a daemon run its job every second over a feed that changes, one row of which is always held,
// and everybody who leaves has to be approved. Beside it two people call all that there is to be called. No command fails but for being told
// who is at it, the daemon's runs go on, and every change is sent once.
func TestCommandsBesideTheDaemonAreInNobodysWay(t *testing.T) {
	slow := sandbox.Duration(5 * time.Millisecond)
	w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: slow, LatencyMax: slow}, "job.yaml",
		"    schedule: \"@every 1s\"\n    on_conflict: hold\n    on_limit: withhold\n    limits: {deactivate: 1, attribute: {\"*\": none}}\n")
	hr := people(1, 60)
	hr[59][2] = "" // held
	w.feed(hr)
	w.run(exitHeld, "sync", "--first")
	d := w.daemon()
	d.logged("daemon started", 1)
	over := make(chan struct{})
	var callers sync.WaitGroup
	var mu sync.Mutex
	ended := map[string]int{}
	for first := range 2 {
		callers.Go(func() {
			for n := 5 * first; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				c := beside[n%len(beside)]
				p := w.start(strings.Fields(c.args)...)
				code := p.end()
				told := code == exitFailed && c.busy != "" && regexp.MustCompile(c.busy).MatchString(p.output.String())
				if !told && !slices.Contains(c.codes, code) {
					t.Errorf("rosterd %s: exit code %d\n%s", c.args, code, p.output.String())
				}
				mu.Lock()
				ended[fmt.Sprintf("%s: %d", c.args, code)]++
				mu.Unlock()
			}
		})
	}
	for end, step := time.Now().Add(max(*soakTime/10, 6*time.Second)), 0; time.Now().Before(end) || step < 10; step++ {
		hr = slices.Clone(hr)
		for i := range 3 { // each name is there once and never again
			row := slices.Clone(hr[(step*3+i)%50])
			row[1] = fmt.Sprintf("Name %d of step %d", i, step)
			hr[(step*3+i)%50] = row
		}
		if step < 9 {
			row := slices.Clone(hr[50+step])
			row[4] = "left"
			hr[50+step] = row
		}
		hr = append(hr, person(1000+step))
		runs := strings.Count(d.log.String(), "run ended")
		w.feed(hr)
		d.until("it goes on with its runs", func() bool { return strings.Count(d.log.String(), "run ended") > runs }, func() string { return "" })
	}
	close(over)
	callers.Wait()
	sound := slices.Delete(slices.Clone(hr), 59, 60)
	var problems []string
	d.until("the target is equal to the feed", func() bool {
		p := w.start("approve", "hr-users", "--yes")
		p.end() // there may be nothing to approve
		problems = append(unequal(sound, w.box.Users()), twice(w.box.Users())...)
		return len(problems) == 0
	}, func() string { return strings.Join(problems, "\n") })
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, d.log.String())
	}
	sent := map[string]int{}
	for _, r := range w.box.Requests() {
		if r.Method != http.MethodGet && kindOf(r) != "token" && kindOf(r) != "lookup" {
			sent[r.Method+" "+r.Path+" "+r.Body]++
		}
	}
	for request, n := range sent {
		if n > 1 {
			t.Errorf("sent %d times: %s", n, request)
		}
	}
	for line := range strings.Lines(d.log.String()) {
		if strings.Contains(line, `"level":"error"`) && !strings.Contains(line, newerFeed) {
			t.Errorf("the daemon did not like it: %s", line)
		}
	}
	t.Logf("%d writes; how commands ended: %v", len(sent), ended)
}
