package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/ldap"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
	"github.com/rosterd/rosterd/sync/record"
)

// What is read of the directory, by whomever.
const (
	peopleBase   = "ou=people," + ldaptest.BaseDN
	peopleFilter = "(objectClass=inetOrgPerson)"
	peopleInPage = 1000
)

func peopleAttributes() []string {
	return []string{"uid", "cn", "sn", "givenName", "mail", "employeeNumber", "title", "departmentNumber"}
}

// directory is an OpenLDAP server with people, as the one that started it sees it.
type directory struct {
	people   int
	url      string
	password string // the file that has it
	stop     func() error
}

// serveDirectory is that server's process, which keeps the making of its people out of this one's memory. Its arguments are their
// number, the seed, and the file to write the password to.
func serveDirectory(_ context.Context, args []string) error {
	people, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	s, err := ldaptest.StartSlapd(ldaptest.SlapdOptions{People: people, Seed: seed})
	if err != nil {
		return err
	}
	defer s.Close()
	// Without a line end: ldapsearch takes the whole file.
	if err := os.WriteFile(args[2], []byte(s.Password), 0o600); err != nil {
		return err
	}
	serving(s.URL())
	return s.Close()
}

func startDirectory(ctx context.Context, people int, seed uint64, password string) (*directory, error) {
	s, err := startService(ctx, "role-directory", strconv.Itoa(people), strconv.FormatUint(seed, 10), password)
	if err != nil {
		return nil, fmt.Errorf("start directory: %w", err)
	}
	return &directory{people: people, url: s.address, password: password, stop: s.stop}, nil
}

// ldapsearch reads everybody with OpenLDAP's own client, as its users would. What it writes is dropped.
func (d *directory) ldapsearch() program {
	args := []string{"-x", "-H", d.url, "-D", ldaptest.ReaderDN, "-y", d.password, "-b", peopleBase, "-E", fmt.Sprintf("pr=%d/noprompt", peopleInPage), peopleFilter}
	return program{name: "ldapsearch", args: append(args, peopleAttributes()...), env: []string{"LDAPNOINIT=1"}} // no settings of this machine or user
}

// entries reads everybody with rosterd's source alone; profile is where to write a profile, "" for none.
func (d *directory) entries(profile string) program {
	return role("role-entries", d.url, d.password, strconv.Itoa(d.people), profile)
}

// readEntries is that process: a read in which every entry is known, so that none is mapped and no state is asked.
func readEntries(ctx context.Context, args []string) error {
	want, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	password, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	c := ldap.Config{URLs: []string{args[0]}, Bind: ldap.Bind{Method: "simple", DN: ldaptest.ReaderDN, Password: strings.TrimSpace(string(password))},
		Bases: []string{peopleBase}, Scope: "sub", Filter: peopleFilter, PageSize: peopleInPage, Timeout: time.Minute, Referrals: "error"}
	drain := func() error { return drain(ctx, ldap.New(c), want) }
	if out := args[3]; out != "" {
		return profiled(out, drain)
	}
	return drain()
}

// drain reads a source to its end, which is proven to be the whole of it.
func drain(ctx context.Context, s sources.Source, want int64) error {
	reading, err := s.Open(ctx, sources.Request{Need: peopleAttributes(), Seed: 1})
	if err != nil {
		return err
	}
	defer reading.Close()
	all := func(_ []record.Fingerprint, _ []uint32, known []bool) {
		for i := range known {
			known[i] = true
		}
	}
	for _, err := range reading.Entries(all) {
		if err != nil {
			return err
		}
	}
	if is := reading.Receipt(); !is.Complete || is.Entries != want {
		return fmt.Errorf("read directory: %d entries, complete: %t, not %d and complete", is.Entries, is.Complete, want)
	}
	return reading.Close()
}
