package csv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// probe is how many bytes are looked at for the header and the delimiter, unless the header is longer.
const probe = 64 << 10

// head is what the beginning of a file says.
type head struct {
	grammar
	columns []string
	body    int64  // offset of the byte after the header
	line    uint32 // its line, from 1
}

var bom = []byte("\xEF\xBB\xBF")

// readHead reads the header and makes sure of the delimiter.
func readHead(f io.ReaderAt, c Config, need []string) (head, error) {
	for size := probe; ; size *= 2 {
		b := make([]byte, size)
		n, err := f.ReadAt(b, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return head{}, err
		}
		last := n < size
		h, sh, err := parseHead(b[:n], last, c, need)
		if sh != more || last || size > probe+c.MaxRecord {
			return h, err
		}
	}
}

// parseHead is readHead on the beginning of a file. last: that is all of it; else the shape more says that it is not enough.
func parseHead(b []byte, last bool, c Config, need []string) (head, shape, error) {
	text := bytes.TrimPrefix(b, bom)
	if err := readable(text); err != nil {
		return head{}, whole, err
	}
	g := grammar{delim: c.Delimiter, max: c.MaxRecord}
	if g.delim == 0 {
		var sh shape
		var err error
		if g.delim, sh, err = delimiter(text, last, c.MaxRecord); err != nil {
			return head{}, sh, err
		}
	}
	s := scanner{grammar: g, b: text, last: last, quote: -1, line: 1}
	sp, sh := s.next()
	if sh != whole {
		return head{}, sh, headError(sp, sh, g)
	}
	columns, err := names(text[sp.start:sp.end], sp.line, g.delim, need)
	g.width = len(columns)
	return head{grammar: g, columns: columns, body: int64(len(b) - len(text) + s.p), line: s.line}, whole, err
}

// readable reports as an error that a file is surely not text in UTF-8.
func readable(text []byte) error {
	if len(text) == 0 {
		return errors.New("it is empty, without even a header; the export has probably failed")
	}
	if bytes.HasPrefix(text, []byte("\xFF\xFE")) || bytes.HasPrefix(text, []byte("\xFE\xFF")) {
		return errors.New("it is UTF-16; export it as UTF-8")
	}
	if i := bytes.IndexByte(text[:index(text, 0, '\n')], 0); i >= 0 {
		return fmt.Errorf("line 1 has a NUL byte at column %d: it is UTF-16 or no text at all; export it as CSV in UTF-8", i+1)
	}
	return nil
}

// headError says what is wrong where the header should be.
func headError(sp span, sh shape, g grammar) error {
	switch sh {
	case more:
		return errors.New("it begins with blank lines and has no header; the export has probably failed")
	case unclosed:
		return fmt.Errorf("line %d: the header opens a quote that is never closed", sp.line)
	case tooLong:
		return fmt.Errorf("line %d: the header is longer than %d bytes; is a quote in it not closed, or is it no CSV?", sp.line, g.max)
	}
	return fmt.Errorf("line %d: the header has a quote where none may be, with delimiter %q (byte %d of it); set delimiter, or mend the export",
		sp.line, g.delim, sp.end-sp.start+1)
}

// names are the names in the header. A needed one must be there only once.
func names(rec []byte, line uint32, delim byte, need []string) ([]string, error) {
	var r row
	r.split(rec, delim, len(rec)+1)
	if i := undecodable(rec); i >= 0 {
		return nil, fmt.Errorf("line %d: the header is not UTF-8 (byte 0x%02X in column %d); export the file as UTF-8", line,
			rec[i], r.column(rec, delim, i)+1)
	}
	columns := make([]string, len(r.cells))
	first := map[string]int{}
	for i, cell := range r.cells {
		name := string(cell)
		columns[i] = name
		if bytes.IndexByte(cell, '\r') >= 0 {
			return nil, fmt.Errorf("line %d: the header has a CR in column %d; lines must end with LF or CRLF", line, i+1)
		}
		if j, double := first[name]; double && (need == nil && name != "" || slices.Contains(need, name)) {
			return nil, fmt.Errorf("line %d: the header has %q twice, in columns %d and %d, so it is not known which is meant; name them apart in the export",
				line, name, j+1, i+1)
		}
		if _, double := first[name]; !double {
			first[name] = i
		}
	}
	if len(first) == 1 && columns[0] == "" {
		return nil, fmt.Errorf("line %d: the header has no names; the first line must name the columns", line)
	}
	return columns, nil
}

// layout is the columns and a digest of all that decides how a row's bytes are read.
func (h head) layout() record.Layout {
	b := []byte{h.delim}
	b = append(b, "utf-8"...)
	for _, name := range h.columns {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	return record.Layout{Columns: h.columns, Digest: xxh3.Hash128(b).Bytes()}
}
