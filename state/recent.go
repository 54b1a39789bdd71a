package state

import (
	"time"

	"github.com/rosterd/rosterd/sync/plan"
)

// recent counts deactivations that were sent and that nobody approved: who did has looked at them. One whose answer never came may have been done, so it counts as well; unless it is planned
// again or was sent again, for then that one counts. The step that switches off what was just created (a target may take two requests for
// it) is a part of a create. What only the history has (others switched it off) is none of ours.
const recent = `SELECT count(*), count(DISTINCT CASE WHEN e.status <> 1 THEN c.key END)
	FROM known.changes c LEFT JOIN known.entries e ON e.target = c.target AND e.key = c.key
	WHERE c.job = ?1 AND c.action = 1 AND c.part = 0 AND c.approved_by = '' AND c.intended > ?2 AND (c.outcome = ?3 OR c.outcome IN (?4, ?5)
		AND NOT EXISTS (SELECT 1 FROM draft.changes d WHERE d.key = c.key AND d.action = 1)
		AND NOT EXISTS (SELECT 1 FROM known.changes l WHERE l.job = ?1 AND l.action = 1 AND l.part = 0 AND l.approved_by = '' AND l.intended > ?2 AND l.seq > c.seq AND l.key = c.key AND l.target = c.target
			AND l.outcome IN (?3, ?4, ?5)))`

// Recent counts a job's deactivations since a time.
func (v *View) Recent(job Job, since time.Time) (r plan.Recent, err error) {
	err = v.conn.QueryRowContext(background, recent, job.ID, millis(since), int64(Succeeded), int64(Pending), int64(Lost)).Scan(&r.Sent, &r.Off)
	return r, explain(err)
}
