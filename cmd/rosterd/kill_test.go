package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

var (
	killRounds = flag.Int("kills", 50, "how often the kill harness kills the program")
	killSeed   = flag.Uint64("kill-seed", 0, "seed of the kill harness; 0: another one each time")
)

const killInFlight = 4

// With on_conflict: hold nothing is adopted by chance: a create that is sent twice would show.
const (
	killSink = "    max_in_flight: 4\n    retry: {attempts: 5}\n"
	killJob  = `    absent: {action: deactivate, reads: 1, after: 0s}
    on_conflict: hold
    limits: {deactivate: none, reactivate: none, attribute: {"*": none}}
`
)

// TestKilledAtAnyMoment kills `rosterd sync` with SIGKILL again and again, while the target cuts connections before and after
// writes and answers 5xx. At the end the target equals the source, no record is there twice and none is lost, and the target got
// at most
//
//	needed + max_in_flight for each kill + one for each write that met a fault
//
// writes. What is needed is exact for the feed that stays as it is: a write for each person. For the feed that changes it is the
// number of people whose rows differ from one version to the next, added up: what the program would send if no version were
// skipped, and so the most that any order of kills and versions can need.
func TestKilledAtAnyMoment(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test -run %s -kills %d -kill-seed %d", t.Name(), *killRounds, seed)
	kills := 0
	for i, c := range []struct {
		name  string
		count int // people
		kills int // up to this many in all
		alter bool
	}{{"a feed that stays", 400, *killRounds / 2, false}, {"a feed that changes", 60, *killRounds, true}} {
		t.Run(c.name, func(t *testing.T) {
			k := &killer{random: rand.New(rand.NewPCG(seed, uint64(i))), people: people(1, c.count), next: c.count + 1, needed: c.count}
			k.world = newWorld(t, sandbox.Faults{Seed: seed, WritesOnly: true, LatencyMin: sandbox.Duration(time.Millisecond),
				LatencyMax: sandbox.Duration(8 * time.Millisecond), CutBefore: 0.02, CutAfter: 0.02, ServerError: 0.01, ErrorAfter: 0.01, HTML: 0.01},
				"sink.yaml", killSink, "job.yaml", killJob)
			k.feed(k.people)
			for kills+k.kills < c.kills {
				k.kill()
				if c.alter {
					k.alter()
				} else if k.complete {
					break // nothing is left to be killed in; the other feed makes up for it
				}
			}
			kills += k.kills
			k.finish()
		})
	}
}

// killer is the harness and what it has done.
type killer struct {
	*world
	random   *rand.Rand
	people   feed
	next     int // number of the next newcomer
	needed   int
	kills    int
	complete bool // a run came to its end
}

// kill starts a run and kills it, at a write chosen by chance or, one time in three, after a time so chosen.
func (k *killer) kill() {
	p := k.start("sync", "--first", "-q")
	if k.random.IntN(3) == 0 {
		select {
		case <-time.After(time.Duration(k.random.IntN(400)) * time.Millisecond):
		case <-p.done:
		}
		p.signal(os.Kill)
	} else {
		pause := time.Duration(k.random.IntN(5000)) * time.Microsecond
		hit := make(chan struct{})
		k.writes.after(1+k.random.IntN(20), func() { close(hit) })
		select {
		case <-hit:
			time.Sleep(pause) // the moment within a write
		case <-p.done:
		}
		p.signal(os.Kill)
	}
	switch code := p.end(); code {
	case -1:
		k.kills++
	case exitDone:
		k.complete = true
	case exitHeld: // attempts used up: the next run settles them
	default:
		k.t.Fatalf("after %d kills: exit code %d\n%s", k.kills, code, p.output.String())
	}
	k.writes.after(0, nil)
}

// alter makes the feed's next version: some change, one leaves, one is gone, one comes back, some join; in another order.
func (k *killer) alter() {
	before := k.people
	k.people = slices.Clone(before)
	for _, i := range k.random.Perm(len(before))[:12] {
		row := slices.Clone(before[i])
		switch n := k.random.IntN(8); {
		case n < 4:
			row[1] = fmt.Sprintf("Name %d", k.random.IntN(1e6))
		case n < 6:
			row[2] = fmt.Sprintf("m%d@example.com", k.random.IntN(1e9))
		case row[4] == "active":
			row[4] = "left"
		default:
			row[4] = "active"
		}
		k.people[i] = row
	}
	gone := k.random.IntN(len(k.people))
	k.people = slices.Delete(k.people, gone, gone+1)
	for range 3 {
		k.people = append(k.people, person(k.next))
		k.next++
	}
	if returns := 1 + k.random.IntN(k.next-1); k.people.find(person(returns)[0]) < 0 {
		k.people = append(k.people, person(returns))
	}
	k.needed += differing(before, k.people)
	k.random.Shuffle(len(k.people), func(i, j int) { k.people[i], k.people[j] = k.people[j], k.people[i] })
	k.feed(k.people)
}

// differing is how many people a program that sends every version has to write between two.
func differing(before, after feed) (n int) {
	was, is := before.active(), after.active()
	for key, row := range is {
		if !slices.Equal(was[key], row) {
			n++
		}
	}
	for key := range was {
		if is[key] == nil {
			n++
		}
	}
	return n
}

// finish lets the program come to its end, then compares.
func (k *killer) finish() {
	k.t.Helper()
	const most = 20 // runs; each settles what the faults left of the one before
	for i := 0; ; i++ {
		p := k.start("sync", "--first")
		code := p.end()
		if code == exitDone {
			break
		}
		if code != exitHeld || i == most {
			k.t.Fatalf("exit code %d after %d runs without a kill\n%s", code, i, p.output.String())
		}
	}
	for _, problem := range append(unequal(k.people, k.box.Users()), twice(k.box.Users())...) {
		k.t.Error(problem)
	}
	c := k.box.Counts()
	faults := 0
	for _, n := range c.Faults {
		faults += int(n)
	}
	bound := k.needed + killInFlight*k.kills + faults
	text := strconv.Itoa(int(c.Writes)) + " writes, " + fmt.Sprintf("%d needed, %d kills, %d faults", k.needed, k.kills, faults)
	k.t.Log(text)
	if int(c.Writes) > bound {
		k.t.Errorf("%s: more than %d", text, bound)
	}
	k.box.Forget()
	k.run(exitDone, "sync")
	if n := k.box.Counts().Requests; n != 0 {
		k.t.Errorf("%d requests after all was done", n)
	}
}
