package state

import (
	"database/sql"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

const (
	contested = `SELECT c.n, c.key, c.action, c.claim FROM draft.changes c WHERE c.claim <> '' AND (
		EXISTS (SELECT 1 FROM draft.changes d WHERE d.claim = c.claim AND d.claim <> '' AND d.n <> c.n)
		OR EXISTS (SELECT 1 FROM known.entries e WHERE e.target = ?1 AND e.natural = c.claim AND e.natural <> '' AND e.key <> c.key AND e.status <> 0))
		ORDER BY c.key`

	rivals = "SELECT key FROM draft.changes WHERE claim = ? AND claim <> '' AND n <> ? ORDER BY key LIMIT 20"

	lost = `SELECT e.key, j.name, e.status, c.after FROM known.changes c
		JOIN known.entries e ON e.target = c.target AND e.key = c.key JOIN known.jobs j ON j.id = e.job
		WHERE EXISTS (SELECT 1 FROM draft.changes WHERE unsure) AND c.target = ?1 AND c.outcome = ?2 AND e.status <> 0
		AND c.key IN (SELECT key FROM draft.changes WHERE unsure) ORDER BY c.seq DESC`

	claimants = "SELECT n, key, action, claim FROM draft.changes WHERE claim = ?1 AND claim <> '' AND key <> ?2 ORDER BY key"

	// Several holders can only be after a doubtful outcome; one that keeps the value outweighs one that gives it up.
	holders = `SELECT e.key, j.name, e.status,
		CASE WHEN e.job <> ?5 THEN e.absent_reads > 0 -- as its own job's last complete read has it
			ELSE NOT EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key) AND (?3 = 0 OR EXISTS (SELECT 1 FROM draft.missing m WHERE m.id = e.id)) END,
		EXISTS (SELECT 1 FROM draft.changes d WHERE d.releases = ?2 AND d.releases <> '' AND d.key = e.key) AS gone
		FROM known.entries e JOIN known.jobs j ON j.id = e.job
		WHERE e.target = ?1 AND e.natural = ?2 AND e.natural <> '' AND e.key <> ?4 AND e.status <> 0 ORDER BY gone, e.key LIMIT 1`
)

// Contested gives every change whose natural key another record has or may have, on the same target and of whatever job, or also wants.
func (v *View) Contested(job Job, x *Index, sch record.Schema) ([]plan.Claimant, error) {
	cs, err := collect(each(v, contested, []any{job.Target}, func(rows *sql.Rows, c *plan.Claimant) error {
		return rows.Scan(&c.N, &c.Key, &c.Action, &c.Value)
	}))
	for i := range cs {
		if err == nil {
			err = v.parties(job, x, &cs[i])
		}
	}
	if err != nil {
		return nil, err
	}
	return v.unsureHolders(job, sch, cs)
}

// unsureHolders adds those who want what another record was perhaps given by a change that had no answer, and is given another of now: that
// has to be done first. There are few of them, after a crash.
func (v *View) unsureHolders(job Job, sch record.Schema, cs []plan.Claimant) ([]plan.Claimant, error) {
	type given struct {
		holder plan.Holder
		value  string
	}
	all, err := collect(each(v, lost, []any{job.Target, int64(Lost)}, func(rows *sql.Rows, g *given) error {
		var after []byte
		if err := rows.Scan(&g.holder.Key, &g.holder.Job, &g.holder.Status, &after); err != nil {
			return err
		}
		attrs, err := record.ParseAttrs(after)
		g.holder.Releases, g.value = true, record.Fold(attrs.Get(sch.Natural).Text())
		return err
	}))
	known := map[int64]int{}
	for i, c := range cs {
		known[c.N] = i
	}
	for _, g := range all {
		for c, err := range each(v, claimants, []any{g.value, string(g.holder.Key)}, func(rows *sql.Rows, c *plan.Claimant) error {
			return rows.Scan(&c.N, &c.Key, &c.Action, &c.Value)
		}) {
			if err != nil {
				return nil, err
			}
			i, there := known[c.N]
			if !there {
				i = len(cs)
				known[c.N], cs = i, append(cs, c)
			}
			if cs[i].Holder == nil {
				cs[i].Holder = &g.holder
			}
		}
	}
	return cs, err
}

// parties fills in who else is concerned by a claim.
func (v *View) parties(job Job, x *Index, c *plan.Claimant) (err error) {
	c.Rivals, err = collect(each(v, rivals, []any{c.Value, c.N}, func(rows *sql.Rows, k *record.Key) error {
		return rows.Scan(k)
	}))
	if err != nil {
		return err
	}
	for h, err := range each(v, holders, []any{job.Target, c.Value, x.Usable(), string(c.Key), job.ID}, func(rows *sql.Rows, h *plan.Holder) error {
		return rows.Scan(&h.Key, &h.Job, &h.Status, &h.Absent, &h.Releases)
	}) {
		if err != nil {
			return err
		}
		c.Holder = &h
	}
	return nil
}

// SetWave orders a change behind the one that frees its natural key.
func (v *View) SetWave(n int64, wave int, waits record.Key) error {
	return v.exec("UPDATE draft.changes SET wave = ?, waits = ? WHERE n = ?", wave, string(waits), n)
}

// Withdraw takes a change out of the draft and returns it.
func (v *View) Withdraw(n int64) (Planned, error) {
	c, err := v.ChangeOf(n)
	if err != nil {
		return c, err
	}
	return c, v.exec("DELETE FROM draft.changes WHERE n = ?", n)
}

// ChangeOf is the change of that number in the draft.
func (v *View) ChangeOf(n int64) (Planned, error) {
	cs, err := collect(v.changes("WHERE n = ?", n))
	if err != nil || len(cs) == 0 {
		return Planned{}, fmt.Errorf("read change %d of the draft: %w", n, err)
	}
	return cs[0], nil
}

// Restore puts a withdrawn change back, in another form.
func (v *View) Restore(p Planned, sch record.Schema) error {
	return v.addChange(p.Change, p.Natural, sch)
}

// Doubt notes that a key's entries do not say just what was last applied, so that the next read parses them again.
func (v *View) Doubt(key record.Key) error {
	return v.exec("INSERT OR IGNORE INTO draft.doubt (key) VALUES (?)", string(key))
}
