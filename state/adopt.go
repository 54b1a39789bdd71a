package state

import (
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// foundSchema is for what a target lists, beside the draft of the entries that are to be matched with it.
const foundSchema = `
CREATE TABLE draft.found (n INTEGER PRIMARY KEY, remote_id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, natural TEXT NOT NULL, attrs BLOB NOT NULL,
  foreign_why TEXT NOT NULL);
CREATE TABLE draft.linked (remote_id TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
`

// Listed is a record as the target lists it.
type Listed struct {
	RemoteID  string
	Reference string // the key it carries, if the target shows it
	Attrs     record.Attrs
	Foreign   string // why it is none of ours, whatever its key
}

// BeginFound makes room for what a target lists, and notes which of its records have a key already.
func (v *View) BeginFound(job Job) error {
	if _, err := v.conn.ExecContext(background, foundSchema); err != nil {
		return explain(err)
	}
	return explain(v.exec("INSERT OR IGNORE INTO draft.linked SELECT remote_id, key FROM known.entries WHERE target = ? AND status <> 0", job.Target))
}

// AddFound appends a record as the target shows it.
func (v *View) AddFound(f Listed, natural string) error {
	return explain(v.exec("INSERT OR IGNORE INTO draft.found (remote_id, reference, natural, attrs, foreign_why) VALUES (?, ?, ?, ?, ?)",
		f.RemoteID, f.Reference, record.Fold(f.Attrs.Get(natural).Text()), f.Attrs.AppendJSON(nil), f.Foreign))
}

// EndFound is called when everything was added. It returns how many records the target listed.
func (v *View) EndFound() (n int, err error) {
	_, err = v.conn.ExecContext(background, `CREATE INDEX draft.found_reference ON found (reference) WHERE reference <> '';
		CREATE INDEX draft.found_natural ON found (natural) WHERE natural <> ''`)
	if err == nil {
		err = v.conn.QueryRowContext(background, "SELECT count(*) FROM draft.found").Scan(&n)
	}
	return n, explain(err)
}

// FoundBy gives what the target listed under a reference or, failing that, under a natural key (folded); at most three.
func (v *View) FoundBy(key record.Key, natural string) ([]Listed, error) {
	byReference, err := v.found("reference = ? AND reference <> ''", string(key))
	if err != nil || len(byReference) > 0 {
		return byReference, err
	}
	return v.found("natural = ? AND natural <> ''", natural)
}

func (v *View) found(where string, arg string) ([]Listed, error) {
	return collect(each(v, "SELECT remote_id, reference, attrs, foreign_why FROM draft.found WHERE "+where+" ORDER BY n LIMIT 3", []any{arg}, scanListed))
}

func scanListed(rows *sql.Rows, f *Listed) error {
	var attrs sql.RawBytes
	if err := rows.Scan(&f.RemoteID, &f.Reference, &attrs, &f.Foreign); err != nil {
		return err
	}
	var err error
	f.Attrs, err = record.ParseAttrs(attrs)
	return err
}

// FoundRemote gives what the target listed under a remote id.
func (v *View) FoundRemote(id string) (f Listed, ok bool, err error) {
	found, err := v.found("remote_id = ?", id)
	if err != nil || len(found) == 0 {
		return f, false, err
	}
	return found[0], true, nil
}

// FoundUnlinked gives the ids of what the target listed that have no key, without those that the target marks as none of ours.
func (v *View) FoundUnlinked() iter.Seq2[string, error] {
	return each(v, "SELECT remote_id FROM draft.found f WHERE foreign_why = '' AND NOT EXISTS (SELECT 1 FROM draft.linked l WHERE l.remote_id = f.remote_id) ORDER BY n", nil,
		func(rows *sql.Rows, id *string) error { return rows.Scan(id) })
}

// LinkedTo is the key that has a record of the target already, "" for none.
func (v *View) LinkedTo(remoteID string) (key string, err error) {
	stmt, err := v.prepared("SELECT ifnull((SELECT key FROM draft.linked WHERE remote_id = ?), '')")
	if err == nil {
		err = stmt.QueryRowContext(background, remoteID).Scan(&key)
	}
	return key, explain(err)
}

// Link notes in the draft that a key is to have a record of the target.
func (v *View) Link(remoteID string, key record.Key) error {
	return explain(v.exec("INSERT INTO draft.linked (remote_id, key) VALUES (?, ?)", remoteID, string(key)))
}

// Adoption is a record of the target that is linked to a key.
type Adoption struct {
	Key      record.Key
	RemoteID string
	Attrs    record.Attrs // what counts as last applied, unknown values included
	Off      bool         // the target shows it as inactive, and that was not us
}

// Adopt links records to keys, all in one transaction, and notes an id of the listing that has to be proven before the first update;
// none if it is zero. It sends nothing, so there is nothing to intend; the history has each.
func (s *Store) Adopt(r Run, all []Adoption, probe Listed, now time.Time) error {
	err := s.write(func(c *sql.Conn) error {
		if probe.RemoteID != "" {
			if _, err := c.ExecContext(background, "UPDATE targets SET unproven = ?, unproven_as = ? WHERE id = ?",
				probe.RemoteID, probe.Attrs.Get(r.Sch.Natural).Text(), r.Targ); err != nil {
				return err
			}
		}
		b := s.journal.begin()
		b.targets[r.Targ] = true
		for _, a := range all {
			if err := b.adopt(r, a, millis(now)); err != nil {
				return err
			}
		}
		return b.count()
	})
	if err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	return nil
}

func (b *batch) adopt(r Run, a Adoption, now int64) error {
	old, doubtful, err := b.entry(r, a.Key)
	if err != nil {
		return err
	}
	b.active[r.Job] += 0 // touched
	if doubtful || old.status != plan.Ghost && (old.status != plan.InactiveThere || old.job != r.Job) {
		return fmt.Errorf("%s: %w", a.Key, ErrStale)
	}
	status := plan.Active
	if a.Off {
		status = plan.InactiveThere
	} else {
		b.active[r.Job]++
	}
	if err := b.put(r, a.Key, stored{id: old.id, job: r.Job, status: status, remoteID: a.RemoteID, attrs: a.Attrs}); err != nil {
		return err
	}
	_, err = b.exec(`INSERT INTO changes (run, job, target, key, action, remote_id, before, after, cause, intended, settled, outcome, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 'adopted')`, r.ID, r.Job, r.Targ, string(a.Key), int64(plan.Create), a.RemoteID,
		record.Attrs(nil).AppendJSON(nil), a.Attrs.AppendJSON(nil), now, now, int64(Adopted))
	return err
}
