package state

import (
	"bytes"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// ApprovalLasts is how long what was planned can be approved, and how long what was approved is sent: from the last run that wanted it.
const ApprovalLasts = 72 * time.Hour

// Approval is a set of changes that is sent only if somebody approves it. It covers keys, actions and values: a change is known again by
// its digest, and another one is not covered.
type Approval struct {
	ID, Run int64
	Made    time.Time
	Changes int
	Decided time.Time // zero: it is pending
	By      string    // who approved it

	digests []record.Fingerprint // sorted; only of what was approved
}

// Expires is when it is void.
func (a Approval) Expires() time.Time { return a.Made.Add(ApprovalLasts) }

// Covers reports whether it has a change of that digest. It can be asked of what Granted gives.
func (a Approval) Covers(digest record.Fingerprint) bool {
	_, found := slices.BinarySearchFunc(a.digests, digest, compare)
	return found
}

func compare(a, b record.Fingerprint) int { return bytes.Compare(a[:], b[:]) }

// One that lies further ahead than it could last was made by a clock that was ahead.
const approvalColumns = "SELECT id, run, made, changes, decided, by FROM known.approvals WHERE job = ?1 AND made > ?2 - ?3 AND made < ?2 + ?3"

func scanApproval(rows *sql.Rows, a *Approval) error {
	var made, decided int64
	err := rows.Scan(&a.ID, &a.Run, &made, &a.Changes, &decided, &a.By)
	a.Made, a.Decided = fromMillis(made), fromMillis(decided)
	return err
}

// Pending is a job's one pending approval; not ok if there is none, or if it has expired.
func (v *View) Pending(job Job, now time.Time) (a Approval, ok bool, err error) {
	for a, err := range each(v, approvalColumns+" AND decided = 0", []any{job.ID, millis(now), ApprovalLasts.Milliseconds()}, scanApproval) {
		return a, err == nil, err
	}
	return a, false, nil
}

// Granted is what was approved of a job and not sent yet, as far as the state knows.
func (v *View) Granted(job Job, now time.Time) ([]Approval, error) {
	all, err := collect(each(v, approvalColumns+" AND decided <> 0 ORDER BY id", []any{job.ID, millis(now), ApprovalLasts.Milliseconds()}, scanApproval))
	for i := range all {
		if err == nil {
			all[i].digests, err = collect(each(v, "SELECT digest FROM known.withheld WHERE approval = ?", []any{all[i].ID}, func(rows *sql.Rows, f *record.Fingerprint) error {
				var b sql.RawBytes
				err := rows.Scan(&b)
				copy(f[:], b)
				return err
			}))
			slices.SortFunc(all[i].digests, compare)
		}
	}
	return all, err
}

// Withheld gives all that an approval covers, in the order in which it would be sent.
func (v *View) Withheld(a Approval) iter.Seq2[Planned, error] {
	return each(v, "SELECT n, over, action, key, remote_id, before, after, cause, reason, origin, takes_over, meant FROM known.withheld WHERE approval = ? ORDER BY n", []any{a.ID},
		func(rows *sql.Rows, p *Planned) error {
			var before, after sql.RawBytes
			err := rows.Scan(&p.N, &p.Over, &p.Action, &p.Key, &p.RemoteID, &before, &after, &p.Cause, &p.Reason, &p.Origin, &p.TakesOver, &p.Natural)
			if err == nil {
				p.Before, err = record.ParseAttrs(before)
			}
			if err == nil {
				p.After, err = record.ParseAttrs(after)
			}
			return err
		})
}

// OverCount is how many changes wait for one reason: the limit that they are over, or what else keeps them.
type OverCount struct {
	Over    string
	Changes int
}

// OverCounts counts what an approval covers by reason, the most frequent first.
func (v *View) OverCounts(a Approval) ([]OverCount, error) {
	return collect(each(v, "SELECT over, count(*) FROM known.withheld WHERE approval = ? GROUP BY over ORDER BY count(*) DESC, over", []any{a.ID},
		func(rows *sql.Rows, o *OverCount) error { return rows.Scan(&o.Over, &o.Changes) }))
}

// Approve notes that somebody lets a pending approval go ahead. The configuration that it came from is thereby the one to keep. It is
// not ok if the approval is no longer the pending one.
func (s *Store) Approve(job Job, a Approval, by string, now time.Time) (ok bool, err error) {
	return s.alter("approve what waits", func(c *sql.Conn) (sql.Result, error) {
		res, err := c.ExecContext(background, "UPDATE approvals SET decided = ?1, made = ?1, by = ?2 WHERE id = ?3 AND decided = 0", millis(now), by, a.ID)
		if err != nil {
			return nil, err
		}
		if err := swapConfig(c, job, a, millis(now)); err != nil {
			return nil, err
		}
		return res, forgetClean(c, job)
	})
}

// swapConfig makes an approval's configuration the one to keep, and has the approval keep the other, for Reject.
func swapConfig(c *sql.Conn, job Job, a Approval, decided int64) error {
	var theirs, ours []byte
	err := c.QueryRowContext(background, "SELECT p.config, j.config FROM approvals p, jobs j WHERE p.id = ? AND p.decided = ? AND p.config <> x'' AND j.id = ?", a.ID, decided, job.ID).Scan(&theirs, &ours)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = c.ExecContext(background, "UPDATE jobs SET config = ? WHERE id = ?", notNil(theirs), job.ID)
	}
	if err == nil {
		_, err = c.ExecContext(background, "UPDATE approvals SET config = ? WHERE id = ?", notNil(ours), a.ID)
	}
	return err
}

// Reject dismisses a pending approval, or takes back one that was given and not carried out to its end. What waits still is wanted anew by the next run.
func (s *Store) Reject(job Job, a Approval) (ok bool, err error) {
	decided := millis(a.Decided)
	return s.alter("reject what waits", func(c *sql.Conn) (sql.Result, error) {
		if decided != 0 {
			if err := swapConfig(c, job, a, decided); err != nil {
				return nil, err
			}
		}
		if _, err := c.ExecContext(background, "DELETE FROM withheld WHERE approval = ?1 AND EXISTS (SELECT 1 FROM approvals WHERE id = ?1 AND decided = ?2)", a.ID, decided); err != nil {
			return nil, err
		}
		return c.ExecContext(background, "DELETE FROM approvals WHERE id = ? AND decided = ?", a.ID, decided)
	})
}

// wanted gives the changes of the draft that have to be approved.
func (v *View) wanted() iter.Seq2[Planned, error] {
	return v.changes("WHERE over NOT IN ('', ?) ORDER BY wave, action, n", plan.OverRest)
}
