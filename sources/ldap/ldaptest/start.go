package ldaptest

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
)

// The tree that a Slapd and a Scripted serve.
const (
	BaseDN   = "dc=example,dc=com"
	ReaderDN = "cn=sync," + BaseDN  // who may read everything; the password is the server's
	RootDN   = "cn=admin," + BaseDN // who may change everything, of a Slapd
)

// TB is what Start needs of a *testing.T or *testing.B. It is not testing.TB, so that a program that measures against
// these servers doesn't get the flags of package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Start starts a server for one test, which ends it: Start(t, StartSlapd, SlapdOptions{People: 100}). A server that can't
// be started, for want of its package too, fails the test.
func Start[O any, S io.Closer](t TB, start func(O) (S, error), o O) S {
	t.Helper()
	server, err := start(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("%v", err)
		}
	})
	return server
}

// program is the path of a program, or an error that names the Debian packages it is in.
func program(name, packages string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} { // not on everybody's PATH
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find %s: it is not installed, and the tests need the real one: apt-get install %s", name, packages)
}
