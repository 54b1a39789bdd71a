package state

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// index rewrites the pages: the slots that were hit and are not in doubt, and those of the entries that were parsed and now say
// just what was last applied.
func (f *finisher) index(x *Index, digest record.Fingerprint) error {
	doubtful, err := f.view.ids("SELECT e.id FROM draft.doubt d CROSS JOIN known.entries e ON e.target = ? AND e.key = d.key", f.run.Targ)
	if err != nil {
		return err
	}
	fresh, err := f.slots()
	if err != nil {
		return err
	}
	var sent bool
	if err := f.view.conn.QueryRowContext(background, "SELECT EXISTS (SELECT 1 FROM draft.changes)").Scan(&sent); err != nil {
		return err
	}
	if x.Usable() && len(fresh) == 0 && doubtful == nil && x.allSeen() && !sent {
		return nil // the pages would come out the same, and their stamp still fits
	}
	slots := mergeSlots(x, fresh, doubtful)
	var has, all bitmap
	for i := range slots {
		has.set(slots[i].id())
	}
	if x.Usable() {
		for id := range x.ids() {
			all.set(id)
		}
		more, err := f.view.ids("SELECT e.id FROM draft.wants w CROSS JOIN known.entries e ON e.target = ? AND e.key = w.key AND e.job = ?", f.run.Targ, f.run.Job)
		if err != nil {
			return err
		}
		all.add(more)
	} else if all, err = f.view.ids("SELECT id FROM known.entries NOT INDEXED WHERE target = ? AND job = ?", f.run.Targ, f.run.Job); err != nil {
		return err
	}
	var rest []uint32
	for id := range all.members() {
		if has.has(id) {
			continue
		}
		record, err := f.isRecord(id)
		if err != nil {
			return err
		}
		if record {
			rest = append(rest, id)
		}
	}
	return f.pages(digest, slots, rest)
}

// isRecord reports whether an id that has no slot is a record's. A ghost that nobody saw goes.
func (f *finisher) isRecord(id uint32) (is bool, err error) {
	err = f.conn.QueryRowContext(background, "SELECT EXISTS (SELECT 1 FROM entries WHERE id = ? AND status <> 0)", int64(id)).Scan(&is)
	if err == nil && !is {
		_, err = f.conn.ExecContext(background, `DELETE FROM entries WHERE id = ?1 AND status = 0 AND job = ?2
			AND NOT EXISTS (SELECT 1 FROM jobs a, jobs b WHERE a.id = ?2 AND b.target = a.target AND b.id <> a.id)`, int64(id), f.run.Job)
	}
	return is, err
}

// slots are those of the entries that were parsed, sorted. A key that was never seen and needs no record gets an id, as a ghost:
// the index has to know it again, lest a second entry of it go unnoticed.
func (f *finisher) slots() ([]slot, error) {
	ghost, err := f.conn.PrepareContext(background, "INSERT INTO entries (target, key, job, status, remote_id, natural, attrs, sum, aged) VALUES (?1, ?2, ?3, 0, '', '', ?4, ?5, seal(?2, 0, 0, 0)) ON CONFLICT DO UPDATE SET key = key RETURNING id")
	if err != nil {
		return nil, err
	}
	defer ghost.Close()
	var most int // all of them: grown step by step, the slots of a million entries would take twice their room
	if err := f.view.conn.QueryRowContext(background, "SELECT ifnull(max(n), 0) FROM draft.wants").Scan(&most); err != nil {
		return nil, err
	}
	// Another job may have made a record since it was judged: to this one it is no more than a ghost out of scope, and in scope its entry is held.
	rows, err := f.view.conn.QueryContext(background, `SELECT w.raw, w.scope, w.key, ifnull(e.id, 0), iif(e.job = ?2, e.status, 0) FROM draft.wants w
		LEFT JOIN known.entries e ON e.target = ?1 AND e.key = w.key
		WHERE w.key <> '' AND NOT EXISTS (SELECT 1 FROM draft.doubt d WHERE d.key = w.key)
		AND (w.scope = ?3 OR e.id IS NULL OR e.status = 0 OR e.job = ?2) ORDER BY w.key`, f.run.Targ, f.run.Job, int64(plan.OutOfScope))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	slots := make([]slot, 0, most)
	var key, last string
	var id, lastID int64
	for rows.Next() {
		var raw sql.RawBytes
		var scope plan.Scope
		var status plan.Status
		if err := rows.Scan(&raw, &scope, &key, &id, &status); err != nil {
			return nil, err
		}
		if id == 0 && key == last {
			id = lastID
		}
		if id == 0 {
			if err := ghost.QueryRowContext(background, f.run.Targ, key, f.run.Job, []byte("{}"), row{f.run.Targ, f.run.Job, key, plan.Ghost, "", "", []byte("{}")}.sum()).Scan(&id); err != nil {
				return nil, err
			}
		}
		last, lastID = key, id
		slots = append(slots, slot{raw: record.Fingerprint(raw), ref: refOf(classOf(scope, status), uint32(id))})
	}
	sortSlots(slots)
	return slots, rows.Err()
}

func classOf(scope plan.Scope, status plan.Status) class {
	switch {
	case scope == plan.OutOfScope && status == plan.Active:
		return classOutKept
	case scope == plan.OutOfScope && status != plan.Ghost:
		return classOutOff
	case scope == plan.OutOfScope:
		return classOutside
	case status == plan.Ghost:
		return classNotNeeded
	default:
		return classRecord
	}
}

func (f *finisher) pages(digest record.Fingerprint, slots []slot, rest []uint32) error {
	// Whoever settles a change that has no answer yet may make a record that these pages do not know.
	var seq int64
	if err := f.conn.QueryRowContext(background, `SELECT ifnull((SELECT min(seq) - 1 FROM changes WHERE target = ? AND job = ? AND outcome = 0),
		(SELECT ifnull(max(seq), 0) FROM changes))`, f.run.Targ, f.run.Job).Scan(&seq); err != nil {
		return err
	}
	if _, err := f.conn.ExecContext(background, "DELETE FROM pages WHERE job = ?", f.run.Job); err != nil {
		return err
	}
	sum := newPagesSum(f.run.Job, digest, seq, len(slots))
	n := 0
	for page := range pagesOf(slots, rest) {
		sum.Write(page)
		if _, err := f.conn.ExecContext(background, "INSERT INTO pages (job, n, data) VALUES (?, ?, ?)", f.run.Job, n, page); err != nil {
			return err
		}
		n++
	}
	_, err := f.conn.ExecContext(background, "INSERT OR REPLACE INTO stamps (job, digest, seq, slots, rest, sum) VALUES (?, ?, ?, ?, ?, ?)",
		f.run.Job, digest[:], seq, len(slots), len(rest), sum.Sum(nil))
	return err
}

// pagesOf are the pages to be stored, each until the next one is asked for.
func pagesOf(slots []slot, rest []uint32) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		page := make([]byte, 0, pageSize)
		for i := range slots {
			if page = binary.LittleEndian.AppendUint32(append(page, slots[i].raw[:]...), slots[i].ref); len(page) == pageSize {
				if !yield(page) {
					return
				}
				page = page[:0]
			}
		}
		for _, id := range rest {
			if page = binary.LittleEndian.AppendUint32(page, id); len(page) == pageSize {
				if !yield(page) {
					return
				}
				page = page[:0]
			}
		}
		if len(page) > 0 {
			yield(page)
		}
	}
}

// sortSlots sorts slots by their hashes, in place.
func sortSlots(slots []slot) { slices.SortFunc(slots, compareSlots) }

func compareSlots(a, b slot) int { return bytes.Compare(a.raw[:], b.raw[:]) }

// mergeSlots joins the slots of an index that were hit and are not in doubt with new ones; both are sorted.
func mergeSlots(x *Index, fresh []slot, doubtful bitmap) []slot {
	if !x.Usable() {
		return fresh
	}
	out := make([]slot, 0, len(x.slots)+len(fresh))
	for _, s := range x.slots {
		if s.at == 0 || doubtful.has(s.id()) {
			continue
		}
		for len(fresh) > 0 && compareSlots(fresh[0], s) < 0 {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
		out = append(out, s)
	}
	return append(out, fresh...)
}
