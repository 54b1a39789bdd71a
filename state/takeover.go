package state

import (
	"database/sql"
	"fmt"
	"iter"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// takeOver gives a record the key of the change that takes it over, and the job of the run. The first request comes after the commit, so a
// crash at any moment leaves the record with one key, in one job:
//
//	crash                      what the state has             next run
//	before the commit          all as it was                  plans it again
//	after it, unsettled        the record under its new key,  sends what differs again: a change like any other
//	                           the change without an answer
//
// Everything is looked at before anything is written. there is what the new key has: nothing, or a ghost's row.
func (b *batch) takeOver(r Run, c plan.Change, there stored, now int64) (stored, error) {
	rec, doubtful, err := b.entry(r, c.TakesOver)
	if err != nil {
		return rec, err
	}
	if doubtful || rec.status == plan.Ghost || rec.remoteID != c.RemoteID {
		return rec, &entryError{fmt.Errorf("%w: that of %s", ErrStale, c.TakesOver)}
	}
	if giver := rec.job; giver != r.Job {
		if err := b.givesAway(rec, c); err != nil {
			return rec, err
		}
		if rec.status == plan.Active {
			b.active[giver]--
			b.active[r.Job]++
		}
	}
	b.active[r.Job] += 0 // touched
	b.active[rec.job] += 0
	b.targets[r.Targ] = true
	if err := b.put(r, c.TakesOver, stored{id: rec.id, job: rec.job, status: plan.Ghost}); err != nil {
		return rec, err
	}
	detail := "its key was " + string(c.TakesOver)
	if c.Giver != "" {
		detail += ", of job " + c.Giver
	}
	if err := b.release(rec.job, c.TakesOver); err != nil {
		return rec, err
	}
	rec.id, rec.job = there.id, r.Job
	if err := b.put(r, c.Key, rec); err != nil {
		return rec, err
	}
	if err := b.note(r, c.Key, c.TakesOver, rec.remoteID, Rekeyed, detail, now); err != nil {
		return rec, err
	}
	if err := b.forgetReads(r); err != nil {
		return rec, err
	}
	rec, _, err = b.entry(r, c.Key) // with the number of its row, if it had none
	return rec, err
}

// givesAway says whether the record of another job may still be had: it was read since the plan was made, perhaps, and has its entry again.
func (b *batch) givesAway(rec stored, c plan.Change) error {
	stmt, err := b.prepared("SELECT absent_reads FROM entries WHERE id = ?")
	if err != nil {
		return err
	}
	var reads int
	if err := stmt.QueryRowContext(background, rec.id).Scan(&reads); err != nil {
		return err
	}
	if name := b.name(rec.job); c.Giver != name || rec.status == plan.Active && reads == 0 {
		return &entryError{fmt.Errorf("%w: %s is in the source of job %s again", ErrStale, c.TakesOver, name)}
	}
	return nil
}

const (
	// ownersOf are the records of a natural key, but for those of one key.
	ownersOf = "SELECT count(*) FROM known.entries WHERE target = ? AND natural = ? AND natural <> '' AND key <> ? AND status <> 0"

	// busyWith is whether a plan changes or holds a key by itself.
	busyWith = "SELECT EXISTS (SELECT 1 FROM draft.changes WHERE key = ?1 OR takes_over = ?1 AND takes_over <> '') OR EXISTS (SELECT 1 FROM draft.held WHERE key = ?1)"
)

// BeginSuccessions is called once before them.
func (v *View) BeginSuccessions() error {
	_, err := v.conn.ExecContext(background, "CREATE INDEX IF NOT EXISTS draft.changes_key ON changes (key); CREATE INDEX IF NOT EXISTS draft.held_key ON held (key)")
	return explain(err)
}

// Succession gathers all that tells whether a claimant may take the record over whose natural key it has. origin words where entries stand.
func (v *View) Succession(job Job, x *Index, c plan.Claimant, origin func(at uint32) string) (s plan.Succession, err error) {
	s.Key, s.Old.Key, s.Job, s.Absent = c.Key, c.Holder.Key, c.Holder.Job, c.Holder.Absent
	var doubtful bool
	if s.Old.Known, s.Doubtful, err = v.Standing(job, c.Holder.Key); err != nil {
		return s, err
	}
	if _, doubtful, err = v.Standing(job, c.Key); err != nil {
		return s, err
	}
	s.Doubtful = s.Doubtful || doubtful
	if s.Wants, err = v.WantsOf(c.Key, origin); err != nil {
		return s, err
	}
	if s.Old.Wants, err = v.WantsOf(c.Holder.Key, origin); err != nil {
		return s, err
	}
	if k := s.Old.Known; k != nil && len(s.Old.Wants) == 0 && x.Usable() && x.seen.has(k.ID) { // recognised: it says what was last applied
		s.Old.Wants = []plan.Want{{Scope: plan.InScope, Attrs: k.Attrs, Origin: "an entry that has not changed"}}
	}
	var owners int
	for _, q := range []struct {
		query string
		args  []any
		into  any
	}{
		{ownersOf, []any{job.Target, c.Value, string(c.Key)}, &owners},
		{busyWith, []any{string(c.Holder.Key)}, &s.Busy},
		{"SELECT EXISTS (SELECT 1 FROM draft.shadows WHERE natural = ? AND key <> ?)", []any{c.Value, string(c.Key)}, &s.Shadowed},
	} {
		stmt, err := v.prepared(q.query)
		if err == nil {
			err = stmt.QueryRowContext(background, q.args...).Scan(q.into)
		}
		if err != nil {
			return s, explain(err)
		}
	}
	s.Several = owners > 1
	return s, nil
}

// Leave notes a key that needs no record for it says inactive, and whose natural key a record has.
func (v *View) Leave(key record.Key, natural string) error {
	return v.exec("INSERT INTO draft.leavers (key, claim) VALUES (?, ?)", string(key), natural)
}

// Leavers gives, of those noted, the ones whose natural key an absent record has, and nobody else wants. They take the place of the
// claimants; the draft's changes may be altered meanwhile.
func (v *View) Leavers(job Job, x *Index) iter.Seq2[plan.Claimant, error] {
	return func(yield func(plan.Claimant, error) bool) {
		if err := v.contest(ofLeavers, job.Target, int64(plan.Create)); err != nil {
			yield(plan.Claimant{}, explain(err))
			return
		}
		for c, err := range v.Claimants(job, x) {
			if err == nil && (c.Holder == nil || !c.Holder.Absent || c.Holder.Releases) {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// HasOn reports whether a record of a target that is switched on has a natural key, folded.
func (v *View) HasOn(job Job, natural string) (has bool, err error) {
	stmt, err := v.prepared("SELECT EXISTS (SELECT 1 FROM known.entries WHERE target = ? AND natural = ? AND natural <> '' AND status = 1)")
	if err == nil {
		err = stmt.QueryRowContext(background, job.Target, natural).Scan(&has)
	}
	return has, explain(err)
}

// Taken is a record that a plan takes from another job.
type Taken struct {
	N     int64 // of the change
	Key   record.Key
	Giver string
}

// TakenFromOthers gives the records that a plan takes from other jobs, job by job, and that it would send now.
func (v *View) TakenFromOthers() ([]Taken, error) {
	return collect(each(v, "SELECT n, takes_over, giver FROM draft.changes WHERE takes_over <> '' AND giver <> '' AND waiting = 0 ORDER BY giver, n", nil,
		func(rows *sql.Rows, t *Taken) error { return rows.Scan(&t.N, &t.Key, &t.Giver) }))
}

// ChangesOfKey gives what a plan does to one key.
func (v *View) ChangesOfKey(key record.Key) ([]Planned, error) {
	return collect(v.changes("WHERE key = ?", string(key)))
}
