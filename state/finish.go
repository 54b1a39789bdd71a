package state

import (
	"database/sql"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Closing is what a run with a complete read leaves behind, besides what its changes settled.
type Closing struct {
	End
	Known   func(plan.Change) record.Fingerprint // how a change is known again
	Digest  record.Fingerprint                   // of mapping, rules and layout: the stamp of the index
	NoIndex bool                                 // the mapping asks the clock at every run: nothing may be recognised by its hash
	Entries int64                                // of the read
	Mark    string                               // which file was read
	Setup   []byte                               // the configuration that it ran under
	Thaw    bool                                 // that is the one to keep: nothing of the plan waits
	Granted []Approval                           // what the plan knew to be approved
	Clean   []byte                               // content and configuration, if nothing was left over; dropped where an entry is in doubt
}

// Finish writes, in one transaction, the receipt, the ageing, what is held and the index. The view must have been refreshed after
// the last settlement.
func (s *Store) Finish(r Run, v *View, x *Index, c Closing) error {
	if _, err := v.conn.ExecContext(background, `INSERT OR IGNORE INTO draft.doubt SELECT key FROM draft.changes WHERE result <> 1; -- whatever did not succeed
	
		INSERT OR IGNORE INTO draft.doubt SELECT key FROM draft.held WHERE key <> ''`); err != nil {
		return fmt.Errorf("finish run: %w", explain(err))
	}
	var doubtful bool
	if err := v.conn.QueryRowContext(background, "SELECT EXISTS (SELECT 1 FROM draft.doubt)").Scan(&doubtful); err != nil {
		return fmt.Errorf("finish run: %w", explain(err))
	}
	clean := c.Clean
	if doubtful {
		clean = nil
	}
	err := s.write(func(conn *sql.Conn) error {
		f := &finisher{conn: conn, run: r, view: v, known: c.Known, now: millis(c.At)}
		approve := func() error { return f.approvals(c) }
		for _, step := range []func() error{f.ageing, f.held, approve} {
			if err := step(); err != nil {
				return err
			}
		}
		if c.NoIndex { // and an old one would miss what this run learnt
			if _, err := conn.ExecContext(background, "DELETE FROM stamps WHERE job = ?", r.Job); err != nil {
				return err
			}
		} else {
			if err := f.index(x, c.Digest); err != nil {
				return err
			}
		}
		if _, err := conn.ExecContext(background, "UPDATE jobs SET entries = ?, mark = ?, clean = ? WHERE id = ?", c.Entries, c.Mark, notNil(clean), r.Job); err != nil {
			return err
		}
		return endRun(conn, r, c.End)
	})
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return nil
}

type finisher struct {
	conn  *sql.Conn
	view  *View
	run   Run
	known func(plan.Change) record.Fingerprint
	now   int64
}

func (f *finisher) ageing() error {
	update, err := f.conn.PrepareContext(background, "UPDATE entries SET absent_since = ?1, absent_reads = ?2, absent_cause = ?3, aged = seal(key, ?1, ?2, ?3) WHERE id = ?4 AND job = ?5")
	if err != nil {
		return err
	}
	defer update.Close()
	rows, err := f.view.conn.QueryContext(background, "SELECT id, since, reads, cause FROM draft.ageing")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, since, reads, cause int64
		if err := rows.Scan(&id, &since, &reads, &cause); err != nil {
			return err
		}
		if _, err := update.ExecContext(background, since, reads, cause, id, f.run.Job); err != nil {
			return err
		}
	}
	return rows.Err()
}

// held replaces what is held. What was held before for the same reason is held since then.
func (f *finisher) held() error {
	if _, err := f.conn.ExecContext(background, `CREATE TEMP TABLE IF NOT EXISTS was (ident TEXT PRIMARY KEY, reason TEXT, since INTEGER, ack INTEGER) WITHOUT ROWID;
		DELETE FROM temp.was`); err != nil {
		return err
	}
	if _, err := f.conn.ExecContext(background, "INSERT INTO temp.was SELECT ident, reason, since, ack FROM held WHERE job = ?", f.run.Job); err != nil {
		return err
	}
	if _, err := f.conn.ExecContext(background, "DELETE FROM held WHERE job = ?", f.run.Job); err != nil {
		return err
	}
	insert, err := f.conn.PrepareContext(background, `INSERT OR REPLACE INTO held (job, ident, key, origin, reason, detail, since, refused, until, about, ack, sum)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, min(ifnull((SELECT since FROM temp.was WHERE ident = ?2 AND reason = ?5), ?7), ?7), ?8, ?9, ?10,
		ifnull((SELECT ack FROM temp.was WHERE ident = ?2 AND reason = ?5), 0), seal(?1, ?2, ?3, ?5, ?8, ?9, ?10))`)
	if err != nil {
		return err
	}
	defer insert.Close()
	rows, err := f.view.conn.QueryContext(background, "SELECT ident, key, origin, reason, detail, refused, until, about FROM draft.held ORDER BY n")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ident, key, origin, reason, detail, about string
		var refused []byte
		var until int64
		if err := rows.Scan(&ident, &key, &origin, &reason, &detail, &refused, &until, &about); err != nil {
			return err
		}
		if _, err := insert.ExecContext(background, f.run.Job, ident, key, origin, reason, detail, f.now, refused, until, about); err != nil {
			return err
		}
	}
	return rows.Err()
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
