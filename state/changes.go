package state

import (
	"database/sql"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Planned is a change of the draft: its number there, and what became of it.
type Planned struct {
	N int64
	plan.Change
	Result Result
	Detail string
}

// EndChanges is called when every change was added.
func (v *View) EndChanges() error {
	_, err := v.conn.ExecContext(background, `CREATE INDEX IF NOT EXISTS draft.changes_order ON changes (wave, action, n);
		CREATE INDEX IF NOT EXISTS draft.changes_claim ON changes (claim) WHERE claim <> '';
		CREATE INDEX IF NOT EXISTS draft.changes_releases ON changes (releases) WHERE releases <> ''`)
	return explain(err)
}

// Steps are the steps in which a plan is sent: wave by wave, and in a wave by action.
func (v *View) Steps() ([]Step, error) {
	rows, err := v.conn.QueryContext(background, "SELECT DISTINCT wave, action FROM draft.changes ORDER BY wave, action")
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var steps []Step
	for rows.Next() {
		var s Step
		if err := rows.Scan(&s.Wave, &s.Action); err != nil {
			return nil, explain(err)
		}
		steps = append(steps, s)
	}
	return steps, explain(rows.Err())
}

// Step is what may be sent side by side.
type Step struct {
	Wave   int
	Action plan.Action
}

const changeColumns = "n, wave, action, key, remote_id, before, after, waits, cause, reason, origin, result, detail"

// Changes reads at most that many changes of a step, those after the number given. A slice and no cursor: results are written to
// the same table meanwhile.
func (v *View) Changes(s Step, after int64, most int) ([]Planned, error) {
	return v.changes("WHERE wave = ? AND action = ? AND n > ? ORDER BY n LIMIT ?", s.Wave, int64(s.Action), after, most)
}

// AllChanges reads at most that many changes in the order of sending, beginning with the one at offset.
func (v *View) AllChanges(offset, most int) ([]Planned, error) {
	return v.changes("ORDER BY wave, action, n LIMIT ? OFFSET ?", most, offset)
}

func (v *View) changes(where string, args ...any) ([]Planned, error) {
	stmt, err := v.prepared("SELECT " + changeColumns + " FROM draft.changes " + where)
	if err != nil {
		return nil, explain(err)
	}
	rows, err := stmt.QueryContext(background, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var out []Planned
	for rows.Next() {
		var p Planned
		var before, after sql.RawBytes
		if err := rows.Scan(&p.N, &p.Wave, &p.Action, &p.Key, &p.RemoteID, &before, &after, &p.Waits, &p.Cause, &p.Reason, &p.Origin, &p.Result, &p.Detail); err != nil {
			return nil, explain(err)
		}
		if p.Before, err = record.ParseAttrs(before); err == nil {
			p.After, err = record.ParseAttrs(after)
		}
		if err != nil {
			return nil, fmt.Errorf("read draft of %s: %w", p.Key, err)
		}
		out = append(out, p)
	}
	return out, explain(rows.Err())
}

// Recreate adds a create for a record whose update found it gone, made of the entry in scope, and returns it.
func (v *View) Recreate(p Planned, sch record.Schema) (Planned, error) {
	var attrs []byte
	err := v.conn.QueryRowContext(background, "SELECT attrs FROM draft.wants WHERE key = ? AND scope = 0 ORDER BY n LIMIT 1", string(p.Key)).Scan(&attrs)
	if err != nil {
		return Planned{}, fmt.Errorf("read draft of %s: %w", p.Key, explain(err))
	}
	c := plan.Change{Action: plan.Create, Key: p.Key, Reason: "it was gone from the target", Origin: p.Origin}
	if c.After, err = record.ParseAttrs(attrs); err != nil {
		return Planned{}, fmt.Errorf("read draft of %s: %w", p.Key, err)
	}
	if err := v.addChange(c, sch); err != nil {
		return Planned{}, explain(err)
	}
	made, err := v.changes("WHERE n = last_insert_rowid()")
	if err != nil || len(made) == 0 {
		return Planned{}, fmt.Errorf("read draft of %s: %w", p.Key, err)
	}
	return made[0], nil
}

// Record notes what became of a change.
func (v *View) Record(n int64, r Result, detail string) error {
	return v.exec("UPDATE draft.changes SET result = ?, detail = ? WHERE n = ?", int64(r), detail, n)
}

// Totals adds up what the draft would do.
func (v *View) Totals(active string) (plan.Totals, error) {
	var t plan.Totals
	rows, err := v.conn.QueryContext(background, "SELECT action, count(*) FROM draft.changes GROUP BY action")
	if err != nil {
		return t, explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a plan.Action
		var n int
		if err := rows.Scan(&a, &n); err != nil {
			return t, explain(err)
		}
		t.Actions[a] = n
	}
	if err := rows.Err(); err != nil {
		return t, explain(err)
	}
	t.Attributes = map[string]int{}
	names, err := v.conn.QueryContext(background, `SELECT a.key, count(*) FROM draft.changes c, json_each(c.after) a
		WHERE c.action IN (?, ?) AND a.key <> ? GROUP BY a.key`, int64(plan.Update), int64(plan.Reactivate), active)
	if err != nil {
		return t, explain(err)
	}
	defer names.Close()
	for names.Next() {
		var name string
		var n int
		if err := names.Scan(&name, &n); err != nil {
			return t, explain(err)
		}
		t.Attributes[name] = n
	}
	return t, explain(names.Err())
}
