package state

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Move gives the record of one key another.
type Move struct{ Old, New record.Key }

// Rekey gives records other keys, all at once and all or none: a record may get the key that another one gives up, in a chain or a
// swap. Each Old must be a record of the run's job, no New a record that stays, and no change of either may be without an answer; all
// else is an error. It sends nothing; the history has each.
//
//	row of     before           after
//	old        the record       a ghost
//	new        none, a ghost    the record, with its id in the target and what was last applied; seen again, so not absent
//
// Rows keep their ids, for a run of another job may have an index in memory that knows a key by its.
func (s *Store) Rekey(r Run, moves []Move, now time.Time) error {
	err := s.write(func(c *sql.Conn) error {
		if _, err := c.ExecContext(background, `CREATE TEMP TABLE IF NOT EXISTS moving (old TEXT PRIMARY KEY, status INTEGER, remote_id TEXT, attrs BLOB)
			WITHOUT ROWID; DELETE FROM temp.moving`); err != nil {
			return err
		}
		b := s.journal.begin()
		b.targets[r.Targ] = true
		for _, m := range moves {
			if err := b.leave(r, m.Old); err != nil {
				return fmt.Errorf("%s: %w", m.Old, err)
			}
		}
		for _, m := range moves {
			if err := b.arrive(r, m, millis(now)); err != nil {
				return fmt.Errorf("%s: %w", m.New, err)
			}
		}
		if _, err := b.exec("DELETE FROM temp.moving"); err != nil {
			return err
		}
		return errors.Join(b.forgetReads(r), b.count())
	})
	if err != nil {
		return fmt.Errorf("rekey: %w", err)
	}
	return nil
}

// leave takes a record out of its row, which becomes a ghost's.
func (b *batch) leave(r Run, key record.Key) error {
	was, err := b.movable(r, key)
	if err != nil {
		return err
	}
	if _, err := b.exec("INSERT INTO temp.moving (old, status, remote_id, attrs) SELECT key, status, remote_id, attrs FROM entries WHERE id = ?", was.id); err != nil {
		return err
	}
	return b.put(r, key, stored{id: was.id, job: r.Job, status: plan.Ghost})
}

// arrive puts a record that has left its row into another.
func (b *batch) arrive(r Run, m Move, now int64) error {
	there, doubtful, err := b.entry(r, m.New)
	switch {
	case err != nil:
		return err
	case doubtful || there.status != plan.Ghost:
		return ErrStale
	}
	stmt, err := b.prepared("SELECT status, remote_id, attrs FROM temp.moving WHERE old = ?")
	if err != nil {
		return err
	}
	rec := stored{id: there.id, job: r.Job}
	var attrs []byte
	if err := stmt.QueryRowContext(background, string(m.Old)).Scan(&rec.status, &rec.remoteID, &attrs); err != nil {
		return err
	}
	if rec.attrs, err = record.ParseAttrs(attrs); err != nil {
		return err
	}
	if err := b.put(r, m.New, rec); err != nil {
		return err
	}
	if err := b.note(r, m.New, m.Old, rec.remoteID, Rekeyed, "its key was "+string(m.Old), now); err != nil {
		return err
	}
	return errors.Join(b.release(r.Job, m.Old), b.release(r.Job, m.New))
}

// Transfer gives a record of one job to another one of the same target, that of the run. It sends nothing; the history has it.
func (s *Store) Transfer(r Run, from Job, name string, key record.Key, now time.Time) error {
	giver := r
	giver.Job = from.ID
	err := s.write(func(*sql.Conn) error {
		b := s.journal.begin()
		b.targets[r.Targ] = true
		rec, err := b.movable(giver, key)
		if err != nil {
			return err
		}
		if rec.job = r.Job; rec.status == plan.Active {
			b.active[from.ID]--
			b.active[r.Job]++
		}
		if err := b.put(r, key, rec); err != nil {
			return err
		}
		if err := b.note(r, key, "", rec.remoteID, Given, "from job "+name, millis(now)); err != nil {
			return err
		}
		return errors.Join(b.release(from.ID, key), b.release(r.Job, key), b.forgetReads(r), b.count())
	})
	if err != nil {
		return fmt.Errorf("transfer %s: %w", key, err)
	}
	return nil
}

// movable reads a record that is to get another key or job: it must be the run's own, and be known for certain.
func (b *batch) movable(r Run, key record.Key) (stored, error) {
	s, doubtful, err := b.entry(r, key)
	switch {
	case err != nil:
		return s, err
	case doubtful || s.status == plan.Ghost:
		return s, ErrStale
	case s.job != r.Job:
		return s, fmt.Errorf("%w: %s", ErrOwned, b.name(s.job))
	}
	return s, nil
}

// note writes into the history what was done without a request.
func (b *batch) note(r Run, key, was record.Key, remoteID string, what Result, detail string, now int64) error {
	none := record.Attrs(nil).AppendJSON(nil)
	_, err := b.exec(`INSERT INTO changes (run, job, target, key, action, remote_id, before, after, cause, intended, settled, outcome, detail, was)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)`, r.ID, r.Job, r.Targ, string(key), int64(plan.Update), remoteID, none, none, now, now, int64(what), detail, string(was))
	return err
}

// release forgets that a key was held for whose record it may be. What is wrong with its entry stays until the next run looks again.
func (b *batch) release(job int64, key record.Key) error {
	_, err := b.exec("DELETE FROM held WHERE job = ? AND ident = ? AND reason NOT IN (?, ?)", job, string(key), string(plan.Invalid), string(plan.Duplicate))
	return err
}

// forgetReads makes every job of the target look at each entry anew: what an entry means has changed, and not only for the job itself,
// which may have had it out of scope or as somebody else's.
func (b *batch) forgetReads(r Run) error {
	_, err := b.exec("DELETE FROM stamps WHERE job IN (SELECT id FROM jobs WHERE target = ?)", r.Targ)
	if err == nil {
		_, err = b.exec("UPDATE jobs SET clean = x'' WHERE target = ? AND clean <> x''", r.Targ)
	}
	return err
}
