package state

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// What a change may meet in a state that others have written since it was planned. Nothing was sent.
var (
	ErrOwned = errors.New("it belongs to another job meanwhile")
	ErrStale = errors.New("its record has changed since the plan was made")
)

// TakenError says that a record in the target can't be linked to a key, for it is that of another.
type TakenError struct {
	Key      string
	Expected bool // the state knows the other record by the same natural key, so that a plan sees the conflict by itself
}

// Error tells it to the administrator.
func (e *TakenError) Error() string {
	return "the record in the target is linked to another key: it is that of " + e.Key
}

// stored is an entry as the state has it; id 0: it has none.
type stored struct {
	id, job  int64
	status   plan.Status
	remoteID string
	attrs    record.Attrs
}

// askEntry asks for an entry, and in a row of its own whether a change of its key has no answer yet: none, one or both. It is a union on purpose:
// SQLite compiles a LEFT JOIN of an entry anew at every call, which takes ten times as long as both look-ups.
const askEntry = `SELECT 0, id, job, status, remote_id, attrs, natural, sum FROM entries WHERE target = ?1 AND key = ?2
	UNION ALL SELECT 1, 0, 0, 0, '', x'', '', 0 FROM changes WHERE target = ?1 AND key = ?2 AND outcome = 0`

// entry reads and verifies an entry, and tells whether a change of its key has no answer yet, whoever sent it.
func (b *batch) entry(r Run, key record.Key) (s stored, doubtful bool, err error) {
	stmt, err := b.prepared(askEntry)
	if err != nil {
		return s, false, err
	}
	rows, err := stmt.QueryContext(background, r.Targ, string(key))
	if err != nil {
		return s, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var doubt bool
		var was stored
		var attrs []byte
		var natural string
		var sum int64
		if err := rows.Scan(&doubt, &was.id, &was.job, &was.status, &was.remoteID, &attrs, &natural, &sum); err != nil {
			return s, false, err
		}
		if doubt {
			doubtful = true
			continue
		}
		if err := (row{r.Targ, was.job, string(key), was.status, was.remoteID, natural, attrs}).verify(sum); err != nil {
			return s, doubtful, &entryError{err}
		}
		if was.attrs, err = record.ParseAttrs(attrs); err != nil {
			return s, doubtful, &entryError{fmt.Errorf("read state of %s: %w", key, err)}
		}
		s = was
	}
	return s, doubtful, rows.Err()
}

// allowed is the last look before a change is sent: the state must still be as the plan saw it, so that no record is made twice
// and none of another job is written.
func (b *batch) allowed(r Run, c plan.Change) (stored, error) {
	b.active[r.Job] += 0 // touched
	s, doubtful, err := b.entry(r, c.Key)
	switch {
	case err != nil:
		return s, err
	case doubtful:
		return s, &entryError{fmt.Errorf("%w: a change of it has no answer yet", ErrStale)}
	case c.TakesOver != "" && s.status != plan.Ghost:
		return s, &entryError{ErrStale}
	case c.TakesOver != "":
		return s, nil // what is left to look at is the record: see takeOver
	case s.status != plan.Ghost && s.job != r.Job:
		return s, &entryError{fmt.Errorf("%w: %s", ErrOwned, b.name(s.job))}
	case c.Action == plan.Create && s.status != plan.Ghost && s.remoteID != c.RemoteID:
		return s, &entryError{ErrStale}
	case c.Action != plan.Create && s.id == 0:
		return s, &entryError{b.missed(r, c.Key)}
	case c.Action != plan.Create && (s.status == plan.Ghost || s.remoteID != c.RemoteID):
		return s, &entryError{ErrStale}
	}
	return s, nil
}

// missed says why a record is not found by its key: it is gone, or the index of keys is damaged.
func (b *batch) missed(r Run, key record.Key) error {
	stmt, err := b.prepared("SELECT EXISTS (SELECT 1 FROM entries NOT INDEXED WHERE target = ? AND key = ?)")
	if err != nil {
		return err
	}
	var there bool
	if err := stmt.QueryRowContext(background, r.Targ, string(key)).Scan(&there); err != nil {
		return err
	}
	if there {
		return damaged("index of keys, at " + string(key) + ",")
	}
	return ErrStale
}

// name is a job's name, for people.
func (b *batch) name(job int64) (name string) {
	stmt, err := b.prepared("SELECT name FROM jobs WHERE id = ?")
	if err == nil {
		err = stmt.QueryRowContext(background, job).Scan(&name)
	}
	if err != nil {
		return fmt.Sprint(job)
	}
	return name
}

// apply alters what the state says the target was told. Only a settled answer does.
//
//	result               entry
//	succeeded, create    as created, and where it was looked up as shown; status by its active attribute
//	succeeded, others    what was sent over what it had
//	adopted              the remote id, and what of its attributes is known
//	lost                 what was sent is unknown now, and so will be sent again
//	gone                 a ghost: there is no record
//	all others           as it was
func (b *batch) apply(r Run, seq int64, c plan.Change, o Outcome) error {
	if o.Result != Succeeded && o.Result != Adopted && o.Result != Lost && o.Result != Gone {
		return nil
	}
	b.active[r.Job] += 0 // touched
	// What was read at the intention still holds: nobody may change a key while a change of it is unsettled.
	old, kept := b.j.intended[seq]
	if !kept {
		var err error
		if old, _, err = b.entry(r, c.Key); err != nil {
			return err
		}
	}
	if old.status != plan.Ghost && old.job != r.Job {
		return &entryError{fmt.Errorf("%w: %s", ErrOwned, b.name(old.job))}
	}
	if o.Looked {
		if err := b.free(r, c, o.RemoteID); err != nil {
			return err
		}
		if _, err := b.exec("UPDATE targets SET unproven = ?, unproven_as = ? WHERE id = ? AND unproven = '' AND proven = 0",
			o.RemoteID, c.After.Get(r.Sch.Natural).Text(), r.Targ); err != nil {
			return err
		}
	}
	now := old
	now.job = r.Job
	switch {
	case o.Result == Lost && old.id == 0:
		return nil
	case o.Result == Adopted:
		now.remoteID, now.attrs = o.RemoteID, o.Attrs
	case o.Result == Lost:
		for _, a := range c.After {
			now.attrs = now.attrs.Merge(record.Attrs{{Name: a.Name, Value: record.UnknownValue()}})
		}
	case o.Result == Gone:
		now.remoteID, now.attrs = "", nil
	case c.Action == plan.Create:
		now.remoteID, now.attrs = o.RemoteID, c.After.Keepable()
		for _, shown := range o.Attrs { // it may not be as it was sent: others may have changed it, or made it
			sent, ok := c.After.Lookup(shown.Name)
			if ok && (shown.Name != r.Sch.Natural || record.Fold(sent.Text()) != record.Fold(shown.Value.Text())) {
				now.attrs = now.attrs.Merge(record.Attrs{shown}).Keepable()
			}
		}
	default:
		now.attrs = now.attrs.Merge(c.After)
	}
	switch active := now.attrs.Get(r.Sch.Active); {
	case o.Result == Gone:
		now.status = plan.Ghost
	case active.Kind() == record.Unknown: // as it was, until it has been sent again
	case active.Kind() == record.Bool && !active.True() && (o.Result == Adopted || o.Looked && c.After.Get(r.Sch.Active).True()):
		now.status = plan.InactiveThere
	case active.Kind() == record.Bool && !active.True() && old.status == plan.InactiveThere:
	case active.Kind() == record.Bool && !active.True():
		now.status = plan.Inactive
	default:
		now.status = plan.Active
	}
	b.targets[r.Targ] = true
	if old.status == plan.Active {
		b.active[old.job]--
	}
	if now.status == plan.Active {
		b.active[now.job]++
	}
	return b.put(r, c.Key, now)
}

// free says whether no other key has that remote id: one account, one owner.
func (b *batch) free(r Run, c plan.Change, remoteID string) error {
	stmt, err := b.prepared("SELECT key, natural = ? FROM entries WHERE target = ? AND remote_id = ? AND key <> ? AND status <> 0")
	if err != nil {
		return err
	}
	var taken TakenError
	err = stmt.QueryRowContext(background, c.Claim(r.Sch), r.Targ, remoteID, string(c.Key)).Scan(&taken.Key, &taken.Expected)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return &entryError{&taken}
}

// put writes an entry. While its natural key is unverified it keeps the one that it had: until it was given another one for certain,
// whoever wants that has to wait.
func (b *batch) put(r Run, key record.Key, s stored) error {
	attrs := s.attrs.AppendJSON(nil)
	value := s.attrs.Get(r.Sch.Natural)
	natural := record.Fold(value.Text())
	if value.Kind() == record.Unknown && s.id != 0 {
		stmt, err := b.prepared("SELECT natural FROM entries WHERE id = ?")
		if err == nil {
			err = stmt.QueryRowContext(background, s.id).Scan(&natural)
		}
		if err != nil {
			return err
		}
	}
	sum := row{r.Targ, s.job, string(key), s.status, s.remoteID, natural, attrs}.sum()
	if s.id == 0 { // meanwhile another job's run may have numbered the key, as a ghost
		_, err := b.exec(`INSERT INTO entries (target, key, job, status, remote_id, natural, attrs, sum, aged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (target, key) DO UPDATE SET job = excluded.job, status = excluded.status, remote_id = excluded.remote_id,
			natural = excluded.natural, attrs = excluded.attrs, sum = excluded.sum WHERE status = 0`,
			r.Targ, string(key), s.job, int64(s.status), s.remoteID, natural, attrs, sum, seal(string(key), int64(0), int64(0), int64(0)))
		return err
	}
	_, err := b.exec("UPDATE entries SET job = ?, status = ?, remote_id = ?, natural = ?, attrs = ?, sum = ?, absent_since = 0, absent_reads = 0, aged = seal(key, 0, 0, absent_cause) WHERE id = ?",
		s.job, int64(s.status), s.remoteID, natural, attrs, sum, s.id)
	return err
}

// Doubt is a change that was sent perhaps and whose answer is not known.
type Doubt struct {
	Seq int64
	Run Run // as it was: run, job and target; without a schema
	plan.Change
}

// Doubts gives the unsettled changes of a target, of whatever job, in the order in which they were intended.
func (v *View) Doubts(target int64) ([]Doubt, error) {
	return collect(each(v, `SELECT seq, run, job, target, key, action, remote_id, before, after, cause, sum = seal(`+sealedChange+`) FROM known.changes
		WHERE target = ? AND outcome = 0 ORDER BY seq`, []any{target}, func(rows *sql.Rows, d *Doubt) error {
		var before, after []byte
		var whole bool
		err := rows.Scan(&d.Seq, &d.Run.ID, &d.Run.Job, &d.Run.Targ, &d.Key, &d.Action, &d.RemoteID, &before, &after, &d.Cause, &whole)
		if err == nil && !whole {
			err = damaged("journal of " + string(d.Key))
		}
		if err == nil {
			d.Before, err = record.ParseAttrs(before)
		}
		if err == nil {
			d.After, err = record.ParseAttrs(after)
		}
		return err
	}))
}

// HasDoubts reports whether a target has unsettled changes.
func (v *View) HasDoubts(target int64) (n int, err error) {
	err = v.conn.QueryRowContext(background, "SELECT count(*) FROM known.changes WHERE target = ? AND outcome = 0", target).Scan(&n)
	return n, explain(err)
}
