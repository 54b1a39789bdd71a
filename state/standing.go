package state

import (
	"database/sql"
	"fmt"
	"iter"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Standing is what the state has of a key, nil for nothing, and whether a change of it has no answer yet, whoever sent it.
func (v *View) Standing(job Job, key record.Key) (known *plan.Known, doubtful bool, err error) {
	for k, err := range each(v, "SELECT "+knownColumns+` FROM known.entries e LEFT JOIN known.jobs j ON j.id = e.job
		LEFT JOIN known.held h ON h.job = ?2 AND h.ident = e.key WHERE e.target = ?1 AND e.key = ?3`,
		[]any{job.Target, job.ID, string(key)}, func(rows *sql.Rows, k **plan.Known) (err error) {
			var row knownRow
			if err := rows.Scan(row.into()...); err != nil {
				return err
			}
			*k, err = row.known()
			return err
		}) {
		if err != nil {
			return nil, false, err
		}
		known = k
	}
	stmt, err := v.prepared("SELECT EXISTS (SELECT 1 FROM known.changes WHERE target = ? AND key = ? AND outcome = 0)")
	if err == nil {
		err = stmt.QueryRowContext(background, job.Target, string(key)).Scan(&doubtful)
	}
	return known, doubtful, explain(err)
}

// WantsOf gives the entries of one key that this read parsed.
func (v *View) WantsOf(key record.Key, origin func(at uint32) string) ([]plan.Want, error) {
	return collect(each(v, "SELECT scope, attrs, at, reason, rank FROM draft.wants WHERE key = ? ORDER BY n", []any{string(key)}, func(rows *sql.Rows, w *plan.Want) error {
		var attrs sql.RawBytes
		var at uint32
		if err := rows.Scan(&w.Scope, &attrs, &at, &w.Reason, &w.Rank); err != nil {
			return err
		}
		var err error
		if w.Attrs, err = record.ParseAttrs(attrs); err != nil {
			return fmt.Errorf("read draft of %s: %w", key, err)
		}
		w.Origin = origin(at)
		return nil
	}))
}

// bearersSchema is for who has which value of an attribute, beside the draft.
const bearersSchema = "CREATE TABLE draft.bearers (value TEXT, key TEXT, role INTEGER, PRIMARY KEY (value, key)) WITHOUT ROWID"

// Role is what a key that has a value may be to others that have it.
type Role uint8

// The roles. Of several of one key the highest counts.
const (
	Comer     Role = iota // an entry that has no record yet
	Leaver                // a record that has no entry any more
	Bystander             // anybody else: the value does not tell who is meant
)

// Bearer is a key that has a value of an attribute.
type Bearer struct {
	Value string
	Key   record.Key
	Role  Role
}

// BeginBearers makes room for who has which value.
func (v *View) BeginBearers() error {
	_, err := v.conn.ExecContext(background, bearersSchema)
	return explain(err)
}

// AddBearer notes that a key has a value.
func (v *View) AddBearer(b Bearer) error {
	return explain(v.exec("INSERT INTO draft.bearers (value, key, role) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = max(role, excluded.role)",
		b.Value, string(b.Key), int64(b.Role)))
}

// Bearers gives who has a value that some comer has, value by value.
func (v *View) Bearers() iter.Seq2[Bearer, error] {
	return each(v, `SELECT b.value, b.key, b.role FROM draft.bearers b WHERE EXISTS (SELECT 1 FROM draft.bearers c WHERE c.value = b.value AND c.role = 0)
		ORDER BY b.value, b.role, b.key`, nil, func(rows *sql.Rows, b *Bearer) error { return rows.Scan(&b.Value, &b.Key, &b.Role) })
}

// Others gives what was last applied to the records of the target's other jobs.
func (v *View) Others(job Job) iter.Seq2[plan.Case, error] {
	return each(v, "SELECT "+knownColumns+` FROM known.entries e LEFT JOIN known.jobs j ON j.id = e.job LEFT JOIN known.held h ON h.job = 0
		WHERE e.target = ?1 AND e.job <> ?2 AND e.status <> 0`, []any{job.Target, job.ID}, func(rows *sql.Rows, c *plan.Case) (err error) {
		var k knownRow
		if err := rows.Scan(k.into()...); err != nil {
			return err
		}
		c.Key = record.Key(k.key)
		c.Known, err = k.known()
		return err
	})
}
