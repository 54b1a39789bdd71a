package state

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Retry lets the next run send again what the target refused, of one key or, for "", of all of a job. It returns how many those are.
func (s *Store) Retry(job Job, key record.Key) (n int64, err error) {
	err = s.write(func(c *sql.Conn) error {
		res, err := c.ExecContext(background, "UPDATE held SET until = 0, sum = seal(job, ident, key, reason, refused, 0, about) WHERE job = ?1 AND until <> 0 AND (?2 = '' OR key = ?2)", job.ID, string(key))
		if err == nil {
			n, err = res.RowsAffected()
		}
		if err == nil && n > 0 {
			err = forgetClean(c, job)
		}
		return err
	})
	return n, err
}

// Acknowledge notes that somebody knows of a held record: until then it is shown and not counted. It is not ok if nothing of that key
// is held.
func (s *Store) Acknowledge(job Job, key record.Key, until time.Time) (ok bool, err error) {
	return s.alter("acknowledge "+string(key), func(c *sql.Conn) (sql.Result, error) {
		return c.ExecContext(background, "UPDATE held SET ack = ? WHERE job = ? AND (key = ? OR ident = ?)", millis(until), job.ID, string(key), string(key))
	})
}

// alter writes what somebody decided. It is not ok if that was about nothing that is there still.
func (s *Store) alter(what string, do func(*sql.Conn) (sql.Result, error)) (ok bool, err error) {
	err = s.write(func(c *sql.Conn) error {
		res, err := do(c)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		ok = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return ok, nil
}

func forgetClean(c *sql.Conn, job Job) error {
	_, err := c.ExecContext(background, "UPDATE jobs SET clean = x'' WHERE id = ?", job.ID)
	return err
}
