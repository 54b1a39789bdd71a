package state

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Begin notes a run, and with it makes the job known: it is known from the commit that precedes its first request. It takes over what
// the state has of the job under its former name; a job that has no records yet may have got another target.
func (s *Store) Begin(job, was, identity string, sch record.Schema, now time.Time) (Run, error) {
	r := Run{Sch: sch}
	err := s.write(func(c *sql.Conn) error {
		if _, err := c.ExecContext(background, "INSERT INTO targets (identity) VALUES (?) ON CONFLICT DO NOTHING", identity); err != nil {
			return err
		}
		if was != "" {
			if _, err := c.ExecContext(background, "UPDATE OR IGNORE jobs SET name = ? WHERE name = ?", job, was); err != nil {
				return err
			}
		}
		if _, err := c.ExecContext(background, "INSERT INTO jobs (name, target) SELECT ?, id FROM targets WHERE identity = ? ON CONFLICT DO NOTHING", job, identity); err != nil {
			return err
		}
		var known string
		err := c.QueryRowContext(background, "SELECT j.id, j.target, t.identity FROM jobs j JOIN targets t ON t.id = j.target WHERE j.name = ?", job).Scan(&r.Job, &r.Targ, &known)
		if err != nil {
			return err
		}
		if known != identity {
			if _, err := c.ExecContext(background, "DELETE FROM stamps WHERE job = ?", r.Job); err != nil {
				return err
			}
			return c.QueryRowContext(background, `UPDATE jobs SET target = (SELECT id FROM targets WHERE identity = ?2), entries = 0, mark = '', receipt = x'', clean = x'', config = x''
				WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM entries WHERE job = ?1 AND status <> 0) RETURNING target`, r.Job, identity).Scan(&r.Targ)
		}
		return nil
	})
	if err == nil {
		r.ID, err = s.beginRun(r, now)
	}
	if err != nil {
		return Run{}, fmt.Errorf("begin run: %w", err)
	}
	return r, nil
}

func (s *Store) beginRun(r Run, now time.Time) (id int64, err error) {
	err = s.write(func(c *sql.Conn) error {
		res, err := c.ExecContext(background, "INSERT INTO runs (job, started, status) VALUES (?, ?, 'running')", r.Job, millis(now))
		if err != nil {
			return err
		}
		id, err = res.LastInsertId()
		return err
	})
	return id, err
}

// End is what is recorded of a run when it ends.
type End struct {
	Status  string
	Error   string
	Receipt json.RawMessage // of the read, as the sources package has it; nil for none
	Last    bool            // that read is the last complete one now, which the next is held against
	Summary plan.Summary
	At      time.Time
	// Approved is who approved what the run had to send, "" for nobody.
	Approved string
}

// End closes a run that learnt nothing: an incomplete snapshot, a blocked plan. Held, ageing and index stay as they were.
func (s *Store) End(r Run, e End) error {
	err := s.write(func(c *sql.Conn) error { return endRun(c, r, e) })
	if err != nil {
		return fmt.Errorf("end run: %w", err)
	}
	return nil
}

func endRun(c *sql.Conn, r Run, e End) error {
	summary, err := json.Marshal(e.Summary)
	if err != nil {
		return err
	}
	_, err = c.ExecContext(background, `UPDATE runs SET ended = ?1, status = ?2, error = ?3, receipt = ?4, summary = ?5, approved_by = ?6,
		idle = NOT EXISTS (SELECT 1 FROM changes WHERE run = ?7) WHERE id = ?7`,
		millis(e.At), e.Status, e.Error, notNil(e.Receipt), summary, e.Approved, r.ID)
	if err == nil {
		err = forgetIdle(c, r, e.At)
	}
	if err == nil && e.Last {
		_, err = c.ExecContext(background, "UPDATE jobs SET receipt = ? WHERE id = ?", notNil(e.Receipt), r.Job)
	}
	return err
}

// idleLasts is how long a run that sent nothing is remembered. A job may run every minute for years; what was sent stays.
const idleLasts = 90 * 24 * time.Hour

// forgetIdle drops what has outlived it, a few at a time, and never the last run that succeeded: the next one goes by it.
func forgetIdle(c *sql.Conn, r Run, now time.Time) error {
	_, err := c.ExecContext(background, `DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE job = ?1 AND idle = 1 AND started < ?2
		AND id <> ifnull((SELECT id FROM runs WHERE job = ?1 AND status = 'succeeded' ORDER BY id DESC LIMIT 1), 0) ORDER BY started LIMIT 100)`, r.Job, millis(now.Add(-idleLasts)))
	return err
}

// LastSummary is the summary of a job's newest run that succeeded.
func (v *View) LastSummary(job Job) (plan.Summary, error) {
	var s plan.Summary
	var text []byte
	err := v.conn.QueryRowContext(background, "SELECT summary FROM known.runs WHERE job = ? AND status = 'succeeded' ORDER BY id DESC LIMIT 1", job.ID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, explain(err)
}

// SetSender notes who sends to a target, for whoever finds it locked.
func (s *Store) SetSender(target int64, command string) error {
	return s.write(func(c *sql.Conn) error {
		_, err := c.ExecContext(background, "UPDATE targets SET sender = ? WHERE id = ?", fmt.Sprintf("%s, process %d", command, os.Getpid()), target)
		return err
	})
}

// SetProven notes that ids which a target lists are of the kind that its updates want.
func (s *Store) SetProven(target int64) error {
	return s.write(func(c *sql.Conn) error {
		_, err := c.ExecContext(background, "UPDATE targets SET unproven = '', unproven_as = '', proven = 1 WHERE id = ?", target)
		return err
	})
}

// Park notes at a time that nothing is to be sent to a target before another.
func (s *Store) Park(target int64, at, until time.Time, why string) error {
	return s.write(func(c *sql.Conn) error {
		_, err := c.ExecContext(background, "UPDATE targets SET parked_at = ?, parked_until = ?, parked_why = ? WHERE id = ?", millis(at), millis(until), why, target)
		return err
	})
}
