package state

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// SQLite ends its log at the first frame whose checksum does not fit, for that is how a power cut leaves it. Where a frame is damaged
// afterwards, all that was committed behind it would be gone without a word, and what the target was told with it. The two can be told
// apart: a commit is synced before the next one begins, so a power cut leaves at most one commit behind the frame where the log ends.
//
//	header                     of 32 bytes: magic, version, page size, sequence, two salts, checksum
//	frame │ frame │ ...        each of 24 bytes and a page; it counts if its salts are the header's and its checksum goes on from the last one's
//
// See https://www.sqlite.org/fileformat2.html#walformat.
const (
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // the last bit says in which order checksums read their words
)

// intact says whether the log of the state at path is whole. Another process may be writing to it: what it finds it must find again.
// The log may be opened as any other file is: SQLite's locks are on the others.
func intact(path string) error {
	for try := 0; ; try++ {
		ok, err := wholeFile(path + "-wal")
		if ok || err != nil {
			return err
		}
		if try == 3 {
			return fmt.Errorf("what was written last is damaged (a checksum in %s-wal does not fit): restore a backup, or move the state and its -wal away and run `rosterd adopt`", path)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// wholeFile reads no further than the log was long at first, whoever goes on writing to it, and a frame at a time: beside a long run it is large.
func wholeFile(path string) (ok bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	return whole(bufio.NewReaderSize(io.LimitReader(f, info.Size()), 1<<18))
}

// whole reports whether a log ends as one may end.
func whole(r io.Reader) (ok bool, err error) {
	log := make([]byte, logHeader)
	if ended, err := fill(r, log); ended || err != nil {
		return ended, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if log[3]&1 == 1 {
		order = binary.BigEndian
	}
	sum := logSum(order, [2]uint32{}, log[:24])
	size := int(binary.BigEndian.Uint32(log[8:]))
	if binary.BigEndian.Uint32(log)&^1 != logMagic || sum != sumAt(log[24:]) || size < 512 || size > 65536 {
		return false, nil
	}
	salts, valid, commits := string(log[16:24]), true, 0
	frame := make([]byte, frameHeader+size)
	for {
		if ended, err := fill(r, frame); err != nil {
			return false, err
		} else if ended {
			return commits < 2, nil
		}
		ours := string(frame[8:16]) == salts
		if valid {
			sum = logSum(order, logSum(order, sum, frame[:8]), frame[frameHeader:])
			valid = ours && sum == sumAt(frame[16:])
		}
		if !valid && ours && binary.BigEndian.Uint32(frame[4:]) != 0 {
			commits++
		}
	}
}

// fill reads all of b, or says that the log has no more of that.
func fill(r io.Reader, b []byte) (ended bool, err error) {
	_, err = io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true, nil
	}
	return false, err
}

func sumAt(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// logSum is the log's checksum, going on from s.
func logSum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}
