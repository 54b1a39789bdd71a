package csv

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// rows makes entries of the records of one file, one after the other.
type rows struct {
	head
	lines
	codec    codec
	trailer  trailer
	nulls    []string // cells that mean nothing, but for the empty one
	order    []int    // place in fields of each cell; nil: the same
	row      row
	fields   [][][]byte
	unquoted bool  // quotes are characters like any other
	proven   bool  // a trailer or a checksum shows that the file is whole
	entries  int64 // known ones included
	odd      oddities
}

func newRows(f *feed, in lines, c Config, width int) rows {
	r := rows{head: f.head, lines: in, codec: f.codec, trailer: f.trailer(c), order: f.order, fields: make([][][]byte, width)}
	r.unquoted, r.proven = c.NoQuote, c.Trailer != nil || unpacker(f.path, nil) != nil
	for _, text := range c.Null {
		if text != "" {
			r.nulls = append(r.nulls, text)
		}
	}
	return r
}

// fault is what can be wrong with a record.
type fault uint8

const (
	unreadable fault = iota + 1 // not in the encoding, or a NUL
	misshapen                   // stray quotes, or another number of fields than the header
	torn                        // it ends where the file does, and that is too early
)

// entry makes an entry of a record; only its fingerprint is left out. An error ends the read.
func (r *rows) entry(rec []byte, sp span) (record.Entry, error) {
	if r.trailer.is(rec) {
		return record.Entry{}, fmt.Errorf("%s: the row looks like the trailer, but it is not the last line: two files were joined, or one was appended to; have it delivered again",
			r.at(sp.line))
	}
	kind, bad := r.fault(rec, sp)
	if bad == nil {
		if r.isHeader() {
			return record.Entry{}, fmt.Errorf("%s: the row has the names of the columns: two files were joined; have it delivered again", r.at(sp.line))
		}
		r.fill()
		return record.Entry{At: sp.line, Fields: r.fields, Open: sp.open && !r.proven && !r.closed(rec)}, nil
	}
	switch {
	case kind == torn:
		return record.Entry{}, fmt.Errorf("%w, and it is the last, without a line ending: the file is torn; have it delivered again", bad)
	case kind == misshapen && sp.lines:
		return record.Entry{}, fmt.Errorf("%w, and it goes over several lines: a stray quote may have swallowed rows; mend the row", bad)
	}
	r.odd.count(kind, bad)
	if kind == unreadable {
		r.legible(rec)
		return record.Entry{At: sp.line, Fields: r.fields, Bad: bad}, nil
	}
	return record.Entry{At: sp.line, Bad: bad}, nil
}

// legible puts the cells of an unreadable record where the layout has them, so that its key tells who is held by it. A cell that is not
// in the encoding stands there as two values: an expression that uses it as one fails, and does not go on with a part of it.
func (r *rows) legible(rec []byte) {
	r.row.split(rec, r.grammar, r.width)
	garbled := r.codec.garbles(rec) >= 0 // then whatever is beyond ASCII may be
	var wrong []int
	for i, cell := range r.row.cells {
		if r.codec.undecodable(cell) >= 0 || garbled && beyond(cell) >= 0 {
			wrong = append(wrong, i)
			r.row.cells[i] = nil
		}
	}
	if r.codec.single != nil {
		r.row.decode(r.codec)
	}
	r.fill()
	for _, i := range wrong {
		if r.order != nil {
			i = r.order[i]
		}
		r.fields[i] = [][]byte{nil, nil}
	}
}

// closed reports whether a record ends with a closing quote: then nothing is missing of its last cell.
func (r *rows) closed(rec []byte) bool { return !r.unquoted && len(rec) > 0 && rec[len(rec)-1] == '"' }

// isHeader reports whether the row at hand is the header once more.
func (r *rows) isHeader() bool {
	for i, cell := range r.row.cells {
		if string(cell) != r.columns[i] {
			return false
		}
	}
	return true
}

// fill puts the cells where the layout has them.
func (r *rows) fill() {
	if r.order == nil && r.nulls == nil { // most feeds
		for i, cell := range r.row.cells {
			r.fields[i] = nil
			if len(cell) > 0 {
				r.fields[i] = r.row.cells[i : i+1 : i+1]
			}
		}
		return
	}
	for i := range r.row.cells {
		at := i
		if r.order != nil {
			at = r.order[i]
		}
		r.fields[at] = nil
		if cell := r.row.cells[i]; len(cell) > 0 && !r.isNull(cell) {
			r.fields[at] = r.row.cells[i : i+1 : i+1]
		}
	}
}

func (r *rows) isNull(cell []byte) bool {
	for _, text := range r.nulls {
		if string(cell) == text {
			return true
		}
	}
	return false
}

// fault takes a record apart, and says what is wrong with it. No message has anything of the row's values in it.
func (r *rows) fault(rec []byte, sp span) (fault, error) {
	if sp.stray {
		at, _ := r.end(rec, index(rec, 0, '"'), index(rec, 0, '\n'), true)
		return misshapen, fmt.Errorf("%s: a quote where none may be; the export must put such a field in quotes and double those in it",
			r.place(sp, rec, at))
	}
	r.row.split(rec, r.grammar, r.width)
	if n := r.row.count; n != r.width {
		expected := "the header has"
		if r.given {
			expected = "columns names"
		}
		err := fmt.Errorf("%s: the row has %d fields, %s %d (delimiter %q)", r.at(sp.line), n, expected, r.width, r.delim)
		if sp.open && n < r.width {
			return torn, err
		}
		return misshapen, err
	}
	at := r.codec.undecodable(rec)
	if at < 0 {
		if r.codec.single == nil || !r.row.decode(r.codec) {
			return 0, nil
		}
		r.odd.decoded(rec)
		at := r.codec.garbles(rec)
		if at < 0 {
			return 0, nil
		}
		r.odd.garbled++
		return unreadable, fmt.Errorf("%s: %q looks like UTF-8, but encoding is %s: have the export write one encoding, and set encoding to that",
			r.place(sp, rec, at), r.columnAt(rec, at), r.codec.name)
	}
	column := r.columnAt(rec, at)
	if sp.open && r.codec.cut(rec[at:]) {
		return torn, fmt.Errorf("%s: %q ends within a character", r.place(sp, rec, at), column)
	}
	return unreadable, fmt.Errorf("%s: %q %s", r.place(sp, rec, at), column, r.codec.wrong(rec, at))
}

// columnAt is the name of the column in which the byte at offset at of rec lies. The cells are left as they are.
func (r *rows) columnAt(rec []byte, at int) string {
	var before row
	return r.columns[before.column(rec, r.grammar, at)]
}

// judge is asked after the last row whether the file is what it was taken for, and whole. trail is what follows that row.
func (r *rows) judge(trail []byte) error {
	if err := r.odd.judge(r.entries, r.head, r.codec); err != nil {
		return err
	}
	return r.trailer.check(trail, r.entries)
}

// cut reports whether the end of a file, which has no character, may be the beginning of one.
func (c *codec) cut(rest []byte) bool {
	switch {
	case c.lossy:
		return string(rest) == string(utf8.RuneError)
	case c.single != nil || c.decode != nil:
		return false
	}
	return !utf8.FullRune(rest)
}

// lines is where the lines of one file are among those of all.
type lines struct {
	name string // of the file
	base uint32 // lines of the files before it
}

// at is file:line.
func (l lines) at(line uint32) string {
	return l.name + ":" + strconv.FormatUint(uint64(line-l.base), 10)
}

// place is file:line:column of the byte at offset at of a record; the column counts bytes from 1, those of UTF-8 where the
// whole text was decoded.
func (l lines) place(sp span, rec []byte, at int) string {
	before := rec[:at]
	line := uint64(sp.line-l.base) + uint64(bytes.Count(before, []byte{'\n'}))
	return fmt.Sprintf("%s:%d:%d", l.name, line, at-bytes.LastIndexByte(before, '\n'))
}
