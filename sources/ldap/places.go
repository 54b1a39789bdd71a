package ldap

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// places keeps the DN of every entry of a read, for people: any of them may come to be held. They go into a file without a name,
// because there may be millions and hardly one is asked for.
type places struct {
	file   *os.File
	starts []int64 // where each group of them begins
	size   int64
	n      uint32
	tail   []byte // what is not in the file yet
}

const (
	placesEvery = 32       // DNs of a group, which are read to find one
	placesTail  = 64 << 10 // bytes that are written at a time
	placesMost  = 16 << 30 // bytes of all: 300 for each of maxEntries
)

// add takes the DN of the next entry.
func (p *places) add(dn []byte) error {
	if p.size > placesMost {
		return fmt.Errorf("keep the names of entries: those of %d take more than %d bytes, so that the server does not seem to come to an end", p.n, placesMost)
	}
	if p.n%placesEvery == 0 {
		p.starts = append(p.starts, p.size)
	}
	before := len(p.tail)
	p.tail = append(binary.AppendUvarint(p.tail, uint64(len(dn))), dn...)
	p.size += int64(len(p.tail) - before)
	p.n++
	if len(p.tail) < placesTail {
		return nil
	}
	return p.write()
}

// write empties the tail into the file.
func (p *places) write() (err error) {
	if p.file == nil {
		if p.file, err = os.CreateTemp("", "rosterd-*.places"); err != nil {
			return fmt.Errorf("keep the names of entries: %w", err)
		}
		if err := os.Remove(p.file.Name()); err != nil {
			return fmt.Errorf("keep the names of entries: %w", err)
		}
	}
	if _, err := p.file.Write(p.tail); err != nil {
		return fmt.Errorf("keep the names of entries: %w", err)
	}
	p.tail = p.tail[:0]
	return nil
}

// dn is the DN of the entry with that count, the first being 1.
func (p *places) dn(at uint32) string {
	if at == 0 || at > p.n {
		return fmt.Sprintf("entry %d", at)
	}
	text, err := p.find((at-1)/placesEvery, (at-1)%placesEvery)
	if err != nil {
		return fmt.Sprintf("entry %d", at) // it only names the place
	}
	return text
}

// find gives one DN of a group of them.
func (p *places) find(group, skip uint32) (string, error) {
	from, to, written := p.starts[group], p.size, p.size-int64(len(p.tail))
	if int(group)+1 < len(p.starts) {
		to = p.starts[group+1]
	}
	all := make([]byte, to-from)
	n := 0
	if from < written {
		n = int(min(to, written) - from)
		if _, err := p.file.ReadAt(all[:n], from); err != nil {
			return "", err
		}
	}
	copy(all[n:], p.tail[max(0, from-written):])
	for ; ; skip-- {
		size, n := binary.Uvarint(all)
		if n <= 0 || uint64(len(all)-n) < size {
			return "", io.ErrUnexpectedEOF
		}
		if skip == 0 {
			return string(all[n : n+int(size)]), nil
		}
		all = all[n+int(size):]
	}
}

func (p *places) close() error {
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file, p.n = nil, 0
	return err
}
