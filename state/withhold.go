package state

import (
	"fmt"
	"iter"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Portion reads at most that many changes of the draft, those after the number given, by number: waiting or not. A slice and no cursor, for
// whoever alters them meanwhile.
func (v *View) Portion(after int64, most int) ([]Planned, error) {
	return collect(v.changes("WHERE n > ? ORDER BY n LIMIT ?", after, most))
}

// Waiting gives the changes of the draft that wait, in the order in which they would be sent.
func (v *View) Waiting() iter.Seq2[Planned, error] {
	return v.changes("WHERE waiting = 1 ORDER BY wave, action, n")
}

// WaitingCount is how many those are.
func (v *View) WaitingCount() (n int, err error) {
	err = v.conn.QueryRowContext(background, "SELECT count(*) FROM draft.changes WHERE waiting = 1").Scan(&n)
	return n, explain(err)
}

// MarkApproved notes who approved a change of the draft, and the digest of what was approved: all of it, or attributes of it.
func (v *View) MarkApproved(n int64, by string, granted record.Fingerprint) error {
	return explain(v.exec("UPDATE draft.changes SET approved = ?, granted = ? WHERE n = ?", by, granted[:], n))
}

// MarkOver notes which limit a change of the draft is over, and whether it waits for that.
func (v *View) MarkOver(n int64, over string, waits bool) error {
	return explain(v.exec("UPDATE draft.changes SET over = ?, waiting = ? WHERE n = ?", over, waits, n))
}

// Split leaves of a change its rest, and adds what of it waits.
func (v *View) Split(n int64, rest, left plan.Change, over string, sch record.Schema) error {
	natural := ""
	if _, moves := left.After.Lookup(sch.Natural); moves {
		natural = ", claim = '', releases = '', waits = '', wave = 0, unsure = 0" // it gives its natural key to nobody now, and takes nobody's
	}
	if err := v.exec("UPDATE draft.changes SET before = ?, after = ?"+natural+" WHERE n = ?", rest.Before.AppendJSON(nil), rest.After.AppendJSON(nil), n); err != nil {
		return fmt.Errorf("write draft of %s: %w", left.Key, explain(err))
	}
	if err := v.addChange(left, "", sch); err != nil {
		return fmt.Errorf("write draft of %s: %w", left.Key, explain(err))
	}
	return explain(v.exec("UPDATE draft.changes SET over = ?, waiting = 1, natural = (SELECT natural FROM draft.changes WHERE n = ?) WHERE n = last_insert_rowid()", over, n))
}

// LastChange is the highest number of a change in the draft.
func (v *View) LastChange() (n int64, err error) {
	err = v.conn.QueryRowContext(background, "SELECT ifnull(max(n), 0) FROM draft.changes").Scan(&n)
	return n, explain(err)
}

// Followers gives the changes that take a natural key over from a record whose own change waits.
func (v *View) Followers() ([]Planned, error) {
	return collect(v.changes(`WHERE waiting = 0 AND waits <> '' AND waits IN (SELECT key FROM draft.changes WHERE waiting = 1 AND (releases <> '' OR unsure))`))
}
