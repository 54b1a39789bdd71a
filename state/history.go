package state

import (
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// PastRun is a run as it was recorded.
type PastRun struct {
	ID             int64
	Job            string
	Started, Ended time.Time // Ended zero: it did not come to its end, or is under way
	Status, Error  string
	Receipt        json.RawMessage // of the read, as the sources package has it
	Summary        plan.Summary
	Approved       string // who approved what it had to send, "" for nobody
}

const runColumns = `SELECT r.id, j.name, r.started, r.ended, r.status, r.error, r.receipt, r.summary, r.approved_by FROM known.runs r JOIN known.jobs j ON j.id = r.job `

// Runs gives the newest runs, of one job or, for id 0, of all, newest first; at most that many.
func (v *View) Runs(job int64, most int) iter.Seq2[PastRun, error] {
	return each(v, runColumns+"WHERE ?1 = 0 OR r.job = ?1 ORDER BY r.id DESC LIMIT ?2", []any{job, most}, scanRun)
}

// PastRun is one run; not ok if there is none of that number.
func (v *View) PastRun(id int64) (r PastRun, ok bool, err error) {
	for r, err := range each(v, runColumns+"WHERE r.id = ?", []any{id}, scanRun) {
		return r, err == nil, err
	}
	return r, false, nil
}

func scanRun(rows *sql.Rows, r *PastRun) error {
	var started, ended int64
	var receipt, summary []byte
	if err := rows.Scan(&r.ID, &r.Job, &started, &ended, &r.Status, &r.Error, &receipt, &summary, &r.Approved); err != nil {
		return err
	}
	r.Started, r.Ended = fromMillis(started), fromMillis(ended)
	if len(receipt) > 0 {
		r.Receipt = receipt
	}
	if len(summary) == 0 {
		return nil
	}
	return json.Unmarshal(summary, &r.Summary)
}

// Past is a change as the journal has it.
type Past struct {
	Seq, Run int64
	plan.Change
	Intended, Settled time.Time // Settled zero: its answer is not known
	Result            Result
	Code, Detail      string     // the target's own
	Was               record.Key // of a rekey: the key that the record had until then
}

const pastColumns = `SELECT seq, run, key, action, remote_id, before, after, cause, intended, settled, outcome, code, detail, was FROM known.changes `

// ChangesOf gives the changes of a run, in the order in which they were intended.
func (v *View) ChangesOf(run int64) iter.Seq2[Past, error] {
	return each(v, pastColumns+"WHERE run = ? ORDER BY seq", []any{run}, scanPast)
}

func scanPast(rows *sql.Rows, p *Past) error {
	var before, after []byte
	var intended, settled int64
	err := rows.Scan(&p.Seq, &p.Run, &p.Key, &p.Action, &p.RemoteID, &before, &after, &p.Cause, &intended, &settled, &p.Result, &p.Code, &p.Detail, &p.Was)
	if err != nil {
		return err
	}
	p.Intended, p.Settled = fromMillis(intended), fromMillis(settled)
	if p.Before, err = record.ParseAttrs(before); err == nil {
		p.After, err = record.ParseAttrs(after)
	}
	return err
}

// KnownOf is what the state has of a key; nil for nothing.
func (v *View) KnownOf(job Job, key record.Key) (*plan.Known, error) {
	var k knownRow
	err := v.conn.QueryRowContext(background, "SELECT "+knownColumns+` FROM known.entries e LEFT JOIN known.jobs j ON j.id = e.job
		LEFT JOIN known.held h ON h.job = ?2 AND h.ident = e.key WHERE e.target = ?1 AND e.key = ?3`, job.Target, job.ID, string(key)).Scan(k.copied()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	return k.known()
}

// KeysOf gives the keys of the records of a target whose natural key, in whatever case, or whose remote id that is; at most twenty.
func (v *View) KeysOf(job Job, what string) ([]record.Key, error) {
	return collect(each(v, "SELECT key FROM known.entries WHERE target = ? AND status <> 0 AND (natural = ? AND natural <> '' OR remote_id = ?) ORDER BY key LIMIT 20",
		[]any{job.Target, record.Fold(what), what}, func(rows *sql.Rows, k *record.Key) error { return rows.Scan(k) }))
}

// Count is how many records a job has, and how many of them are switched on though no entry is theirs.
func (v *View) Count(job Job) (records, ageing int, err error) {
	err = v.conn.QueryRowContext(background, "SELECT count(*), ifnull(sum(status = 1 AND absent_reads > 0), 0) FROM known.entries WHERE target = ? AND job = ? AND status <> 0",
		job.Target, job.ID).Scan(&records, &ageing)
	return records, ageing, explain(err)
}

// Absentee is a record that ages: no entry of the last reads was its own.
type Absentee struct {
	Key     record.Key
	Natural string // folded
	Since   time.Time
	Reads   int
}

// Ageing gives who is absent, longest first; at most that many.
func (v *View) Ageing(job Job, most int) iter.Seq2[Absentee, error] {
	return each(v, `SELECT key, natural, absent_since, absent_reads FROM known.entries WHERE target = ? AND job = ? AND status = 1 AND absent_reads > 0
		ORDER BY absent_since, key LIMIT ?`, []any{job.Target, job.ID, most}, func(rows *sql.Rows, a *Absentee) error {
		var since int64
		err := rows.Scan(&a.Key, &a.Natural, &since, &a.Reads)
		a.Since = fromMillis(since)
		return err
	})
}
