package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// configuration is that of every run over a feed; FAMILIES is the table of roles. The rate only has to be above what is ever reached.
const configuration = `state: STATE

sources:
  hr:
    csv: {path: FEED}

sinks:
  wms:
    clarus:
      base_url: ADDRESS
      subdomain: acme
      auth: {token_url: ADDRESS/oauth/token, client_id: rosterd, client_secret: sandbox-secret}
    rate: 1000000/s
    max_in_flight: WORKERS

jobs:
  hr-users:
    source: hr
    sink: wms
    resource: users
    key: employee_id
    where: employment != "applicant"
    out_of_scope: keep
    map:
      email: lower(trim(work_email))
      name: first_name + " " + last_name
      role_id: lookup("roles", job_family)
      is_active: status in ["active", "leave"]
      language: {const: en}

tables:
  roles: {FAMILIES}
`

// lab is a folder with the workload, and what runs on it.
type lab struct {
	options
	feed
	target *target
	text   int64 // bytes of the feed
}

// The feeds of a lab.
const (
	inOrder   = "day1.csv"
	reordered = "day1-reordered.csv"
	changed   = "day2.csv"
	few       = "few.csv"
)

// job is a configuration: where its state lies, where it looks for its feed, and in what it differs from the others.
type job struct {
	name, state, feed string
	edits             []string // texts and what stands in their place, by turns
}

// plain is the job of the feed as it is.
func plain() job { return job{name: "plain.yaml", state: "plain.db", feed: "plain.csv"} }

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// make writes the feeds, unless they are there.
func (l *lab) make() (err error) {
	made := fmt.Sprintf("rows %d, seed %d, creates %d\n", l.feed.rows, l.feed.seed, l.creates)
	if is, err := os.ReadFile(l.path("made")); err != nil || string(is) != made {
		if err := errors.Join(l.remove("made", "settled"), l.forget("plain.db")); err != nil {
			return err
		}
		l.say("writing feeds of %d rows", l.feed.rows)
		_, err1 := l.feed.write(l.path(inOrder), dayOne, 0)
		_, err2 := l.feed.write(l.path(reordered), dayOne, 1)
		_, err3 := l.feed.write(l.path(changed), dayTwo, 0)
		_, err4 := newFeed(l.feed.seed, l.creates).write(l.path(few), dayOne, 0)
		if err := errors.Join(err1, err2, err3, err4, os.WriteFile(l.path("made"), []byte(made), 0o600)); err != nil {
			return err
		}
	}
	info, err := os.Stat(l.path(inOrder))
	if err == nil {
		l.text = info.Size()
	}
	return err
}

func (l *lab) remove(names ...string) (err error) {
	for _, name := range names {
		if is := os.Remove(l.path(name)); is != nil && !errors.Is(is, fs.ErrNotExist) {
			err = errors.Join(err, is)
		}
	}
	return err
}

// forget removes a state.
func (l *lab) forget(state string) error { return l.remove(state, state+"-wal", state+"-shm") }

func (l *lab) configure(j job) error {
	var families []string
	for _, p := range l.families {
		families = append(families, fmt.Sprintf("%s: %d", p, l.roleOf(p)))
	}
	text := strings.NewReplacer(j.edits...).Replace(configuration)
	text = strings.NewReplacer("STATE", j.state, "FEED", j.feed, "ADDRESS", l.target.base, "WORKERS", fmt.Sprint(l.workers), "FAMILIES", strings.Join(families, ", ")).Replace(text)
	return os.WriteFile(l.path(j.name), []byte(text), 0o600)
}

// lay puts a feed where a job looks for it. It is a link, and its time is the present: a file that is older than the one that was read
// last is refused.
func (l *lab) lay(j job, name string) error {
	now := time.Now()
	return errors.Join(l.remove(j.feed), os.Link(l.path(name), l.path(j.feed)), os.Chtimes(l.path(j.feed), now, now))
}

// laying is lay for a turn: of several feeds another one each time.
func (l *lab) laying(j job, names ...string) func() error {
	next := 0
	return func() error {
		next++
		return l.lay(j, names[(next-1)%len(names)])
	}
}

// does is rosterd with a command, and the exit code that is right for it.
func (l *lab) does(exit int, j job, command ...string) program {
	return program{name: l.rosterd, args: append(append([]string{}, command...), "-q", "-c", l.path(j.name)), exit: exit}
}
