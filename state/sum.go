package state

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/plan"
)

// row is what of an entry's row decides what is sent: all of it, but for its number.
type row struct {
	target, job       int64
	key               string
	status            plan.Status
	remoteID, natural string
	attrs             []byte
}

// sum is an entry's checksum.
func (r row) sum() int64 {
	b := make([]byte, 0, len(r.key)+len(r.remoteID)+len(r.natural)+len(r.attrs)+20)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.target))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.job))
	b = append(append(b, r.key...), 0, byte(r.status))
	b = append(append(b, r.remoteID...), 0)
	b = append(append(b, r.natural...), 0)
	return int64(xxh3.Hash(append(b, r.attrs...)))
}

func (r row) verify(sum int64) error {
	if r.sum() == sum {
		return nil
	}
	return damaged("record of " + r.key)
}

// damaged is what is said of a part of the state whose checksum does not fit.
func damaged(what string) error {
	return fmt.Errorf("the state's %s is damaged (its checksum does not fit), so nothing was sent; restore a backup, or move the state away and run `rosterd adopt`", what)
}

// seal is the checksum of values of a row, each an int64, a string or a []byte. It is a function of SQLite too, so that triggers keep it and
// queries verify it; what is written for every change is summed before, for a call from SQLite back to here costs as much as its row.
func seal(values ...any) int64 {
	var room [512]byte // enough for nearly all: on the stack
	b := room[:0]
	for _, v := range values {
		switch v := v.(type) {
		case int64:
			b = binary.LittleEndian.AppendUint64(append(b, 'i'), uint64(v))
		case string:
			b = append(binary.LittleEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.LittleEndian.AppendUint64(append(b, 'b'), uint64(len(v))), v...)
		default:
			b = fmt.Appendf(append(b, '?'), "%v", v)
		}
	}
	return int64(xxh3.Hash(b))
}
