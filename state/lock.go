package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zeebo/xxh3"
	"golang.org/x/sys/unix"
)

// The classes of locks.
const (
	LockJob    byte = 'j' // a job never overlaps itself, whoever starts it
	LockTarget byte = 't' // one process at a time sends to a target
)

// ErrLocked says that somebody else has the lock.
var ErrLocked = errors.New("locked")

// Lock takes a lock beside the state, waiting for it at most that long (below 0: for ever). It ends with its process, however
// that ends. The lock file is not the state: closing a descriptor of state.db would drop SQLite's own locks on it.
//
// Open file description locks, so that two runs of one process exclude each other as well (fcntl(2)). A lock is one byte
// at a place that its name gives; two names meet once in 2^62.
func Lock(ctx context.Context, state string, class byte, name string, wait time.Duration) (release func(), err error) {
	path := strings.TrimSuffix(state, filepath.Ext(state)) + ".lock"
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w; is there the folder that `state:` names, and may this user write to it?", err)
	}
	place := xxh3.HashString(string(class)+name) >> 2
	deadline := time.Now().Add(wait)
	for {
		lock := unix.Flock_t{Type: unix.F_WRLCK, Start: int64(place), Len: 1}
		err = unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if wait >= 0 && time.Now().After(deadline) {
			f.Close()
			return nil, ErrLocked
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
