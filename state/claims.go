package state

import (
	"database/sql"
	"fmt"
	"iter"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

const (
	// Several holders can only be after a doubtful outcome; one that keeps the value outweighs one that gives it up.
	claim = `INSERT INTO draft.claims (n, key, action, value, rivals, holder) SELECT c.n, c.key, c.action, c.claim, ` + rivals + `,
		(SELECT e.id ` + holders + ` ORDER BY EXISTS (SELECT 1 FROM draft.changes d WHERE d.releases = c.claim AND d.releases <> '' AND d.key = e.key), e.key LIMIT 1)`
	rivals    = "EXISTS (SELECT 1 FROM draft.changes d WHERE d.claim = c.claim AND d.claim <> '' AND d.n <> c.n)"
	holders   = "FROM known.entries e WHERE e.target = ?1 AND e.natural = c.claim AND e.natural <> '' AND e.key <> c.key AND e.status <> 0"
	ofChanges = " FROM draft.changes c WHERE c.claim <> '' AND (" + rivals + " OR EXISTS (SELECT 1 " + holders + ")) ORDER BY c.key"

	ofLeavers = " FROM (SELECT l.n AS place, 0 AS n, l.key, ?2 AS action, l.claim FROM draft.leavers l) c WHERE NOT " + rivals + " ORDER BY c.place"

	releases = `UPDATE draft.claims SET releases = 1 WHERE EXISTS (SELECT 1 FROM known.entries e JOIN draft.changes d
		ON d.releases = draft.claims.value AND d.releases <> '' AND d.key = e.key WHERE e.id = draft.claims.holder)`

	lost = `SELECT e.id, e.key, c.after FROM known.changes c JOIN known.entries e ON e.target = c.target AND e.key = c.key
		WHERE EXISTS (SELECT 1 FROM draft.changes WHERE unsure) AND c.target = ?1 AND c.outcome = ?2 AND e.status <> 0
		AND c.key IN (SELECT key FROM draft.changes WHERE unsure) ORDER BY c.seq DESC`

	waits = "UPDATE draft.claims SET holder = ?1, releases = 1 WHERE value = ?2 AND key <> ?3 AND holder IS NULL"

	waitsToo = `INSERT INTO draft.claims (n, key, action, value, rivals, holder, releases) SELECT c.n, c.key, c.action, c.claim, 0, ?1, 1
		FROM draft.changes c WHERE c.claim = ?2 AND c.claim <> '' AND c.key <> ?3 AND NOT EXISTS (SELECT 1 FROM draft.claims x WHERE x.key = c.key AND x.n = c.n) ORDER BY c.key`

	links = `SELECT ifnull((SELECT max(b.place) FROM draft.claims b WHERE b.key = e.key), 0) - 1, c.releases AND NOT c.rivals
		FROM draft.claims c LEFT JOIN known.entries e ON e.id = c.holder ORDER BY c.place`

	claims = `SELECT c.place - 1, c.n, c.key, c.action, c.value, c.rivals, c.releases, ifnull(e.key, ''), ifnull(j.name, ''), ifnull(e.status, 0), ifnull(
		CASE WHEN e.job <> ?1 THEN e.absent_reads > 0 -- as its own job's last complete read has it
			ELSE NOT EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key) AND (?2 = 0 OR EXISTS (SELECT 1 FROM draft.missing m WHERE m.id = e.id)) END, 0)
		FROM draft.claims c LEFT JOIN known.entries e ON e.id = c.holder LEFT JOIN known.jobs j ON j.id = e.job ORDER BY c.place`
)

// Contest notes every change whose natural key another record has or may have, on the same target and of whatever job, or also wants. What
// is done about one of them makes no difference to the others then.
func (v *View) Contest(job Job, sch record.Schema) (some bool, err error) {
	if err := v.contest(ofChanges, job.Target); err != nil {
		return false, explain(err)
	}
	if err := v.unsureHolders(job, sch); err != nil {
		return false, explain(err)
	}
	err = v.conn.QueryRowContext(background, "SELECT EXISTS (SELECT 1 FROM draft.claims)").Scan(&some)
	return some, explain(err)
}

// contest notes the claims of a source, with who else is concerned.
func (v *View) contest(of string, args ...any) error {
	err := v.exec("DELETE FROM draft.claims")
	if err == nil {
		err = v.exec(claim+of, args...)
	}
	if err == nil {
		err = v.exec(releases)
	}
	return err
}

// unsureHolders adds those who want what another record was perhaps given by a change that had no answer, and is given another of now: that
// has to be done first. There are few of them, after a crash.
func (v *View) unsureHolders(job Job, sch record.Schema) error {
	type given struct {
		id         int64
		key, value string
	}
	all, err := collect(each(v, lost, []any{job.Target, int64(Lost)}, func(rows *sql.Rows, g *given) error {
		var after []byte
		if err := rows.Scan(&g.id, &g.key, &after); err != nil {
			return err
		}
		attrs, err := record.ParseAttrs(after)
		g.value = record.Fold(attrs.Get(sch.Natural).Text())
		return err
	}))
	for _, g := range all {
		if err == nil {
			err = v.exec(waits, g.id, g.value, g.key)
		}
		if err == nil {
			err = v.exec(waitsToo, g.id, g.value, g.key)
		}
	}
	return err
}

// Links gives how the claimants hang on each other, in their order.
func (v *View) Links() iter.Seq2[plan.Link, error] {
	return each(v, links, nil, func(rows *sql.Rows, l *plan.Link) error { return rows.Scan(&l.Behind, &l.Free) })
}

// Claimants gives them all. The draft's changes may be altered meanwhile.
func (v *View) Claimants(job Job, x *Index) iter.Seq2[plan.Claimant, error] {
	return each(v, claims, []any{job.ID, x.Usable()}, func(rows *sql.Rows, c *plan.Claimant) (err error) {
		var h plan.Holder
		var rivaled bool
		if err := rows.Scan(&c.Place, &c.N, &c.Key, &c.Action, &c.Value, &rivaled, &h.Releases, &h.Key, &h.Job, &h.Status, &h.Absent); err != nil {
			return err
		}
		if h.Status != plan.Ghost {
			c.Holder = &h
		}
		if rivaled {
			c.Rivals, err = v.rivals(c)
		}
		return err
	})
}

// rivals are the first of those who want the same value.
func (v *View) rivals(c *plan.Claimant) ([]record.Key, error) {
	return collect(each(v, "SELECT key FROM draft.claims WHERE value = ? AND n <> ? ORDER BY key LIMIT 20", []any{c.Value, c.N}, func(rows *sql.Rows, k *record.Key) error {
		return rows.Scan(k)
	}))
}

// ClaimantAt is the key of a claimant.
func (v *View) ClaimantAt(place int) (key record.Key, err error) {
	stmt, err := v.prepared("SELECT key FROM draft.claims WHERE place = ? + 1")
	if err == nil {
		err = stmt.QueryRowContext(background, place).Scan(&key)
	}
	return key, explain(err)
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
