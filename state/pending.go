package state

import (
	"bytes"
	"database/sql"
	"errors"

	"github.com/zeebo/xxh3"
)

// approvals brings what has to be approved up to date, and what was.
func (f *finisher) approvals(c Closing) error {
	if c.Thaw {
		if _, err := f.conn.ExecContext(background, "UPDATE jobs SET config = ? WHERE id = ? AND config <> ?", notNil(c.Setup), f.run.Job, notNil(c.Setup)); err != nil {
			return err
		}
	}
	if len(c.Granted) > 0 {
		if err := f.spend(c.Granted); err != nil {
			return err
		}
	}
	if err := f.expire(); err != nil {
		return err
	}
	return f.want(c)
}

// expire drops what was neither approved nor sent in time.
func (f *finisher) expire() error {
	var old []int64
	rows, err := f.conn.QueryContext(background, "SELECT id FROM approvals WHERE job = ?1 AND (made <= ?2 - ?3 OR made >= ?2 + ?3)", f.run.Job, f.now, ApprovalLasts.Milliseconds())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		old = append(old, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range old {
		if err := f.drop(id); err != nil {
			return err
		}
	}
	return nil
}

func (f *finisher) drop(id int64) error {
	_, err := f.conn.ExecContext(background, "DELETE FROM withheld WHERE approval = ?", id)
	if err == nil {
		_, err = f.conn.ExecContext(background, "DELETE FROM approvals WHERE id = ?", id)
	}
	return err
}

// spend drops of what was approved all that was sent, and what is not planned any more: it is sent only as it was approved.
func (f *finisher) spend(granted []Approval) error {
	if _, err := f.conn.ExecContext(background, "CREATE TEMP TABLE IF NOT EXISTS kept (digest BLOB PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.kept"); err != nil {
		return err
	}
	left := each(f.view, "SELECT granted FROM draft.changes WHERE approved <> '' AND result <> ?", []any{int64(Succeeded)}, func(rows *sql.Rows, digest *sql.RawBytes) error { return rows.Scan(digest) })
	for digest, err := range left {
		if err != nil {
			return err
		}
		if _, err := f.conn.ExecContext(background, "INSERT OR IGNORE INTO temp.kept VALUES (?)", []byte(digest)); err != nil {
			return err
		}
	}
	for _, a := range granted {
		if _, err := f.conn.ExecContext(background, "DELETE FROM withheld WHERE approval = ? AND digest NOT IN (SELECT digest FROM temp.kept)", a.ID); err != nil {
			return err
		}
		if _, err := f.conn.ExecContext(background, "DELETE FROM approvals WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM withheld WHERE approval = ?1)", a.ID); err != nil {
			return err
		}
	}
	return nil
}

// want makes the job's pending approval what this run has to have approved: none, if that is nothing. The same as before stays, and is wanted
// since now; a job that waits does not write a million rows every quarter of an hour.
func (f *finisher) want(c Closing) error {
	h, n := xxh3.New128(), 0
	for ch, err := range f.view.wanted() {
		if err != nil {
			return err
		}
		digest := f.known(ch.Change)
		h.Write(digest[:])
		h.Write([]byte(ch.Over))
		n++
	}
	sum := h.Sum128().Bytes()
	var id int64
	var was, config []byte
	err := f.conn.QueryRowContext(background, "SELECT id, digest, config FROM approvals WHERE job = ? AND decided = 0", f.run.Job).Scan(&id, &was, &config)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case n > 0 && bytes.Equal(was, sum[:]) && bytes.Equal(config, c.Setup):
		_, err := f.conn.ExecContext(background, "UPDATE approvals SET made = ?, run = ? WHERE id = ?", f.now, f.run.ID, id)
		return err
	case id != 0:
		if err := f.drop(id); err != nil {
			return err
		}
	}
	if n == 0 {
		return nil
	}
	return f.put(c, sum[:], n)
}

// put writes a pending approval with all that it covers.
func (f *finisher) put(c Closing, sum []byte, n int) error {
	res, err := f.conn.ExecContext(background, "INSERT INTO approvals (job, run, made, digest, config, changes) VALUES (?, ?, ?, ?, ?, ?)", f.run.Job, f.run.ID, f.now, sum, notNil(c.Setup), n)
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	return f.withheld(id)
}

func (f *finisher) withheld(approval int64) error {
	insert, err := f.conn.PrepareContext(background, `INSERT INTO withheld (approval, n, digest, over, action, key, remote_id, before, after, cause, reason, origin, takes_over, meant, sum)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, seal(?1, ?3))`)
	if err != nil {
		return err
	}
	defer insert.Close()
	return f.withholdEach(insert, approval)
}

func (f *finisher) withholdEach(insert *sql.Stmt, approval int64) error {
	i := 0
	for ch, err := range f.view.wanted() {
		if err != nil {
			return err
		}
		i++
		digest := f.known(ch.Change)
		if _, err := insert.ExecContext(background, approval, i, digest[:], ch.Over, int64(ch.Action), string(ch.Key), ch.RemoteID,
			ch.Before.AppendJSON(nil), ch.After.AppendJSON(nil), int64(ch.Cause), ch.Reason, ch.Origin, string(ch.TakesOver), ch.Natural); err != nil {
			return err
		}
	}
	return nil
}
