package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// TestTheDaemonKeepsTwoJobsEqualWhateverHappens runs two jobs every second on one target while their feeds are replaced, the target
// goes away and comes back, and the configuration is broken and mended. Then it ends as it is told to, with nothing left over.
func TestTheDaemonKeepsTwoJobsEqualWhateverHappens(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "source.yaml", twoSources, "job.yaml", everySecond, "more.yaml", secondJob)
	target := newStandIn(t, w.box)
	good := configOf(w.dir, "http://"+target.address)
	w.file("rosterd.yaml", good)
	hr, staff := people(1, 40), people(101, 120)
	put := func() {
		t.Helper()
		w.feed(hr)
		if err := staff.write(w.path("staff.csv")); err != nil {
			t.Fatal(err)
		}
	}
	put()
	w.run(exitDone, "sync", "--first")
	systemd := newSystemd(t, w)
	d := w.daemon("NOTIFY_SOCKET="+systemd.address, "WATCHDOG_USEC=2000000")
	d.logged("daemon started", 1)
	equal := func(when string) {
		t.Helper()
		var problems []string
		d.until(when+": the target is equal to its sources", func() bool {
			problems = append(unequal(append(slices.Clone(hr), staff...), w.box.Users()), twice(w.box.Users())...)
			return len(problems) == 0
		}, func() string { return strings.Join(problems, "\n") })
	}

	for n := range 20 { // each is on disk for a part of a second: some are replaced while they are read
		hr[n][1], staff[n][3] = fmt.Sprintf("Name %d again", n), "3"
		hr = append(hr, person(41+n))
		put()
		time.Sleep(100 * time.Millisecond)
	}
	equal("feeds replaced")

	target.leave()
	hr[0][4], staff[0][1] = "left", "Somebody Else"
	put()
	d.logged("the run failed", 2)
	time.Sleep(2 * time.Second)
	target.come()
	equal("target back")

	w.file("rosterd.yaml", bytes.Replace(good, []byte("@every 1s"), []byte("0 0 31 2 *"), 1))
	d.signal(syscall.SIGHUP)
	d.logged("configuration refused", 1)
	d.logged("never falls due", 1)
	staff[1][1] = "Under the Old One"
	put()
	equal("configuration refused")

	// The mended one listens as well, and has another mapping for the second job.
	before, after, _ := bytes.Cut(good, []byte("\n  staff:\n    source"))
	after = bytes.Replace(after, []byte("name: name"), []byte("name: upper(name)"), 1)
	w.file("rosterd.yaml", slices.Concat(before, []byte("\n  staff:\n    source"), after, []byte("http: {listen: 127.0.0.1:0}\n")))
	d.signal(syscall.SIGHUP)
	d.logged("configuration read again", 1)
	d.ask("/healthz", "alive\n")
	d.ask("/readyz", "ready\n")
	for _, row := range staff {
		row[1] = strings.ToUpper(row[1])
	}
	equal("configuration mended")

	second := w.start("run")
	if code, said := second.end(), second.output.String(); code != exitFailed || !strings.Contains(said, fmt.Sprintf("process %d uses the state", d.cmd.Process.Pid)) {
		t.Errorf("a second daemon: exit code %d\n%s", code, said)
	}
	began := time.Now()
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone || time.Since(began) > 30*time.Second {
		t.Errorf("exit code %d after %s\n%s", code, time.Since(began), d.log.String())
	}
	equal("ended")
	w.run(exitDone, "plan", "-q")
	for _, word := range []string{"READY=1", "STATUS=2 jobs", "WATCHDOG=1", "RELOADING=1\nMONOTONIC_USEC=", "STOPPING=1"} {
		if !strings.Contains(systemd.heard(), word) {
			t.Errorf("systemd did not hear %q, but\n%s", word, systemd.heard())
		}
	}
}

const (
	twoSources  = "    csv: {path: people.csv}\n  staff:\n    csv: {path: staff.csv}\n"
	everySecond = "    schedule: \"@every 1s\"\n    limits: {attribute: {\"*\": none}}\n"
	secondJob   = `  staff:
    source: staff
    sink: wms
    resource: users
    schedule: "@every 1s"
    key: id
    map:
      email: lower(email)
      name: name
      role_id: number(role, ".")
      is_active: status == "active"
    limits: {attribute: {"*": none}}
`
)

// TestANewJobSendsNothingUntilSomebodySaysSo: the daemon asks its target nothing, says once what to do, and goes on when it is done.
func TestANewJobSendsNothingUntilSomebodySaysSo(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", everySecond)
	w.feed(people(1, 5))
	d := w.daemon()
	d.logged("rosterd sync --first hr-users", 1)
	time.Sleep(2500 * time.Millisecond) // it was due again
	if n := strings.Count(d.log.String(), "rosterd sync --first"); n != 1 {
		t.Errorf("it says what to do %d times\n%s", n, d.log.String())
	}
	if c := w.box.Counts(); c.Requests != 0 {
		t.Errorf("the target was asked: %v", c.Methods)
	}
	w.run(exitDone, "sync", "--first", "--wait")
	w.feed(people(1, 8))
	d.until("the daemon goes on", func() bool { return len(w.box.Users()) == 8 }, func() string { return "" })
	d.signal(os.Interrupt)
	if code := d.end(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, d.log.String())
	}
}

// TestADaemonStoppedWhileItSendsLosesNothing ends it at a write, by one signal or several: what is in flight is settled, and the next run sends
// the rest once.
func TestADaemonStoppedWhileItSendsLosesNothing(t *testing.T) {
	for name, signals := range map[string][]os.Signal{
		"SIGTERM": {syscall.SIGTERM}, "SIGINT": {os.Interrupt}, "SIGINT twice": {os.Interrupt, os.Interrupt},
		"SIGTERM twice, and SIGHUP": {syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			slow := sandbox.Duration(20 * time.Millisecond)
			w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: slow, LatencyMax: slow}, "job.yaml", "    schedule: \"@every 2s\"\n")
			w.feed(people(1, 1))
			w.run(exitDone, "sync", "--first")
			d := w.daemon()
			d.logged("daemon started", 1)
			w.writes.after(40, func() {
				for _, s := range signals {
					d.signal(s)
				}
			})
			w.feed(people(1, 500))
			if code := d.end(); code != exitDone {
				t.Fatalf("exit code %d\n%s", code, d.log.String())
			}
			if n := len(w.box.Users()); n < 40 || n >= 500 {
				t.Errorf("%d users when it had ended", n)
			}
			w.run(exitDone, "sync")
			if c := w.box.Counts(); c.Writes != 500 {
				t.Errorf("%d writes for 500 people: %v", c.Writes, c.Methods)
			}
			for _, problem := range append(unequal(people(1, 500), w.box.Users()), twice(w.box.Users())...) {
				t.Error(problem)
			}
		})
	}
}
