package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

var (
	killRounds = flag.Int("kills", 50, "how often the kill harness kills the program")
	killSeed   = flag.Uint64("kill-seed", 0, "seed of the kill harness; 0: another one each time")
)

// killFaults meet requests of every kind: writes, look-ups, tokens, logins.
func killFaults(seed uint64) sandbox.Faults {
	return sandbox.Faults{Seed: seed, LatencyMin: sandbox.Duration(time.Millisecond), LatencyMax: sandbox.Duration(8 * time.Millisecond),
		CutBefore: 0.02, CutAfter: 0.02, ServerError: 0.01, ErrorAfter: 0.01, HTML: 0.01,
		Throttle: 0.004, Unavailable: 0.004, RetryAfter: sandbox.Duration(time.Second)}
}

// killCase is what is killed: a command that keeps targets equal to a source.
type killCase struct {
	name      string
	people    int  // at the beginning
	grows     bool // and nothing else changes
	scheduled bool // rosterd run; else rosterd sync
	ldap      bool // else CSV
	targets   []target
}

// killCases are each resource by itself under sync, from either source, and all of them under the daemon.
func killCases() []killCase {
	all := []killCase{{name: "sync of a feed that grows", people: 150, grows: true, targets: targets()}}
	for _, ldap := range []bool{false, true} {
		source := map[bool]string{false: "CSV", true: "LDAP"}[ldap]
		for _, t := range targets() {
			all = append(all, killCase{name: "sync of " + t.job + " from " + source, people: 60, ldap: ldap, targets: []target{t}})
		}
		all = append(all, killCase{name: "the daemon with all four from " + source, people: 60, ldap: ldap, scheduled: true, targets: targets()})
	}
	return all
}

// ou is where the people of the n-th case are, in the directory that all cases share.
func ou(n int) string { return fmt.Sprintf("ou=case%d", n) }

// TestKilledAtAnyMoment kills `rosterd sync` and `rosterd run` with SIGKILL again and again, while the target cuts connections before and
// after writes and answers 5xx and 429. At the end the target equals the source, no record is there twice and none is lost, and the
// target got at most
//
//	needed + max_in_flight for each kill + one for each write that met a fault
//
// writes. What is needed is exact for the feed that only grows: a write for each person and target. For one that changes it is what the
// program would send if no version were skipped, added up, and so the most that any order of kills and versions can need.
//
// The seed decides what changes, when it is killed and which requests meet faults; the machine decides the rest.
func TestKilledAtAnyMoment(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("make crash KILLS=%d SEED=%d", *killRounds, seed)
	cases := killCases()
	var ous []string
	for n := range cases {
		ous = append(ous, ou(n))
	}
	d := newSlapd(t, ldaptest.SlapdOptions{OUs: ous})
	sum := tally{faults: map[string]int{}, unsure: map[string]int{}}
	for n, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := &killer{killCase: c, random: rand.New(rand.NewPCG(seed, uint64(n))), gone: map[string][]string{}, seen: map[string]bool{}, pinned: map[string]bool{}, handed: map[string]bool{}}
			if c.ldap {
				own := *d
				own.base = ou(n) + "," + ldaptest.BaseDN
				k.directory = &own
			}
			k.world = newWorld(t, killFaults(seed+uint64(n)))
			k.world.file("rosterd.yaml", k.config())
			k.begin()
			for share := *killRounds*(n+1)/len(cases) - *killRounds*n/len(cases); k.kills < share; {
				k.kill(k.scheduled)
			}
			k.finish()
			sum.add(k.tally)
		})
	}
	t.Log(sum.report())
}

// tally is what was done to the program and to its requests.
type tally struct {
	kills, needed, writes int
	faults                map[string]int // that met requests of any kind
	unsure                map[string]int // that met writes
	lost, twice           int
}

func (s *tally) add(o tally) {
	s.kills, s.needed, s.writes, s.lost, s.twice = s.kills+o.kills, s.needed+o.needed, s.writes+o.writes, s.lost+o.lost, s.twice+o.twice
	for name, n := range o.faults {
		s.faults[name] += n
	}
	for name, n := range o.unsure {
		s.unsure[name] += n
	}
}

// met is how many writes met a fault.
func (s *tally) met() (n int) {
	for _, times := range s.unsure {
		n += times
	}
	return n
}

// report is a table.
func (s *tally) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d writes, %d needed at most, %d lost, %d twice\n%-14s %8s %10s\n%-14s %8d\n", s.writes, s.needed, s.lost, s.twice, "fault", "requests", "of writes", "SIGKILL", s.kills)
	for _, name := range keysOf(s.faults) {
		fmt.Fprintf(&b, "%-14s %8d %10d\n", name, s.faults[name], s.unsure[name])
	}
	return b.String()
}
