package csv

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// More misshapen rows than both of these are no accidents: the file has another structure.
const (
	misshapenRows    = 10
	misshapenPercent = 1
)

// rows makes entries of records, one after the other.
type rows struct {
	head
	name      string // for messages
	row       row
	fields    [][][]byte
	misshapen int64 // with stray quotes or another number of fields
	first     error // of them
}

func newRows(name string, h head) rows {
	return rows{head: h, name: name, fields: make([][][]byte, len(h.columns))}
}

// fault is what can be wrong with a record.
type fault uint8

const (
	unreadable fault = iota + 1 // not UTF-8, or a NUL
	misshapen                   // stray quotes, or another number of fields than the header
	torn                        // it ends where the file does, and that is too early
)

// entry makes an entry of a record; only its fingerprint is left out. An error ends the read.
func (r *rows) entry(rec []byte, sp span) (record.Entry, error) {
	kind, bad := r.fault(rec, sp)
	if bad == nil {
		for i, cell := range r.row.cells {
			r.fields[i] = nil
			if len(cell) > 0 {
				r.fields[i] = r.row.cells[i : i+1 : i+1]
			}
		}
		return record.Entry{At: sp.line, Fields: r.fields}, nil
	}
	switch {
	case kind == torn:
		return record.Entry{}, fmt.Errorf("%w, and it is the last, without a line ending: the file is torn; have it delivered again", bad)
	case kind == misshapen && sp.lines:
		return record.Entry{}, fmt.Errorf("%w, and it goes over several lines: a stray quote may have swallowed rows; mend the row", bad)
	case kind == misshapen:
		r.misshapen++
		if r.first == nil {
			r.first = bad
		}
	}
	return record.Entry{At: sp.line, Bad: bad}, nil
}

// fault takes a record apart, and says what is wrong with it. No message has anything of the row's values in it.
func (r *rows) fault(rec []byte, sp span) (fault, error) {
	if sp.stray {
		at, _ := r.end(rec, true)
		return misshapen, fmt.Errorf("%s: a quote where none may be; the export must put such a field in quotes and double those in it",
			place(r.name, sp, rec, at))
	}
	r.row.split(rec, r.delim, r.width)
	if n := r.row.count; n != r.width {
		err := fmt.Errorf("%s:%d: the row has %d fields, the header has %d (delimiter %q)", r.name, sp.line, n, r.width, r.delim)
		if sp.open && n < r.width {
			return torn, err
		}
		return misshapen, err
	}
	at := undecodable(rec)
	if at < 0 {
		return 0, nil
	}
	column := r.columns[r.row.column(rec, r.delim, at)]
	switch {
	case rec[at] == 0:
		return unreadable, fmt.Errorf("%s: %q has a NUL byte; mend the row", place(r.name, sp, rec, at), column)
	case sp.open && !utf8.FullRune(rec[at:]):
		return torn, fmt.Errorf("%s: %q ends within a character", place(r.name, sp, rec, at), column)
	}
	return unreadable, fmt.Errorf("%s: %q is not UTF-8 (byte 0x%02X); export the file as UTF-8", place(r.name, sp, rec, at), column, rec[at])
}

// judge is asked after the last row whether the file has the structure that was taken for its.
func (r *rows) judge(entries int64) error {
	if r.misshapen <= misshapenRows || r.misshapen*100 <= entries*misshapenPercent {
		return nil
	}
	return fmt.Errorf("%d of %d rows don't have the shape of the header, so the file has another structure (is %q its delimiter?); the first: %w",
		r.misshapen, entries, r.delim, r.first)
}

// place is file:line:column of the byte at offset at of a record; the column counts bytes from 1.
func place(name string, sp span, rec []byte, at int) string {
	before := rec[:at]
	line := uint64(sp.line) + uint64(bytes.Count(before, []byte{'\n'}))
	return fmt.Sprintf("%s:%d:%d", name, line, at-bytes.LastIndexByte(before, '\n'))
}
