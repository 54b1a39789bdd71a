package state

import (
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// driftSchema is for how the records of a job differ from what their target lists.
const driftSchema = `
CREATE TABLE draft.drift (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, remote_id TEXT NOT NULL, told BLOB NOT NULL, shown BLOB NOT NULL, why TEXT NOT NULL, natural TEXT NOT NULL);
`

// The joins of a job's records with what their target lists. CROSS JOIN for the reason in cases.go.
const (
	driftPairs = `SELECT ifnull(e.id, 0), e.key, j.name, e.status, e.remote_id, e.attrs, e.sum, e.absent_since, e.absent_reads, x'', 0, '', '', e.absent_cause,
	e.target, e.job, e.natural, e.aged,
	f.n IS NOT NULL, ifnull(f.reference, ''), f.attrs, ifnull(f.foreign_why, ''),
	EXISTS (SELECT 1 FROM known.changes c WHERE c.target = ?1 AND c.key = e.key AND c.outcome = 0)
	FROM known.entries e CROSS JOIN known.jobs j ON j.id = e.job
	LEFT JOIN draft.found f ON f.remote_id = e.remote_id
	WHERE e.target = ?1 AND e.job = ?2 AND e.status <> 0 ORDER BY e.key`

	driftDoubles = `SELECT f.remote_id, f.reference, f.attrs, f.foreign_why FROM draft.found f
	CROSS JOIN known.entries e ON e.target = ?1 AND e.key = f.reference
	WHERE f.reference <> '' AND e.job = ?2 AND e.status <> 0 AND e.remote_id <> f.remote_id ORDER BY f.reference, f.n`

	// ours: the listed record of that id has the natural key or the reference that it should have. elsewhere: it has not, or there is
	// none, and the natural key is that of a record with another id.
	driftIDs = `SELECT ifnull(sum(ours), 0), ifnull(sum(NOT ours AND elsewhere), 0) FROM (SELECT
	EXISTS (SELECT 1 FROM draft.found f WHERE f.remote_id = e.remote_id AND (f.natural = e.natural OR f.reference = e.key)) AS ours,
	EXISTS (SELECT 1 FROM draft.found f WHERE f.natural = e.natural AND f.natural <> '' AND f.remote_id <> e.remote_id) AS elsewhere
	FROM known.entries e WHERE e.target = ?1 AND e.job = ?2 AND e.status <> 0 AND e.natural <> '')`
)

// Pair is a record of a job beside what its target lists under its remote id.
type Pair struct {
	Key    record.Key
	Known  *plan.Known
	Found  Listed
	Listed bool // otherwise there is no Found
	Doubt  bool // a change of it has no answer yet
}

// BeginDrift makes room for what a target lists, again if it has to be listed once more: call AddFound for each, then EndFound.
func (v *View) BeginDrift() error {
	_, err := v.conn.ExecContext(background, "DROP TABLE IF EXISTS draft.found; DROP TABLE IF EXISTS draft.linked; DROP TABLE IF EXISTS draft.drift;"+foundSchema+driftSchema)
	return explain(err)
}

// Pairs gives every record of a job, by key.
func (v *View) Pairs(job Job) iter.Seq2[Pair, error] {
	return each(v, driftPairs, []any{job.Target, job.ID}, func(rows *sql.Rows, p *Pair) (err error) {
		var k knownRow
		var shown sql.RawBytes
		if err := rows.Scan(append(k.into(), &p.Listed, &p.Found.Reference, &shown, &p.Found.Foreign, &p.Doubt)...); err != nil {
			return err
		}
		if p.Known, err = k.known(); err != nil {
			return err
		}
		p.Key, p.Found.RemoteID = record.Key(k.key), k.remoteID
		if p.Found.Attrs, err = record.ParseAttrs(shown); err != nil {
			return fmt.Errorf("read listing of %s: %w", k.key, err)
		}
		return nil
	})
}

// Doubles gives what the target lists under a key of the job's as reference, and is not the record that the key has.
func (v *View) Doubles(job Job) iter.Seq2[Listed, error] {
	return each(v, driftDoubles, []any{job.Target, job.ID}, scanListed)
}

// SameIDs tells whether the target lists the ids that its updates want: how many records of a job are listed under their id as who they
// are, and how many are not, but under another id.
func (v *View) SameIDs(job Job) (ours, elsewhere int, err error) {
	err = v.conn.QueryRowContext(background, driftIDs, job.Target, job.ID).Scan(&ours, &elsewhere)
	return ours, elsewhere, explain(err)
}

// AddDrift appends how one record differs.
func (v *View) AddDrift(d plan.Drift) error {
	return explain(v.exec("INSERT INTO draft.drift (kind, key, remote_id, told, shown, why, natural) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(d.Kind), string(d.Key), d.RemoteID, d.Told.AppendJSON(nil), d.Shown.AppendJSON(nil), d.Why, d.Natural))
}

// Drifts gives what was added, in that order.
func (v *View) Drifts() iter.Seq2[plan.Drift, error] {
	return each(v, "SELECT kind, key, remote_id, told, shown, why, natural FROM draft.drift ORDER BY n", nil, func(rows *sql.Rows, d *plan.Drift) error {
		var told, shown sql.RawBytes
		err := rows.Scan(&d.Kind, &d.Key, &d.RemoteID, &told, &shown, &d.Why, &d.Natural)
		if err == nil {
			d.Told, err = record.ParseAttrs(told)
		}
		if err == nil {
			d.Shown, err = record.ParseAttrs(shown)
		}
		return err
	})
}

// NoteDrift takes what the target showed for what was last applied, all in one transaction, so that the next plan puts it back. It sends
// nothing, so there is nothing to intend; the history has each, and what is journalled makes the job's index unusable: the
// next run parses every entry. n is how many records that concerns.
func (s *Store) NoteDrift(r Run, v *View, now time.Time) (n int, err error) {
	err = s.write(func(*sql.Conn) error {
		b := s.journal.begin()
		b.targets[r.Targ] = true
		for d, err := range v.Drifts() {
			if err != nil {
				return err
			}
			if !d.Notable(r.Sch) {
				continue
			}
			if err := b.drifted(r, d, millis(now)); err != nil {
				return err
			}
			n++
		}
		return b.count()
	})
	if err != nil {
		return 0, fmt.Errorf("note drift: %w", err)
	}
	return n, nil
}

// drifted notes one record's drift. Its ageing goes on: somebody's change in the target is no sign of life in the source.
func (b *batch) drifted(r Run, d plan.Drift, now int64) error {
	e, doubtful, err := b.entry(r, d.Key)
	if err != nil {
		return err
	}
	if doubtful || e.status == plan.Ghost || e.job != r.Job || e.remoteID != d.RemoteID {
		return fmt.Errorf("%s: %w", d.Key, ErrStale)
	}
	action, was := plan.Update, e.status
	switch active, shown := d.Shown.Lookup(r.Sch.Active); {
	case !shown:
	case active.True():
		action, e.status = plan.Reactivate, plan.Active
	default: // as if we had, so that it is for us to switch on again
		action, e.status = plan.Deactivate, plan.Inactive
	}
	b.active[r.Job] += on(e.status) - on(was) // touched, whatever it comes to
	e.attrs = e.attrs.Merge(d.Shown)
	attrs, natural := e.attrs.AppendJSON(nil), record.Fold(e.attrs.Get(r.Sch.Natural).Text())
	if _, err := b.exec("UPDATE entries SET status = ?, natural = ?, attrs = ?, sum = ? WHERE id = ?", int64(e.status),
		natural, attrs, row{r.Targ, e.job, string(d.Key), e.status, e.remoteID, natural, attrs}.sum(), e.id); err != nil {
		return err
	}
	_, err = b.exec(`INSERT INTO changes (run, job, target, key, action, remote_id, before, after, cause, intended, settled, outcome, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 'others did that in the target')`, r.ID, r.Job, r.Targ, string(d.Key), int64(action), d.RemoteID,
		d.Told.AppendJSON(nil), d.Shown.AppendJSON(nil), now, now, int64(Drifted))
	return err
}

// on is 1 for a record that is switched on.
func on(s plan.Status) int {
	if s == plan.Active {
		return 1
	}
	return 0
}
