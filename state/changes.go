package state

import (
	"database/sql"
	"fmt"
	"iter"
	"strconv"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Planned is a change of the draft: its number there, and what became of it.
type Planned struct {
	N int64
	plan.Change
	Natural string // the natural key as last applied, to know who is meant; "" for none
	Result  Result
	Detail  string
	Over    string // the limit that it is over, or what else has to be approved; "" for none
	Waiting bool   // it is not sent in this run
}

// EndChanges is called when every change was added.
func (v *View) EndChanges() error {
	_, err := v.conn.ExecContext(background, `CREATE INDEX IF NOT EXISTS draft.changes_order ON changes (wave, action, n);
		CREATE INDEX IF NOT EXISTS draft.changes_claim ON changes (claim) WHERE claim <> '';
		CREATE INDEX IF NOT EXISTS draft.changes_releases ON changes (releases) WHERE releases <> '';
		CREATE INDEX IF NOT EXISTS draft.changes_takes_over ON changes (takes_over) WHERE takes_over <> '';
		CREATE INDEX IF NOT EXISTS draft.changes_unsure ON changes (key) WHERE unsure`)
	return explain(err)
}

// Steps are the steps in which a plan is sent: wave by wave, and in a wave by action.
func (v *View) Steps() ([]Step, error) {
	return collect(each(v, "SELECT DISTINCT wave, action FROM draft.changes WHERE waiting = 0 ORDER BY wave, action", nil, func(rows *sql.Rows, s *Step) error {
		return rows.Scan(&s.Wave, &s.Action)
	}))
}

// Step is what may be sent side by side.
type Step struct {
	Wave   int
	Action plan.Action
}

const changeColumns = "n, wave, action, key, remote_id, before, after, waits, takes_over, giver, cause, reason, origin, natural, result, detail, approved, over, waiting"

// Changes reads at most that many changes of a step, those after the number given. A slice and no cursor: results are written to
// the same table meanwhile.
func (v *View) Changes(s Step, after int64, most int) ([]Planned, error) {
	return collect(v.changes("WHERE wave = ? AND action = ? AND n > ? AND result = 0 AND waiting = 0 ORDER BY n LIMIT ?", s.Wave, int64(s.Action), after, most))
}

// AllChanges gives every change that does not wait, in the order of sending.
func (v *View) AllChanges() iter.Seq2[Planned, error] {
	return ahead(v.changes("WHERE waiting = 0 ORDER BY wave, action, n"), portion)
}

func (v *View) changes(where string, args ...any) iter.Seq2[Planned, error] {
	return each(v, "SELECT "+changeColumns+" FROM draft.changes "+where, args, func(rows *sql.Rows, p *Planned) error {
		var before, after sql.RawBytes
		var action, cause, result int64 // and texts: named types cost database/sql a detour by reflection
		err := rows.Scan(&p.N, &p.Wave, &action, (*string)(&p.Key), &p.RemoteID, &before, &after, (*string)(&p.Waits), (*string)(&p.TakesOver), &p.Giver, &cause, &p.Reason, &p.Origin, &p.Natural, &result, &p.Detail, &p.Approved, &p.Over, &p.Waiting)
		if err != nil {
			return err
		}
		p.Action, p.Cause, p.Result = plan.Action(action), plan.Cause(cause), Result(result)
		if p.Before, err = record.ParseAttrs(before); err == nil {
			p.After, err = record.ParseAttrs(after)
		}
		if err != nil {
			return fmt.Errorf("read draft of %s: %w", p.Key, err)
		}
		return nil
	})
}

// Recreate adds a create for a record whose update found it gone, made of the entry in scope, and returns it. None is needed if the entry
// says inactive, unless inactive ones are created too.
func (v *View) Recreate(p Planned, sch record.Schema, inactive bool) (made Planned, needed bool, err error) {
	var attrs []byte
	err = v.conn.QueryRowContext(background, "SELECT attrs FROM draft.wants WHERE key = ? AND scope = 0 ORDER BY rank DESC, n LIMIT 1", string(p.Key)).Scan(&attrs)
	if err != nil {
		return made, false, fmt.Errorf("read draft of %s: %w", p.Key, explain(err))
	}
	c := plan.Change{Action: plan.Create, Key: p.Key, Reason: "it was gone from the target", Origin: p.Origin}
	if c.After, err = record.ParseAttrs(attrs); err != nil {
		return made, false, fmt.Errorf("read draft of %s: %w", p.Key, err)
	}
	if on := c.After.Get(sch.Active); on.Kind() == record.Bool && !on.True() && !inactive {
		return made, false, nil
	}
	if err := v.addChange(c, p.Natural, sch); err != nil {
		return made, false, explain(err)
	}
	all, err := collect(v.changes("WHERE n = last_insert_rowid()"))
	if err != nil || len(all) == 0 {
		return made, false, fmt.Errorf("read draft of %s: %w", p.Key, err)
	}
	return all[0], true, nil
}

// Record notes what became of a change.
func (v *View) Record(n int64, r Result, detail string) error {
	return v.exec("UPDATE draft.changes SET result = ?, detail = ? WHERE n = ?", int64(r), detail, n)
}

// RecordDone notes that changes succeeded, about which there is nothing to say. One statement for all of them costs a tenth of one for each.
func (v *View) RecordDone(numbers []int64) error {
	if len(numbers) == 0 {
		return nil
	}
	list := []byte{'['}
	for _, n := range numbers {
		list = append(strconv.AppendInt(list, n, 10), ',')
	}
	list[len(list)-1] = ']'
	return v.exec("UPDATE draft.changes SET result = ? WHERE n IN (SELECT value FROM json_each(?))", int64(Succeeded), string(list))
}

// Totals adds up what the draft would do of what nobody approved and what does not wait.
func (v *View) Totals(active string) (t plan.Totals, err error) {
	type acted struct {
		action       int64
		n, takeOvers int
	}
	for a, err := range each(v, "SELECT action, count(*), sum(takes_over <> '') FROM draft.changes WHERE approved = '' AND waiting = 0 GROUP BY action", nil,
		func(rows *sql.Rows, a *acted) error { return rows.Scan(&a.action, &a.n, &a.takeOvers) }) {
		if err != nil {
			return t, err
		}
		t.Actions[a.action] = a.n
		t.TakeOvers += a.takeOvers
	}
	type given struct {
		name string
		n    int
	}
	t.Attributes = map[string]int{}
	// An unverified value is an object in the encoding; what was never shown has no limit and is counted by itself.
	for g, err := range each(v, `SELECT CASE WHEN b.type = 'object' THEN '' ELSE a.key END AS name, count(*)
		FROM draft.changes c, json_each(c.after) a LEFT JOIN json_each(c.before) b ON b.key = a.key
		WHERE c.action IN (?, ?) AND c.approved = '' AND c.waiting = 0 AND a.key <> ? GROUP BY name`, []any{int64(plan.Update), int64(plan.Reactivate), active},
		func(rows *sql.Rows, g *given) error { return rows.Scan(&g.name, &g.n) }) {
		if err != nil {
			return t, err
		}
		if g.name == "" {
			t.Unverified = g.n
		} else {
			t.Attributes[g.name] = g.n
		}
	}
	return t, nil
}
