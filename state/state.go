// Package state keeps what the target was last told, in SQLite. It is the only place with SQL.
//
//	View     one read transaction, with the plan's draft beside it: what a run and a dry run read
//	Store    the one writer of a process
//	Journal  intend before a request, settle after its answer; the commits of requests in flight are grouped
//	Index    which entries are unchanged, by the hash of their raw bytes
//
// Losing power loses at most the outcome of requests in flight: go-sqlite3 sets synchronous=NORMAL by itself, and then, under
// WAL, a power cut loses commits. So the writer asks for FULL, and a test reads the pragma back.
//
// What it costs: a row that goes through database/sql takes 1 to 5 µs, most of them the way into C and back, column by column. So what is asked
// of every entry is not in rows: the index is some pages, loaded in 25 ms for a million entries, probed in 30 ns and written anew in 90 ms.
// Rows are for what was parsed, one pass each over the draft, joined by key in key order so that a page of the state is read once; what is
// made of them is made on another goroutine while the next are read (ahead, beside). And they are for changes, where a commit is dearer than
// its rows (Journal).
package state

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// background is the context of every statement. A statement is short, and a cancelled write would leave its caller not
// knowing what was done; besides, go-sqlite3 starts a goroutine for each statement that can be cancelled.
var background = context.Background()

// Store is the writer. It may be used from several goroutines; one transaction runs at a time.
type Store struct {
	path    string
	db      *sql.DB
	mu      sync.Mutex // held during a transaction
	conn    *sql.Conn
	journal *Journal
}

// Has reports whether there is a state at path. One that was being made when its maker was killed has no tables: it is none. If the kill
// came while the file was made one with a log, it has to be taken back first, for which SQLite has to write.
func Has(path string) bool {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return false
	}
	tables, err := countTables(path, "mode=ro")
	if e, ok := errors.AsType[sqlite3.Error](err); ok && e.ExtendedCode == sqlite3.ErrReadonlyRollback {
		tables, err = countTables(path, "mode=rw")
	}
	return err != nil || tables > 0 // something is there; whoever opens it says what is wrong with it
}

func countTables(path, mode string) (tables int, err error) {
	db := openDB(dsn(path, mode+"&_busy_timeout=30000"))
	defer db.Close()
	err = db.QueryRowContext(background, "SELECT count(*) FROM sqlite_master").Scan(&tables)
	return tables, err
}

// Open opens the state for writing and creates it where there is none. The file is 0600 before SQLite writes to it, for -wal
// and -shm take its mode over; an existing one is not touched, for closing it would drop SQLite's own locks on it.
func Open(path string) (*Store, error) { return open(path, rand.Uint64()) }

// Create is Open with the seed for a new state: that of a view with which entries were read before it existed.
func Create(path string, seed uint64) (*Store, error) { return open(path, seed) }

func open(path string, seed uint64) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		f.Close()
	case !errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("open state: %w; is there the folder that `state:` names, and may this user write to it?", err)
	}
	if err := intact(path); err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	db := openDB(dsn(path, "_journal_mode=WAL&_busy_timeout=30000&_txlock=immediate&_synchronous=FULL&_foreign_keys=1&_cache_size=-16384"))
	s := &Store{path: path, db: db}
	if s.conn, err = db.Conn(background); err == nil {
		// Checkpoints cost the requests in flight; 32 MiB of log are little.
		_, err = s.conn.ExecContext(background, "PRAGMA wal_autocheckpoint = 8000")
	}
	if err == nil {
		err = s.migrate(seed)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("open state %s: %w", path, explain(err))
	}
	s.journal = newJournal(s)
	return s, nil
}

// Close settles what is queued and closes the state.
func (s *Store) Close() error {
	s.journal.close()
	return errors.Join(s.conn.Close(), s.db.Close())
}

// Journal is the state's one journal.
func (s *Store) Journal() *Journal { return s.journal }

// write runs one transaction. Nothing of it stays if do or the commit fails.
func (s *Store) write(do func(*sql.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.conn.ExecContext(background, "BEGIN IMMEDIATE"); err != nil {
		return explain(err)
	}
	err := do(s.conn)
	if err == nil {
		_, err = s.conn.ExecContext(background, "COMMIT")
	}
	if err != nil {
		s.conn.ExecContext(background, "ROLLBACK") //nolint:errcheck // the first error says what is wrong
	}
	return explain(err)
}

// migrate brings the schema up to date and makes the seed of a new state.
func (s *Store) migrate(seed uint64) error {
	var version int
	if err := s.conn.QueryRowContext(background, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("written by a newer rosterd (its format is %d, this one knows %d); install that version, or restore a backup", version, len(steps))
	}
	if version == len(steps) {
		return nil
	}
	return s.write(func(c *sql.Conn) error { return create(c, steps[version:], len(steps), seed) })
}

func create(c *sql.Conn, steps []string, version int, seed uint64) error {
	for _, step := range steps {
		text, err := migrations.ReadFile(step)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(background, string(text)); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(step), err)
		}
	}
	_, err := c.ExecContext(background, "INSERT OR IGNORE INTO meta (name, value) VALUES ('seed', ?)", binary.LittleEndian.AppendUint64(nil, seed))
	var text string
	if err == nil {
		err = c.QueryRowContext(background, schemaOf("main")).Scan(&text)
	}
	if err == nil {
		_, err = c.ExecContext(background, "INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?)", binary.LittleEndian.AppendUint64(nil, uint64(seal(text))))
	}
	if err == nil {
		_, err = c.ExecContext(background, fmt.Sprintf("PRAGMA user_version = %d", version))
	}
	return err
}

// dsn is a file as SQLite's URI; a path may hold what means something in one.
func dsn(path, options string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options
}

// explain says what a damaged or unwritable state means.
func explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "malformed"), strings.Contains(text, "not a database"):
		return fmt.Errorf("%w: the file is damaged; restore a backup, or move it away and run `rosterd adopt`", err)
	case strings.Contains(text, "disk is full"), strings.Contains(text, "disk I/O"):
		return fmt.Errorf("%w: make room on its disk and run again; nothing that was recorded is lost", err)
	case strings.Contains(text, "readonly"):
		return fmt.Errorf("%w: this user may not write it", err)
	case strings.Contains(text, "unable to open database"):
		return fmt.Errorf("%w: may this user read and write it and its folder, and may it open more files?", err)
	case strings.Contains(text, "database is locked"):
		return fmt.Errorf("%w: another program has been writing to it for half a minute; end that one (`fuser` names it) and run again", err)
	}
	return err
}

func seedOf(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
