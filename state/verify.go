package state

import (
	"database/sql"
	"encoding/binary"

	"github.com/rosterd/rosterd/sync/record"
)

// schemaOf asks for all of a schema. What stands in it decides what a statement does, so it has a checksum too.
func schemaOf(database string) string {
	return "SELECT ifnull(group_concat(sql, char(10)), '') FROM (SELECT sql FROM " + database + ".sqlite_master WHERE sql <> '' ORDER BY type, name)"
}

// Verify looks at everything in the state that decides what is sent, but for records, which are verified when they are read. An error says
// what is damaged.
func (v *View) Verify() error {
	var text string
	var sum []byte
	err := v.conn.QueryRowContext(background, schemaOf("known")).Scan(&text)
	if err == nil {
		err = v.conn.QueryRowContext(background, "SELECT ifnull((SELECT value FROM known.meta WHERE name = 'schema'), x'')").Scan(&sum)
	}
	if err != nil {
		return explain(err)
	}
	if string(sum) != string(binary.LittleEndian.AppendUint64(nil, uint64(seal(text)))) {
		return damaged("schema")
	}
	for what, err := range each(v, "SELECT what FROM known.damaged LIMIT 1", nil, func(rows *sql.Rows, what *string) error { return rows.Scan(what) }) {
		if err != nil {
			return err
		}
		return damaged(what)
	}
	return nil
}

// keyed finds a record that has an entry in this read, and that looking its key up does not find: a damaged index of keys would have a
// second one made. By the index of entries those are looked at that were not recognised, without it all.
func (v *View) keyed(job Job, x *Index, parsed bitmap) error {
	from := "known.entries e NOT INDEXED"
	if x.Usable() {
		from = "draft.missing m CROSS JOIN known.entries e ON e.id = m.id"
	}
	type found struct {
		id  uint32
		key record.Key
	}
	for f, err := range each(v, "SELECT e.id, e.key FROM "+from+" WHERE e.target = ? AND e.key <> '' AND EXISTS (SELECT 1 FROM draft.wants w WHERE w.key = e.key)",
		[]any{job.Target}, func(rows *sql.Rows, f *found) error { return rows.Scan(&f.id, &f.key) }) {
		if err != nil {
			return err
		}
		if !parsed.has(f.id) {
			return damaged("index of keys, at " + string(f.key) + ",")
		}
	}
	return nil
}
