package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

// ldapConfiguration is that of every run against a directory. It reads the attributes of peopleAttributes, each of which goes
// somewhere.
const ldapConfiguration = `state: STATE

sources:
  directory:
    ldap:
      urls: [URL]
      bind: {dn: "READER", password: "${file:PASSWORD}"}
      base_dn: ["BASE"]
      filter: (objectClass=inetOrgPerson)
      page_size: PAGE

sinks:
  wms:
    clarus:
      base_url: ADDRESS
      subdomain: acme
      auth: {token_url: ADDRESS/oauth/token, client_id: rosterd, client_secret: sandbox-secret}
    rate: 1000000/s
    max_in_flight: WORKERS

jobs:
  people:
    source: directory
    sink: wms
    resource: users
    key: employeeNumber
    map:
      email: lower(mail)
      name: givenName + " " + sn
      role_id: {const: 1}
      is_active: {const: true}
      language: {const: en}
      string1: title
      string2: departmentNumber
      string3: uid
      string4: cn
`

// ldapLab is a folder with the states of directories of several sizes.
type ldapLab struct {
	options
	target *target
}

// path is a file of the directory with that many people.
func (l *ldapLab) path(people int, name string) string {
	return filepath.Join(l.dir, fmt.Sprintf("%d-%s", people, name))
}

// open starts a directory with a state that agrees with it: that of a first sync, unless it is there from an earlier time.
func (l *ldapLab) open(ctx context.Context, people int) (*directory, error) {
	l.say("loading a directory of %d", people)
	d, err := startDirectory(ctx, people, l.seed, l.path(people, "password"))
	if err != nil {
		return nil, err
	}
	if err := l.settle(ctx, d); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// settle makes the state. The target's address is part of what a state belongs to, so the one that it was made with stays; that of
// the directory is another one each time, and no part of it.
func (l *ldapLab) settle(ctx context.Context, d *directory) error {
	settled := l.path(d.people, "settled")
	made := fmt.Sprintf("seed %d\n", l.seed)
	address, err := os.ReadFile(settled)
	if of, found := strings.CutPrefix(string(address), made); err == nil && found {
		return l.configure(d, of)
	}
	for _, name := range []string{"settled", "state.db", "state.db-wal", "state.db-shm"} {
		if err := os.Remove(l.path(d.people, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := l.configure(d, l.target.base); err != nil {
		return err
	}
	l.say("first sync of %d", d.people)
	if _, err := l.sync(d, "--first").run(ctx); err != nil {
		return err
	}
	told, err := l.target.told(ctx)
	if err != nil {
		return err
	}
	if told.Writes != int64(d.people) {
		return fmt.Errorf("the first sync sent %d creates for %d people", told.Writes, d.people)
	}
	return os.WriteFile(settled, []byte(made+l.target.base), 0o600)
}

func (l *ldapLab) configure(d *directory, address string) error {
	text := strings.NewReplacer("STATE", l.path(d.people, "state.db"), "URL", d.url, "READER", ldaptest.ReaderDN, "PASSWORD", d.password, "BASE", peopleBase,
		"PAGE", fmt.Sprint(peopleInPage), "ADDRESS", address, "WORKERS", fmt.Sprint(l.workers)).Replace(ldapConfiguration)
	return os.WriteFile(l.path(d.people, "rosterd.yaml"), []byte(text), 0o600)
}

// sync is a run of rosterd.
func (l *ldapLab) sync(d *directory, flags ...string) program {
	return program{name: l.rosterd, args: append([]string{"sync", "-q", "-c", l.path(d.people, "rosterd.yaml")}, flags...)}
}
