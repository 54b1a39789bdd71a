package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// anyAttribute lifts the limits of attributes, for scenarios in which everybody changes.
const anyAttribute = "    limits: {attribute: {\"*\": none}}\n"

func TestIncident21_ALongRetryAfterParksTheRun(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", anyAttribute)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	for _, row := range f {
		row[1] += " Again"
	}
	w.feed(f)
	if err := w.box.SetFaults(sandbox.Faults{Throttle: 1, WritesOnly: true, RetryAfter: sandbox.Duration(3244 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out := w.run(exitParked, "sync")
	took := time.Since(began)
	parked := w.said(out, "parked until")
	if err := w.box.SetFaults(sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	w.box.Forget()
	for _, args := range [][]string{{"sync"}, {"sync", "--first"}, {"status"}} {
		code := exitParked
		if args[0] == "status" {
			code = exitDone
		}
		w.said(w.run(code, args...), "parked")
	}
	w.unasked()
	if took > time.Minute {
		t.Errorf("it took %s", took)
	}
	tell(t, "429, \"waiting 3244 seconds\": the program slept within the run, in nine runs of ten (user-sync.py#867)",
		"the run ended within a minute, exit code 5, and kept what is still to do: %s. Until then nothing was asked of the target, whoever started a run", parked)
}

func TestIncident21_AParkedRunGoesOnByItself(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "sink.yaml", "    retry: {max_wait: 1s}\n", "job.yaml", "    schedule: \"0 0 1 1 *\"\n"+anyAttribute)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	if err := w.box.SetFaults(sandbox.Faults{ThrottleEvery: 7, WritesOnly: true, RetryAfter: sandbox.Duration(2 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	f[0][4] = "left"
	for _, row := range f[1:] {
		row[1] += " Again"
	}
	w.feed(f)
	w.run(exitParked, "sync")
	d := w.daemon()
	var problems []string
	d.until("the target is equal to the file", func() bool {
		problems = unequal(f, w.box.Users())
		return len(problems) == 0
	}, func() string { return strings.Join(problems, "\n") })
	pauses := w.box.Counts().Faults["throttle"]
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone || pauses == 0 {
		t.Errorf("exit code %d, %d pauses", code, pauses)
	}
	tell(t, "after a 429 the rest waited for the next run, which began from the start and hit the same limit (user-sync.py#461, #683)",
		"a job that is due once a year met %d answers 429 with 2 s to wait, longer than `retry.max_wait`: the first run parked and ended, and a daemon started after it went on by itself when the time was over, and all 20 changes were in the target within seconds", pauses)
}

func TestIncident21_TwoRunsNeverOverlap(t *testing.T) {
	slow := sandbox.Duration(20 * time.Millisecond)
	w := newWorld(t, sandbox.Faults{WritesOnly: true, LatencyMin: slow, LatencyMax: slow})
	f := people(1, 200)
	w.feed(f)
	begun := make(chan struct{})
	w.writes.after(5, func() { close(begun) })
	p := w.start("sync", "--first")
	<-begun
	second := w.run(exitFailed, "sync", "--first")
	if code := p.end(); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, p.output.String())
	}
	if c := w.box.Counts(); c.Writes != 200 {
		t.Errorf("%d writes", c.Writes)
	}
	w.whole(f)
	tell(t, "two runs overlapped (user-sync.py#683)", "a second run, started while the first was sending, sent nothing: %s. 200 people, 200 writes", w.said(second, "running already"))
}

func TestIncident21_ARateIsKeptInEverySecond(t *testing.T) {
	w := newWorld(t, sandbox.Faults{RateLimit: 60, RateBurst: 10})
	w.file("rosterd.yaml", []byte(strings.NewReplacer("rate: 5000/s", "rate: 50/s", "burst: 100", "burst: 1").Replace(string(configOf(w.dir, w.address)))))
	f := people(1, 150)
	w.feed(f)
	forecast := w.said(w.run(exitChanges, "plan"), "forecast:")
	w.unasked()
	began := time.Now()
	w.run(exitDone, "sync", "--first")
	took := time.Since(began)
	busiest := busiestSecond(w.box.Requests(), []string{"/"})
	if n := w.box.Counts().Faults["throttle"]; n != 0 || busiest > 51+4 { // those in flight may come together: when they are sent is the gate's own test
		t.Errorf("%d answers 429, %d requests in one second", n, busiest)
	}
	w.whole(f)
	tell(t, "limits of the target were met only by running into 429s, and the advice was to run at most every 2 hours (user-sync.py#867, umapi-documentation#76)",
		"`rate: 50/s`: the dry run said %s; 150 users took %.1f s, at most %d requests came in any second, tokens counted, and not one was answered 429", forecast, took.Seconds(), busiest)
}

func TestIncident21_A504BurnsNoAllowance(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", anyAttribute)
	f := people(1, 300)
	w.feed(f)
	w.first(300)
	for _, row := range f {
		row[1] += " Again"
	}
	w.feed(f)
	if err := w.box.SetFaults(sandbox.Faults{HTML: 1}); err != nil {
		t.Fatal(err)
	}
	out := w.run(exitFailed, "sync")
	asked := w.box.Counts().Requests
	if asked > 130 {
		t.Errorf("%d requests", asked)
	}
	if err := w.box.SetFaults(sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	w.run(exitDone, "sync")
	w.whole(f)
	tell(t, "a 504 burned the whole allowance (user-sync.py#813)",
		"a proxy answered everything with an error page. Of 300 changes rosterd gave up after %d requests: %s. When the target was well again, one run sent them all", asked, w.said(out, "failed:"))
}
