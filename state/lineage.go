package state

import (
	"database/sql"
	"iter"
	"math"

	"github.com/rosterd/rosterd/sync/record"
)

// spell is a part of a record's past: what the journal has of a key after one number, up to and including another.
type spell struct {
	key         record.Key
	after, upTo int64
}

// rekeying is a rekey in the journal.
type rekeying struct {
	seq, run int64
	first    int64 // of the run's changes: all of a run's rekeys are done at once
	was      record.Key
}

// History gives the past of the record that has a key now, newest first: under this key, and before a rekey under the one it had then.
// What another record did under the same key is none of it. Of a key whose record has got another one, it begins with that.
func (v *View) History(job Job, key record.Key, most int) iter.Seq2[Past, error] {
	return func(yield func(Past, error) bool) {
		spells, left, err := v.lineage(job, key, most)
		if err != nil {
			yield(Past{}, err)
			return
		}
		n := 0
		give := func(all iter.Seq2[Past, error]) bool {
			for p, err := range all {
				if n++; n > most || !yield(p, err) || err != nil {
					return false
				}
			}
			return true
		}
		for _, s := range spells {
			if !give(each(v, pastColumns+"WHERE target = ? AND key = ? AND seq > ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
				[]any{job.Target, string(s.key), s.after, s.upTo, most}, scanPast)) {
				return
			}
		}
		if left != 0 {
			give(each(v, pastColumns+"WHERE seq = ?", []any{left}, scanPast))
		}
	}
}

// lineage follows a record back through the keys it had. left is the rekey with which the key lost its record, 0 for none.
func (v *View) lineage(job Job, key record.Key, most int) (spells []spell, left int64, err error) {
	upTo := int64(math.MaxInt64)
	for len(spells) < most {
		came, err := v.lastRekey(job, "key", key, upTo)
		if err != nil {
			return nil, 0, err
		}
		went, err := v.lastRekey(job, "was", key, upTo)
		if err != nil {
			return nil, 0, err
		}
		s := spell{key: key, after: went.seq, upTo: upTo}
		if came.run != 0 && came.run == went.run { // one left and the other came at once, as in a swap
			s.after = came.first - 1
		}
		spells = append(spells, s)
		if came.run == 0 || went.seq > came.seq && went.run != came.run {
			if len(spells) == 1 {
				left = went.seq
			}
			break
		}
		key, upTo = came.was, came.first-1
	}
	return spells, left, nil
}

// lastRekey is the newest rekey to a key (`key`) or from it (`was`), zero for none.
func (v *View) lastRekey(job Job, column string, key record.Key, upTo int64) (k rekeying, err error) {
	for k, err := range each(v, `SELECT c.seq, c.run, c.was, (SELECT min(f.seq) FROM known.changes f WHERE f.run = c.run) FROM known.changes c
		WHERE c.target = ? AND c.`+column+` = ? AND c.was <> '' AND c.seq <= ? ORDER BY c.seq DESC LIMIT 1`, []any{job.Target, string(key), upTo},
		func(rows *sql.Rows, k *rekeying) error { return rows.Scan(&k.seq, &k.run, &k.was, &k.first) }) {
		return k, err
	}
	return k, nil
}
