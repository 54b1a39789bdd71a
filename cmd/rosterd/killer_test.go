package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// killConfig: with on_conflict: hold nothing is adopted by chance, so a create that is sent twice would show.
const killConfig = `state: state.db
sources:
  people:
SOURCE
sinks:
  wms:
    clarus: {base_url: ADDRESS, subdomain: acme, auth: {token_url: ADDRESS/oauth/token, client_id: rosterd, client_secret: sandbox-secret}}
    rate: 5000/s
    burst: 100
    max_in_flight: 4
  access:
    jitsudo: {base_url: ADDRESS, tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0, auth: {login: {email: rosterd@example.com, password: sandbox-password}}}
    rate: 5000/s
    burst: 100
    max_in_flight: 4
  elastic:
    ece: {base_url: ADDRESS/api/v1, auth: {api_key: sandbox-key}}
    rate: 5000/s
    burst: 100
jobs:
`

// killJob is one of its jobs.
const killJob = `  %s: {source: people, sink: %s, resource: %s, key: ID, %screate_inactive: %v, on_conflict: hold, absent: {action: deactivate, reads: 1, after: 0s},
    limits: {deactivate: none, reactivate: none, attribute: {"*": none}}, map: {%s}}
`

// killer is the harness and what it has done.
type killer struct {
	killCase
	*world
	tally
	directory *directory // nil: CSV
	random    *rand.Rand
	people    feed
	next      int  // number of the next newcomer
	complete  bool // a run came to its end
	addresses int
	gone      map[string][]string // who may return, as they were
	seen      map[string]bool     // who was in any version
	pinned    map[string]bool     // who stays
	handed    map[string]bool     // addresses that were passed on
	swapped   string              // one of the two who have swapped addresses
}

// config is the configuration.
func (k *killer) config() []byte {
	text, schedule := killConfig, ""
	if k.scheduled {
		schedule = `schedule: "@every 1s", `
	}
	for _, t := range k.targets {
		text += fmt.Sprintf(killJob, t.job, t.sink, t.resource, schedule, t.inactive, t.mapping)
	}
	words := []string{"SOURCE", "    csv: {path: people.csv}", "ADDRESS", k.world.address, "ID", "id", "NAME", "name", "EMAIL", "email", "ROLE", "role", "STATUS", "status"}
	if d := k.directory; d != nil {
		source := strings.NewReplacer("$LDAP_URL", d.url, "$LDAP_USER", d.user, "$LDAP_SECRET", d.password, "$LDAP_BASE", d.base).Replace(openLDAPSource)
		words = []string{"SOURCE", source, "ADDRESS", k.world.address, "ID", "employeeNumber", "NAME", "cn", "EMAIL", "mail", "ROLE", "departmentNumber", "STATUS", "title"}
	}
	return []byte(strings.NewReplacer(words...).Replace(text))
}

func (k *killer) base() string {
	if k.directory == nil {
		return ""
	}
	return k.directory.base
}

// begin fills the source. A daemon sends nothing for jobs that the state does not know, so a run makes them known, after one that is killed.
func (k *killer) begin() {
	k.t.Helper()
	k.next = k.killCase.people + 1
	k.publish(people(1, k.killCase.people))
	if k.scheduled {
		k.kill(false)
		k.settle("sync", "--first")
	}
}

// kill starts the program and kills it, at a request chosen by chance or, one time in three, after a time so chosen. A source that changes
// does so before a run, and while a daemon runs.
func (k *killer) kill(daemon bool) {
	k.t.Helper()
	var p *process
	said := func() string { return p.output.String() }
	most, longest := 20, 400*time.Millisecond
	if daemon {
		d := k.world.daemon()
		p, said = d.process, d.log.String
		most, longest = 60, 1500*time.Millisecond
	} else {
		p = k.start("sync", "--first", "-q")
	}
	pause, moment := time.Duration(k.random.IntN(5000))*time.Microsecond, time.Duration(k.random.Int64N(int64(longest)))
	never := time.NewTimer(moment)
	defer never.Stop()
	hit := make(chan struct{})
	if k.random.IntN(3) > 0 {
		never.Reset(10 * longest) // there is nothing to be sent
		k.world.writes.after(1+k.random.IntN(most), func() { close(hit) })
	}
	if daemon {
		k.alter()
	}
	select {
	case <-hit:
		time.Sleep(pause) // the moment within a write
	case <-never.C:
	case <-p.done:
	}
	p.signal(os.Kill)
	switch code := p.end(); {
	case code == -1:
		k.kills++
	case code == exitDone && !daemon:
		k.complete = true
	case code == exitHeld && !daemon: // attempts used up, or a ring: the next run goes on
	default:
		k.t.Fatalf("after %d kills: exit code %d\n%s", k.kills, code, said())
	}
	k.world.writes.after(0, nil)
	switch {
	case k.scheduled:
	case !k.grows:
		k.alter()
	case k.complete:
		k.complete = false
		k.publish(append(k.people, people(len(k.people)+1, len(k.people)+k.killCase.people)...))
	}
}
