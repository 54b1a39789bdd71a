package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpeningAgainKeepsTheLocks: a file's POSIX locks go when any descriptor of it is closed, so the state is never opened past SQLite.
func TestOpeningAgainKeepsTheLocks(t *testing.T) {
	_, path := opened(t)
	viewed(t, path)
	before := locks(t)
	if before == 0 {
		t.Fatal("SQLite holds no lock, so this test shows nothing")
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if after := locks(t); after < before {
		t.Errorf("%d locks are left of %d", after, before)
	}
}

// locks counts this process's POSIX locks (proc(5)).
func locks(t *testing.T) (n int) {
	t.Helper()
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Readlink("/proc/self")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) > 4 && f[1] == "POSIX" && f[4] == filepath.Base(self) {
			n++
		}
	}
	return n
}
