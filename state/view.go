package state

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// View reads the state, in one read transaction at a time, with the draft of one plan attached to the same connection so that
// SQLite joins the two. It writes nothing to the state: its handle is read-only, and a read-write handle opened only to read
// would checkpoint on close. One goroutine uses it at a time.
type View struct {
	path  string
	empty bool // there is no state at path
	db    *sql.DB
	conn  *sql.Conn
	seed  uint64
	stmt  map[string]*sql.Stmt
}

// OpenView opens the state at path for reading and begins a read transaction. A missing file is an empty state.
//
// The connection has three databases: an unused one in memory, the state as `known`, and the `draft`. So a state that comes into
// being during a first run can take the empty one's place.
func OpenView(path string) (v *View, err error) {
	v = &View{path: path, stmt: map[string]*sql.Stmt{}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("read state %s: %w", v.path, explain(err)), v.Close())
		}
	}()
	v.db = openDB("file::memory:?_busy_timeout=30000&_mutex=no")
	if v.conn, err = v.db.Conn(background); err != nil {
		return v, err
	}
	if err = intact(path); err != nil {
		return v, err
	}
	if Has(path) {
		err = v.attachState(path)
	} else {
		err = v.attachEmpty()
	}
	if err != nil {
		return v, err
	}
	if err = v.attachDraft(); err != nil {
		return v, err
	}
	err = v.Refresh()
	return v, err
}

// attachEmpty attaches an empty state in the place of one that does not exist. Its file is gone again before anything else happens, so
// that nothing lies about, however the process ends.
func (v *View) attachEmpty() (err error) {
	dir, err := os.MkdirTemp("", "rosterd-empty-*")
	if err != nil {
		return fmt.Errorf("make room for a plan in the folder for temporary files (TMPDIR): %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.db")
	s, err := Open(path)
	if err != nil {
		return err
	}
	_, err = s.conn.ExecContext(background, "PRAGMA journal_mode = DELETE") // a log would want its file
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	v.empty = true
	return v.attachState(path)
}

func (v *View) attachState(path string) error {
	if _, err := v.conn.ExecContext(background, "ATTACH DATABASE ? AS known", dsn(path, "mode=ro")); err != nil {
		return err
	}
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := v.conn.QueryRowContext(background, "PRAGMA known.user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version == 0:
		return errors.New("it is not a rosterd state")
	case version > len(steps):
		return fmt.Errorf("written by a newer rosterd (its format is %d, this one knows %d)", version, len(steps))
	case version < len(steps):
		return fmt.Errorf("written by an older rosterd (its format is %d, this one wants %d); `rosterd sync` brings it up to date", version, len(steps))
	}
	var seed []byte
	if err := v.conn.QueryRowContext(background, "SELECT value FROM known.meta WHERE name = 'seed'").Scan(&seed); err != nil {
		return err
	}
	if len(seed) != 8 {
		return errors.New("its seed is damaged")
	}
	v.seed = seedOf(seed)
	return nil
}

// attachDraft makes the draft: a file of its own, 0600, already unlinked, so that nothing of a plan outlives its process.
func (v *View) attachDraft() error {
	f, err := os.CreateTemp("", "rosterd-draft-*")
	if err != nil {
		return fmt.Errorf("make draft: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := v.conn.ExecContext(background, "ATTACH DATABASE ? AS draft", dsn(f.Name(), "mode=rwc")); err != nil {
		return fmt.Errorf("make draft: %w", err)
	}
	_, err = v.conn.ExecContext(background, draftSchema)
	return err
}

// Refresh ends the read transaction and begins another, so that what was committed since is seen.
func (v *View) Refresh() error {
	if err := v.commit(); err != nil {
		return err
	}
	if v.empty && Has(v.path) { // a first run has made it
		if _, err := v.conn.ExecContext(background, "DETACH DATABASE known"); err != nil {
			return explain(err)
		}
		if err := v.attachState(v.path); err != nil {
			return explain(err)
		}
		v.empty = false
	}
	_, err := v.conn.ExecContext(background, "BEGIN; SELECT 1 FROM known.meta")
	return explain(err)
}

// Release lets go of the state; the draft stays to be read. The writer, closed after it, is then the last to have the state open
// and tidies up its log.
func (v *View) Release() error {
	if err := v.commit(); err != nil {
		return err
	}
	_, err := v.conn.ExecContext(background, "DETACH DATABASE known")
	return explain(err)
}

// Rest ends the read of the state, so that its log does not grow with every change for as long as this view is open. The draft goes
// on, in a transaction of its own.
func (v *View) Rest() error {
	if err := v.commit(); err != nil {
		return err
	}
	_, err := v.conn.ExecContext(background, "BEGIN")
	return explain(err)
}

// commit ends the transaction, if there is one.
func (v *View) commit() error {
	if _, err := v.conn.ExecContext(background, "COMMIT"); err != nil && err.Error() != "cannot commit - no transaction is active" {
		return explain(err)
	}
	return nil
}

// Close drops the draft.
func (v *View) Close() (err error) {
	for _, s := range v.stmt {
		err = errors.Join(err, s.Close())
	}
	if v.conn != nil {
		err = errors.Join(err, v.conn.Close())
	}
	if v.db != nil {
		err = errors.Join(err, v.db.Close())
	}
	if !v.empty {
		v.tidy()
	}
	return err
}

// tidy removes the empty log that SQLite makes for a reader who comes first and can't remove for one who may not write. It does so
// itself when somebody who may write is the last to leave; with a log that is not empty, that would write to the state.
func (v *View) tidy() {
	if info, err := os.Stat(v.path + "-wal"); err != nil || info.Size() > 0 {
		return
	}
	db := openDB(dsn(v.path, "mode=rw"))
	defer db.Close()
	_, _ = db.ExecContext(background, "SELECT 1 FROM meta") // opens the log; who may not write leaves it
}

// Seed is the seed of every fingerprint.
func (v *View) Seed() uint64 { return v.seed }

// prepared is a statement that is prepared once a view.
func (v *View) prepared(query string) (*sql.Stmt, error) {
	if s, ok := v.stmt[query]; ok {
		return s, nil
	}
	s, err := v.conn.PrepareContext(background, query)
	if err == nil {
		v.stmt[query] = s
	}
	return s, err
}

// each gives the rows of a query, each read by scan. An error is the last.
func each[T any](v *View, query string, args []any, scan func(*sql.Rows, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		stmt, err := v.prepared(query)
		if err != nil {
			yield(none, explain(err))
			return
		}
		rows, err := stmt.QueryContext(background, args...)
		if err != nil {
			yield(none, explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var row T
			err := scan(rows, &row)
			if !yield(row, explain(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, explain(err))
		}
	}
}

// collect is all that an iterator gives, up to its error.
func collect[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for one, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (v *View) exec(query string, args ...any) error {
	s, err := v.prepared(query)
	if err == nil {
		_, err = s.ExecContext(background, args...)
	}
	return err
}

// Job is what the state knows of a job.
type Job struct {
	ID, Target  int64 // 0: not known
	Identity    string
	Version     int64     // counts what the target was told, by any job
	Active      int       // records it owns that are switched on
	Entries     int64     // of the last complete read
	Mark        string    // which file that was
	Receipt     []byte    // its receipt, JSON as the sources package has it; nil: there was none
	Clean       []byte    // content and configuration of the last run that left nothing over
	ParkedUntil time.Time // as noted: see Parked
	ParkedAt    time.Time
	ParkedWhy   string
	Unproven    string // a remote id of the target that a listing gave, and that no update has proven yet
	UnprovenAs  string // the natural key that was listed with it
	Sender      string // who sent to the target last
}

// Job reads a job, under its name or its former one, and its target by its identity where the job is not known.
func (v *View) Job(name, was, identity string) (Job, error) {
	var j Job
	var parked, parkedAt int64
	var bound bool // it has records, or changes whose outcome is not known: its ids belong to its target
	err := v.conn.QueryRowContext(background, `SELECT j.id, t.id, t.identity, t.version,
		EXISTS (SELECT 1 FROM known.entries e WHERE e.job = j.id AND e.status <> 0) OR EXISTS (SELECT 1 FROM known.changes c WHERE c.target = t.id AND c.job = j.id AND c.outcome = 0), j.active, j.entries, j.mark, j.receipt, j.clean, t.parked_until, t.parked_at, t.parked_why, t.sender, t.unproven, t.unproven_as
		FROM known.jobs j JOIN known.targets t ON t.id = j.target WHERE j.name = ?1 OR j.name = ?2 AND ?2 <> '' ORDER BY j.name = ?1 DESC LIMIT 1`, name, was).
		Scan(&j.ID, &j.Target, &j.Identity, &j.Version, &bound, &j.Active, &j.Entries, &j.Mark, &j.Receipt, &j.Clean, &parked, &parkedAt, &j.ParkedWhy, &j.Sender, &j.Unproven, &j.UnprovenAs)
	if errors.Is(err, sql.ErrNoRows) || err == nil && j.Identity != identity && !bound {
		j = Job{}
		err = v.conn.QueryRowContext(background, "SELECT id, identity, version, parked_until, parked_at, parked_why, sender, unproven, unproven_as FROM known.targets WHERE identity = ?", identity).
			Scan(&j.Target, &j.Identity, &j.Version, &parked, &parkedAt, &j.ParkedWhy, &j.Sender, &j.Unproven, &j.UnprovenAs)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return Job{Identity: identity}, nil
	}
	j.ParkedUntil, j.ParkedAt = fromMillis(parked), fromMillis(parkedAt)
	return j, explain(err)
}

// Parked reports whether nothing is to be sent to the target now. A pause that is noted as more than twice as long as it was is one of a
// clock that was ahead and has been set back: it is over, for the target says so again if it is not.
func (j Job) Parked(now time.Time) bool {
	rest := j.ParkedUntil.Sub(now)
	return rest > 0 && rest <= 2*j.ParkedUntil.Sub(j.ParkedAt)
}
