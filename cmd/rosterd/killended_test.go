package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// settle runs a command until nothing is left over.
func (k *killer) settle(command ...string) {
	k.t.Helper()
	const most = 20 // runs; each settles what the faults left of the one before
	for i := 0; ; i++ {
		p := k.start(command...)
		code := p.end()
		if code == exitDone {
			return
		}
		if code != exitHeld || i == most {
			k.t.Fatalf("exit code %d after %d runs without a kill\n%s\n%s", code, i, p.output.String(), k.run(exitDone, "held"))
		}
	}
}

// finish lets the program come to its end among faults, then without, and compares.
func (k *killer) finish() {
	k.t.Helper()
	for k.swapped != "" {
		k.alter()
	}
	if k.scheduled {
		d := k.world.daemon()
		var problems []string
		d.until("the targets are equal to the source", func() bool {
			problems = k.differences()
			return len(problems) == 0
		}, func() string { return strings.Join(problems, "\n") + "\n" + k.run(exitDone, "held") })
		d.signal(syscall.SIGTERM)
		if code := d.end(); code != exitDone {
			k.t.Errorf("exit code %d\n%s", code, d.log.String())
		}
	}
	k.settle("sync", "--first")
	if err := k.box.SetFaults(sandbox.Faults{}); err != nil {
		k.t.Fatal(err)
	}
	k.run(exitDone, "sync")
	for _, problem := range k.differences() {
		k.t.Error(problem)
	}
	k.count()
	k.box.Forget()
	k.run(exitDone, "plan")
	k.run(exitDone, "sync")
	if n := k.box.Counts().Requests; n != 0 {
		k.t.Errorf("%d requests after all was done", n)
	}
}

// differences are those between the source and the targets.
func (k *killer) differences() (problems []string) {
	k.lost, k.twice = 0, 0
	for _, t := range k.targets {
		all := t.copies(k.box)
		apart, lost := t.apart(k.people, all)
		again := doubled(all)
		for _, problem := range append(apart, again...) {
			problems = append(problems, t.job+": "+problem)
		}
		k.lost, k.twice = k.lost+lost, k.twice+len(again)
	}
	return problems
}

// count compares the writes with what was needed.
func (k *killer) count() {
	k.t.Helper()
	atOnce, sinks := 0, map[string]bool{}
	for _, t := range k.targets { // jobs on one target send in turn
		if !sinks[t.sink] {
			atOnce += t.atOnce
		}
		sinks[t.sink] = true
	}
	k.faults, k.unsure = map[string]int{}, map[string]int{}
	all := k.box.Requests()
	for _, r := range all {
		write := r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/login") && kindOf(r) != "token" && kindOf(r) != "lookup"
		if write {
			k.tally.writes++
		}
		if r.Fault != "" {
			k.faults[r.Fault]++
		}
		if write && r.Fault != "" {
			k.unsure[r.Fault]++
		}
	}
	if c := k.box.Counts(); int(c.Requests) != len(all) || int(c.Writes) != k.tally.writes {
		k.t.Errorf("the target remembers %d of %d requests, %d of %d writes", len(all), c.Requests, k.tally.writes, c.Writes)
	}
	text := fmt.Sprintf("%d writes, %d needed at most, %d kills with %d in flight, %d writes met faults", k.tally.writes, k.needed, k.kills, atOnce, k.met())
	k.t.Log(text)
	if bound := k.needed + atOnce*k.kills + k.met(); k.tally.writes > bound {
		k.t.Errorf("%s: more than %d", text, bound)
	}
}
