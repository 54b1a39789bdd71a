package state

import (
	"database/sql"
	"errors"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Held is a record that is not to be touched now, in the draft or in the state.
type Held struct {
	Ident    string     // the key, or of an entry without one its fingerprint
	Key      record.Key // "" where it can't be read
	Naturals []string   // of its entries, folded; only given to Hold
	Origin   string
	Reason   plan.Reason
	Detail   string
	Since    time.Time          // only in the state
	Refused  record.Fingerprint // of the change that the target refused
	Ack      time.Time          // only in the state: until then it is shown, and not counted
	About    record.Key         // whose record it may be; only given to Hold
	Until    time.Time          // it is not sent again before that; zero: at the next run
}

// Hold notes in the draft that a record is held.
func (v *View) Hold(h Held) error {
	for _, natural := range h.Naturals {
		if natural == "" {
			continue
		}
		if err := v.exec("INSERT OR IGNORE INTO draft.shadows (natural, key) VALUES (?, ?)", natural, string(h.Key)); err != nil {
			return explain(err)
		}
	}
	return explain(v.exec("INSERT INTO draft.held (ident, key, origin, reason, detail, refused, until, about) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		h.Ident, string(h.Key), h.Origin, string(h.Reason), h.Detail, h.Refused[:], millis(h.Until), string(h.About)))
}

// DraftHeld gives the held records of the draft.
func (v *View) DraftHeld() iter.Seq2[Held, error] {
	return v.held("SELECT d.ident, d.key, d.origin, d.reason, d.detail, 0, d.refused, d.until, 0 FROM draft.held d ORDER BY n")
}

// Held gives what is held of a job since its last run.
func (v *View) Held(job Job) iter.Seq2[Held, error] {
	return v.held("SELECT ident, key, origin, reason, detail, since, refused, until, ack FROM known.held WHERE job = ? ORDER BY key, ident", job.ID)
}

// HeldOf is what is held of a job by that key since its last run, nil for nothing.
func (v *View) HeldOf(job Job, key record.Key) (*Held, error) {
	for h, err := range v.held("SELECT ident, key, origin, reason, detail, since, refused, until, ack FROM known.held WHERE job = ? AND ident = ?", job.ID, string(key)) {
		return &h, err
	}
	return nil, nil
}

// HeldWithoutKey gives what is held of a job for want of a readable key.
func (v *View) HeldWithoutKey(job Job) iter.Seq2[Held, error] {
	return v.held("SELECT ident, key, origin, reason, detail, since, refused, until, ack FROM known.held WHERE job = ? AND key = '' ORDER BY since, ident", job.ID)
}

func (v *View) held(query string, args ...any) iter.Seq2[Held, error] {
	return each(v, query, args, func(rows *sql.Rows, h *Held) error {
		var refused []byte
		var since, until, ack int64
		err := rows.Scan(&h.Ident, &h.Key, &h.Origin, &h.Reason, &h.Detail, &since, &refused, &until, &ack)
		copy(h.Refused[:], refused)
		h.Since, h.Until, h.Ack = fromMillis(since), fromMillis(until), fromMillis(ack)
		return err
	})
}

// HeldSince is since when something is held for that reason, zero if it is not.
func (v *View) HeldSince(job Job, ident string, reason plan.Reason) (time.Time, error) {
	stmt, err := v.prepared("SELECT since FROM known.held WHERE job = ? AND ident = ? AND reason = ?")
	if err != nil {
		return time.Time{}, explain(err)
	}
	var since int64
	err = stmt.QueryRowContext(background, job.ID, ident, string(reason)).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return fromMillis(since), explain(err)
}

// HeldCount is how many records of the draft are held, and are not acknowledged.
func (v *View) HeldCount(job Job, now time.Time) (n int, err error) {
	err = v.conn.QueryRowContext(background, `SELECT count(*) FROM draft.held d WHERE NOT EXISTS
		(SELECT 1 FROM known.held k WHERE k.job = ? AND k.ident = d.ident AND k.reason = d.reason AND k.ack > ?)`, job.ID, millis(now)).Scan(&n)
	return n, explain(err)
}

// UnreadableCount is how many of them have no readable key.
func (v *View) UnreadableCount() (n int, err error) {
	err = v.conn.QueryRowContext(background, "SELECT count(*) FROM draft.held WHERE key = ''").Scan(&n)
	return n, explain(err)
}

// Cannot is an attribute that differs and that the target can't change.
type Cannot struct {
	Key     record.Key
	Natural string // as last applied, to know who is meant
	plan.CannotApply
}

// Cannot gives them all.
func (v *View) Cannot() iter.Seq2[Cannot, error] {
	return each(v, "SELECT key, natural, attribute, before, after, detail FROM draft.cannot ORDER BY n", nil, func(rows *sql.Rows, c *Cannot) error {
		var before, after []byte
		if err := rows.Scan(&c.Key, &c.Natural, &c.Attribute, &before, &after, &c.Detail); err != nil {
			return err
		}
		return errors.Join(c.Before.UnmarshalJSON(before), c.After.UnmarshalJSON(after))
	})
}

// HasTwins reports whether a key has an entry that was parsed and another that was only recognised.
func (v *View) HasTwins() (twins bool, err error) {
	err = v.conn.QueryRowContext(background, "SELECT EXISTS (SELECT 1 FROM draft.twins)").Scan(&twins)
	return twins, explain(err)
}

// Shown reports whether a key was in this read, parsed or recognised.
func (v *View) Shown(job Job, x *Index, key record.Key) (bool, error) {
	var parsed bool
	var id uint32
	err := v.conn.QueryRowContext(background, `SELECT EXISTS (SELECT 1 FROM draft.wants WHERE key = ?1 AND scope <> 1),
		ifnull((SELECT id FROM known.entries WHERE target = ?2 AND key = ?1), 0)`, string(key), job.Target).Scan(&parsed, &id)
	return parsed || id != 0 && x.Usable() && x.seen.has(id), explain(err)
}
