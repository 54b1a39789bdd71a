package state

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestEveryFileIsOurOwnFromItsFirstByte has no umask to help, and looks at every file all the while: of the state, its log and index, its
// locks and the drafts of plans, nobody else can read any, at no moment.
func TestEveryFileIsOurOwnFromItsFirstByte(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	seen := map[string]os.FileMode{}
	looked := 0
	wg.Go(func() {
		for ; ctx.Err() == nil || looked == 0; looked++ {
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Error(err)
				return
			}
			for _, f := range files {
				if info, err := os.Lstat(filepath.Join(dir, f.Name())); err == nil {
					seen[f.Name()] |= info.Mode().Perm()
				}
			}
		}
	})
	for i := range 20 {
		path := filepath.Join(dir, "state"+string(rune('a'+i))+".db")
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		release, err := Lock(t.Context(), path, LockJob, "hr", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		v, err := OpenView(path)
		if err != nil {
			t.Fatal(err)
		}
		created(t, s, begun(t, s), "1", "a@x", "7")
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		release()
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	wg.Wait()
	for name, mode := range seen {
		if mode&0o077 != 0 {
			t.Errorf("%s was there with %v", name, mode)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d files were seen in %d looks", len(seen), looked)
	}
}
