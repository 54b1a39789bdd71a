package state

import "github.com/rosterd/rosterd/sync/record"

// Mangled is what a spreadsheet may have made of keys that are numbers. Only records that are switched on and are missed for the first time
// in this read count, however many who left long ago are kept; and only entries whose key has no record.
type Mangled struct {
	Gone    int        // records whose key is a number
	Able    int        // of them those whose key begins with 0 or came in another form
	Lost    int        // of them those whose key came in another form: 00123 as 123 or 123.0
	Was, Is record.Key // the first of these, and where it came
	At      uint32
	Powers  int        // entries whose key is written as a power of ten: 1.23E+08
	Power   record.Key // the first of these, and where it is
	PowerAt uint32
}

// Every look-up is by key or id, one for each record that was not seen: nothing for those that were.
const (
	isNumber = `e.status = 1 AND e.absent_reads = 0 AND e.key >= '0' AND e.key < ':' AND e.key NOT GLOB '*[^0-9]*'
		AND NOT EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key)`
	goneFromIndex = `SELECT e.key FROM draft.missing m CROSS JOIN known.entries e ON e.id = m.id AND e.target = ?1 AND e.job = ?2 WHERE ` + isNumber
	goneFromState = `SELECT e.key FROM known.entries e WHERE e.target = ?1 AND e.job = ?2 AND ` + isNumber
	isNew         = `NOT EXISTS (SELECT 1 FROM known.entries k WHERE k.target = ?1 AND k.key = w.key AND k.status <> 0)`
	cameAs        = `SELECT min(w.n) FROM draft.wants w WHERE w.key <> g.key AND w.key IN
		(ltrim(g.key, '0'), g.key || '.0', g.key || ',0', ltrim(g.key, '0') || '.0', ltrim(g.key, '0') || ',0') AND ` + isNew
	power = `SELECT count(*), ifnull(min(w.n), 0) FROM draft.wants w WHERE w.key >= '0' AND w.key < ':' AND w.key GLOB '[0-9]*[eE]+[0-9]*' AND ` + isNew
)

// Mangled is asked after EndWants.
func (v *View) Mangled(job Job, x *Index) (m Mangled, err error) {
	gone := goneFromState
	if x.Usable() {
		gone = goneFromIndex
	}
	var first, powered int64
	// The key beside min() is that of the row which has it.
	err = v.conn.QueryRowContext(background, `SELECT count(*), count(n) + count(*) FILTER (WHERE n IS NULL AND key GLOB '0*'), count(n), ifnull(min(n), 0), ifnull(key, '')
		FROM (SELECT g.key AS key, (`+cameAs+`) AS n FROM (`+gone+`) g)`, job.Target, job.ID).Scan(&m.Gone, &m.Able, &m.Lost, &first, &m.Was)
	if err != nil || m.Gone == 0 {
		return m, explain(err)
	}
	if err = v.conn.QueryRowContext(background, power, job.Target).Scan(&m.Powers, &powered); err != nil {
		return m, explain(err)
	}
	err = v.conn.QueryRowContext(background, `SELECT ifnull((SELECT key FROM draft.wants WHERE n = ?1), ''), ifnull((SELECT at FROM draft.wants WHERE n = ?1), 0),
		ifnull((SELECT key FROM draft.wants WHERE n = ?2), ''), ifnull((SELECT at FROM draft.wants WHERE n = ?2), 0)`, first, powered).
		Scan(&m.Is, &m.At, &m.Power, &m.PowerAt)
	return m, explain(err)
}
