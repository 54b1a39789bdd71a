package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// configuration is that of every run; FAMILIES is the table of roles. The rate only has to be above what is ever reached.
const configuration = `state: STATE

sources:
  hr:
    csv: {path: feed.csv}

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
	dir    string
	target *target
}

// The feeds of a lab. feed.csv is the one that the configuration names, a link to one of them.
const (
	inOrder   = "day1.csv"
	reordered = "day1-reordered.csv"
	changed   = "day2.csv"
	few       = "few.csv"
)

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// make writes the feeds, unless they are there.
func (l *lab) make() error {
	made := fmt.Sprintf("rows %d, seed %d, creates %d\n", l.feed.rows, l.feed.seed, l.creates)
	if is, err := os.ReadFile(l.path("made")); err == nil && string(is) == made {
		return nil
	}
	for _, name := range []string{"made", "settled", "state.db", "state.db-wal", "state.db-shm"} {
		if err := l.remove(name); err != nil {
			return err
		}
	}
	err := errors.Join(l.feed.write(l.path(inOrder), dayOne, 0), l.feed.write(l.path(reordered), dayOne, 1), l.feed.write(l.path(changed), dayTwo, 0),
		newFeed(l.feed.seed, l.creates).write(l.path(few), dayOne, 0))
	if err != nil {
		return err
	}
	return os.WriteFile(l.path("made"), []byte(made), 0o600)
}

func (l *lab) remove(name string) error {
	if err := os.Remove(l.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// configure writes a configuration with that state. The target's address is part of what a state belongs to, so the one that it
// was made with stays: no run but the first and those of the third figure sends anything.
func (l *lab) configure(name, state string) error {
	var families []string
	for _, p := range l.families {
		families = append(families, fmt.Sprintf("%s: %d", p, l.roleOf(p)))
	}
	text := strings.NewReplacer("STATE", state, "ADDRESS", l.target.base, "WORKERS", fmt.Sprint(l.workers), "FAMILIES", strings.Join(families, ", ")).Replace(configuration)
	return os.WriteFile(l.path(name), []byte(text), 0o600)
}

// lay puts a feed where the configuration looks.
func (l *lab) lay(name string) error {
	if err := l.remove("feed.csv"); err != nil {
		return err
	}
	now := time.Now() // a file that is older than the one that was read last is refused
	return errors.Join(os.Link(l.path(name), l.path("feed.csv")), os.Chtimes(l.path("feed.csv"), now, now))
}

// does is rosterd with a command, and the exit code that is right for it.
func (l *lab) does(exit int, config string, command ...string) program {
	return program{name: l.rosterd, args: append(append([]string{}, command...), "-q", "-c", l.path(config)), exit: exit}
}

// settle makes the state of a first sync, unless it is there, and says what that took; nothing of what is there.
func (l *lab) settle(ctx context.Context) (s sample, told tally, err error) {
	if _, err := os.Stat(l.path("settled")); err == nil {
		return s, told, nil
	}
	if err := errors.Join(l.configure("rosterd.yaml", "state.db"), l.lay(inOrder)); err != nil {
		return s, told, err
	}
	if s, err = l.does(0, "rosterd.yaml", "sync", "--first").run(ctx); err != nil {
		return s, told, err
	}
	if told, err = l.target.told(ctx); err != nil {
		return s, told, err
	}
	if told.Creates != int64(l.feed.rows) {
		return s, told, fmt.Errorf("the first sync sent %d creates for %d rows", told.Creates, l.feed.rows)
	}
	return s, told, os.WriteFile(l.path("settled"), nil, 0o600)
}
