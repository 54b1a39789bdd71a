package ldaptest

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// SlapdOptions are what a Slapd holds and how it is set up. The zero value is a directory with nobody in it.
type SlapdOptions struct {
	People int      // inetOrgPersons, loaded before the start; see Person
	Groups int      // groupOfNames under ou=groups; with them people have memberOf
	Seed   uint64   // other seeds, other people
	OUs    []string // where people are, in turn, below BaseDN: "ou=berlin,ou=people". Those above are made; none: ou=people
	LDIF   string   // records or changes made after the start, as by Modify

	Global   string // lines of slapd.conf before the database, for instance "sizelimit 10"
	Database string // lines of slapd.conf for the database: limits, access rules (they come before "access to * by * read"), overlays
}

// Slapd is a running OpenLDAP server. Its methods are for one goroutine at a time.
type Slapd struct {
	Certificates
	Options SlapdOptions
	// Password is that of ReaderDN and of RootDN, another one for every server.
	Password string

	dir     string
	ports   []int // ldap, ldaps
	program string
	*process
}

// StartSlapd loads a directory and returns when a bind to it works. There is no limit on sizes unless the options set one.
// The caller closes the server.
func StartSlapd(o SlapdOptions) (*Slapd, error) {
	path, err := program("slapd", slapdPackages)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rosterd-slapd-")
	if err != nil {
		return nil, fmt.Errorf("make folder for slapd: %w", err)
	}
	s := &Slapd{Options: o, Password: rand.Text(), dir: dir, program: path}
	if err := s.make(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

const slapdPackages = "slapd ldap-utils"

// make loads and starts.
func (s *Slapd) make() error {
	var err error
	if s.Certificates, err = newCertificates(s.dir, "127.0.0.1"); err != nil {
		return err
	}
	if err := os.Mkdir(s.path("data"), 0o700); err != nil {
		return fmt.Errorf("make folder for slapd: %w", err)
	}
	if err := os.WriteFile(s.path("slapd.conf"), []byte(s.configuration()), 0o600); err != nil {
		return fmt.Errorf("write slapd.conf: %w", err)
	}
	if err := s.load(); err != nil {
		return err
	}
	if err := s.startAnywhere(); err != nil {
		return err
	}
	if s.Options.LDIF == "" {
		return nil
	}
	return s.Modify(s.Options.LDIF)
}

// load fills the database with slapadd, which is many times as fast as requests are.
func (s *Slapd) load() error {
	path, err := program("slapadd", slapdPackages)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, "-q", "-f", s.path("slapd.conf"))
	var says strings.Builder
	cmd.Stdout, cmd.Stderr = &says, &says
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start slapadd: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start slapadd: %w", err)
	}
	w := bufio.NewWriterSize(in, 1<<20)
	s.Options.write(w, s.Password)
	err = errors.Join(w.Flush(), in.Close())
	if err := errors.Join(cmd.Wait(), err); err != nil {
		return fmt.Errorf("load directory: %w; slapadd says:\n%s", err, says.String())
	}
	return nil
}

// startAnywhere starts at free ports, at others if somebody else was quicker.
func (s *Slapd) startAnywhere() error {
	for attempt := 1; ; attempt++ {
		var err error
		if s.ports, err = freePorts(2); err != nil {
			return err
		}
		err = s.start()
		if err == nil || attempt == 5 || !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
	}
}

// start starts the process at s.ports and waits until a bind works. Nobody else's server takes the password.
func (s *Slapd) start() error {
	var err error
	cmd := exec.Command(s.program, "-d", "0", "-f", s.path("slapd.conf"), "-h", strings.Join([]string{s.URL(), s.LDAPSURL(), s.LDAPIURL()}, " "))
	if s.process, err = startProcess(cmd, s.path("slapd.log")); err != nil {
		return err
	}
	return s.process.await(func() error {
		c, err := ldap.DialURL(s.URL())
		if err != nil {
			return err
		}
		defer c.Close()
		return c.Bind(ReaderDN, s.Password)
	})
}

func (s *Slapd) path(name string) string { return filepath.Join(s.dir, name) }

// URL is the address without TLS; StartTLS works there.
func (s *Slapd) URL() string { return fmt.Sprintf("ldap://127.0.0.1:%d", s.ports[0]) }

// LDAPSURL is the address with TLS.
func (s *Slapd) LDAPSURL() string { return fmt.Sprintf("ldaps://127.0.0.1:%d", s.ports[1]) }

// LDAPIURL is the socket; SASL EXTERNAL makes this process's user ReaderDN there.
func (s *Slapd) LDAPIURL() string { return "ldapi://" + url.QueryEscape(s.path("ldapi")) }

// Modify applies LDIF as RootDN: records are added; changes (changetype: modify, delete, modrdn) are made. Overlays see them.
func (s *Slapd) Modify(ldif string) error {
	path, err := program("ldapmodify", slapdPackages)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), path, "-a", "-x", "-H", s.URL(), "-D", RootDN, "-y", s.path("password"))
	cmd.Env = append(os.Environ(), "LDAPNOINIT=1") // no settings of this machine or user
	cmd.Stdin = strings.NewReader(ldif)
	if err := os.WriteFile(s.path("password"), []byte(s.Password), 0o600); err != nil {
		return fmt.Errorf("write password: %w", err)
	}
	if says, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("modify directory: %w; ldapmodify says:\n%s", err, says)
	}
	return nil
}

// Restart kills the process and starts it again, with the same data at the same addresses.
func (s *Slapd) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.start()
}

// Close ends the server and removes all that it wrote. It may be called again.
func (s *Slapd) Close() error { return s.process.discard(s.dir) }
