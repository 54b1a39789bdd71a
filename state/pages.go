package state

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"runtime"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

const pageSize = 1 << 20 / slotSize * slotSize

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
	data, err := v.pages(job.ID, slots*slotSize+rest*4)
	if err != nil || data == nil || !bytes.Equal(sumPages(job.ID, digest, seq, slots, data), sum) {
		return none, err
	}
	ids := make([]uint32, rest)
	for i := range ids {
		ids[i] = binary.LittleEndian.Uint32(data[slots*slotSize+i*4:])
	}
	var doubtful bool
	if err := v.conn.QueryRowContext(background, `SELECT EXISTS (SELECT 1 FROM known.changes WHERE seq > ? AND job = ?)
		OR EXISTS (SELECT 1 FROM known.changes WHERE target = ? AND outcome = 0)`, seq, job.ID, job.Target).Scan(&doubtful); err != nil {
		return nil, explain(err)
	}
	if doubtful { // a run that did not come to its end, or an answer that never came
		return none, nil
	}
	return newIndex(data[:slots*slotSize], ids), nil
}

// pages reads a job's pages, nil if they are not of that size.
func (v *View) pages(job int64, size int) ([]byte, error) {
	rows, err := v.conn.QueryContext(background, "SELECT data FROM known.pages WHERE job = ? ORDER BY n", job)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	data := make([]byte, 0, size)
	for rows.Next() {
		var page sql.RawBytes
		if err := rows.Scan(&page); err != nil {
			return nil, explain(err)
		}
		if len(data)+len(page) > size {
			return nil, nil
		}
		data = append(data, page...)
		if len(data)%(4*pageSize) == 0 {
			runtime.GC() // the driver copies each page: left alone, as much lies about as the whole index has, and the run's peak is here
		}
	}
	if len(data) != size {
		return nil, explain(rows.Err())
	}
	return data, explain(rows.Err())
}

// sumPages covers the stamp too, so that pages of another job, an older copy, or slots that are counted as ids do not pass.
func sumPages(job int64, digest record.Fingerprint, seq int64, slots int, data []byte) []byte {
	h := xxh3.New128()
	var head [40]byte
	binary.LittleEndian.PutUint64(head[:], uint64(job))
	binary.LittleEndian.PutUint64(head[8:], uint64(seq))
	binary.LittleEndian.PutUint64(head[16:], uint64(slots))
	copy(head[24:], digest[:])
	h.Write(head[:])
	h.Write(data)
	sum := h.Sum128().Bytes()
	return sum[:]
}
