package state

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"hash"
	"runtime"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// The pages are the slots as they are stored, raw hash and ref, and then the rest, as one run of bytes that is cut into pieces.
const (
	slotSize = 20
	pageSize = 128 << 10 / slotSize * slotSize
)

// Index loads a job's index, if it fits. The stamp says for what it was written; anything else, or a checksum that does not
// fit, means that every entry is parsed: slower, never wrong.
func (v *View) Index(job Job, digest record.Fingerprint) (*Index, error) {
	none := &Index{}
	if job.ID == 0 {
		return none, nil
	}
	var stamp, sum []byte
	var seq int64
	var slots, rest int
	err := v.conn.QueryRowContext(background, "SELECT digest, seq, slots, rest, sum FROM known.stamps WHERE job = ?", job.ID).Scan(&stamp, &seq, &slots, &rest, &sum)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!bytes.Equal(stamp, digest[:]) || slots < 0 || rest < 0 || slots > 1<<idBits || rest > 1<<idBits) {
		return none, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	var size int // before room is made for what the stamp says there is
	if err := v.conn.QueryRowContext(background, "SELECT ifnull(sum(length(data)), 0) FROM known.pages WHERE job = ?", job.ID).Scan(&size); err != nil {
		return nil, explain(err)
	}
	if size != slots*slotSize+rest*4 {
		return none, nil
	}
	whole := newPagesSum(job.ID, digest, seq, slots)
	x, err := v.pages(job.ID, slots, rest, whole)
	if err != nil || x == nil || !bytes.Equal(whole.Sum(nil), sum) {
		return none, err
	}
	var doubtful bool
	if err := v.conn.QueryRowContext(background, `SELECT EXISTS (SELECT 1 FROM known.changes WHERE seq > ? AND job = ?)
		OR EXISTS (SELECT 1 FROM known.changes WHERE target = ? AND outcome = 0)`, seq, job.ID, job.Target).Scan(&doubtful); err != nil {
		return nil, explain(err)
	}
	if doubtful { // a run that did not come to its end, or an answer that never came
		return none, nil
	}
	return x, nil
}

// pages reads a job's pages into an index, nil if they are cut elsewhere than between what they hold, and into their sum.
func (v *View) pages(job int64, slots, rest int, sum hash.Hash) (*Index, error) {
	pages := each(v, "SELECT data FROM known.pages WHERE job = ? ORDER BY n", []any{job}, func(rows *sql.Rows, page *[]byte) error { return rows.Scan(page) })
	all, ids, n := make([]slot, 0, slots), make([]uint32, 0, rest), 0
	for page, err := range ahead(pages, 1) {
		if err != nil {
			return nil, err
		}
		sum.Write(page)
		for ; len(page) >= slotSize && len(all) < slots; page = page[slotSize:] {
			all = append(all, slot{raw: record.Fingerprint(page), ref: binary.LittleEndian.Uint32(page[16:])})
		}
		for ; len(page) >= 4 && len(all) == slots && len(ids) < rest; page = page[4:] {
			ids = append(ids, binary.LittleEndian.Uint32(page))
		}
		if len(page) > 0 {
			return nil, nil
		}
		if n++; n%16 == 0 {
			runtime.GC() // the driver copies each page: left alone, as much lies about as the whole index has, and the run's peak is here
		}
	}
	if len(all) < slots || len(ids) < rest {
		return nil, nil
	}
	return newIndex(all, ids), nil
}

// newPagesSum is what pages are summed with. It covers the stamp too, so that pages of another job, an older copy, or slots that are counted
// as ids do not pass.
func newPagesSum(job int64, digest record.Fingerprint, seq int64, slots int) hash.Hash {
	h := xxh3.New128()
	var head [40]byte
	binary.LittleEndian.PutUint64(head[:], uint64(job))
	binary.LittleEndian.PutUint64(head[8:], uint64(seq))
	binary.LittleEndian.PutUint64(head[16:], uint64(slots))
	copy(head[24:], digest[:])
	h.Write(head[:])
	return h
}
