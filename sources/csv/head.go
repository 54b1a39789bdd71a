package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// probe is how many bytes are looked at for the header and the delimiter, unless the header is longer.
const probe = 64 << 10

// head is what the beginning of a file says.
type head struct {
	grammar
	columns []string
	given   bool   // the columns are from the configuration: there is no header
	body    int64  // offset of the byte after the header
	line    uint32 // its line, from 1
}

// header is what the beginning of a file is read with.
type header struct {
	delim   byte // 0: to be found
	plain   bool
	max     int
	columns []string // nil: the file has them
	skip    int      // lines before them
	need    []string
	codec   codec
	trailer trailer
}

// read reads the header and makes sure of the delimiter.
func (p header) read(text io.ReaderAt) (head, error) {
	for size := probe; ; size *= 2 {
		b := make([]byte, size)
		n, err := text.ReadAt(b, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return head{}, err
		}
		last := n < size
		h, sh, err := p.parse(b[:n], last)
		if sh != more || last || size > probe+p.max {
			return h, err
		}
	}
}

// parse is read on the beginning of a text. last: that is all of it; else the shape more says that it is not enough.
func (p header) parse(b []byte, last bool) (head, shape, error) {
	text := bytes.TrimPrefix(b, bom)
	if err := p.readable(text); err != nil {
		return head{}, whole, err
	}
	from := len(b) - len(text) // of text in b
	n := p.trailer.held(text)
	if last {
		if _, _, err := p.trailer.count(text[n:]); err != nil {
			return head{}, whole, err
		}
	}
	text = text[:n]
	for passed := range p.skip {
		end := index(text, 0, '\n')
		switch {
		case end < len(text):
			text, from = text[end+1:], from+end+1
		case last:
			return head{}, whole, fmt.Errorf("it has only %d whole lines, and skip_lines is %d; the export has probably failed", passed, p.skip)
		default:
			return head{}, more, fmt.Errorf("the lines that skip_lines passes over have more than %d bytes; is it no CSV?", len(b))
		}
	}
	g := grammar{delim: p.delim, plain: p.plain, width: len(p.columns), max: p.max}
	if g.delim == 0 {
		var sh shape
		var err error
		if g.delim, sh, err = delimiter(text, last, g); err != nil {
			return head{}, sh, err
		}
	}
	s := scanner{grammar: g, b: text, last: last, quote: -1, line: uint32(p.skip) + 1}
	sp, sh := s.next()
	if p.columns != nil {
		return head{grammar: g, columns: p.columns, given: true, body: int64(from), line: uint32(p.skip) + 1}, sh, p.headless(text, sp, sh, g)
	}
	if sh != whole {
		return head{}, sh, headError(sp, sh, g)
	}
	columns, err := p.names(text[sp.start:sp.end], sp.line, g)
	g.width = len(columns)
	return head{grammar: g, columns: columns, body: int64(from + s.p), line: s.line}, whole, err
}

// readable reports as an error that a text is surely none.
func (p header) readable(text []byte) error {
	if len(text) == 0 {
		return errors.New("it is empty, without even a header; the export has probably failed")
	}
	i := bytes.IndexByte(text[:index(text, 0, '\n')], 0)
	switch wide := wideOf(text[:min(len(text), sample)]); {
	case i < 0 || p.codec.decode != nil:
		return nil
	case wide != "":
		return fmt.Errorf("line 1 has a NUL byte at column %d: it looks like %s without a byte order mark: set encoding: %s", i+1, wide, wide)
	}
	return fmt.Errorf("line 1 has a NUL byte at column %d, so it is no text; export it as CSV in UTF-8", i+1)
}

// headless looks at the first row of a file without a header.
func (p header) headless(text []byte, sp span, sh shape, g grammar) error {
	if sh != whole || sp.stray {
		return nil // the reading finds it, with what is wrong
	}
	var r row
	r.split(text[sp.start:sp.end], g, sp.end-sp.start+1)
	if r.count != g.width {
		return fmt.Errorf("line %d: the first row has %d fields, and columns names %d (delimiter %q): mend columns, or set delimiter",
			sp.line, r.count, g.width, g.delim)
	}
	for i, cell := range r.cells {
		if !strings.EqualFold(string(p.codec.text(cell)), p.columns[i]) {
			return nil
		}
	}
	return fmt.Errorf("line %d: the first row has the names of the columns: leave columns out and set header: true", sp.line)
}
