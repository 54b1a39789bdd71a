package csv

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// headError says what is wrong where the header should be.
func headError(sp span, sh shape, g grammar) error {
	switch sh {
	case more:
		return errors.New("it has no header, only blank lines; the export has probably failed")
	case unclosed:
		return fmt.Errorf("line %d: the header opens a quote that is never closed", sp.line)
	case tooLong:
		return fmt.Errorf("line %d: the header is longer than %d bytes; is a quote in it not closed, or is it no CSV?", sp.line, g.max)
	}
	return fmt.Errorf("line %d: the header has a quote where none may be, with delimiter %q (byte %d of it); set delimiter, or mend the export",
		sp.line, g.delim, sp.end-sp.start+1)
}

// names are the names in the header. A needed one must be there only once.
func (p header) names(rec []byte, line uint32, g grammar) ([]string, error) {
	var r row
	r.split(rec, g, len(rec)+1)
	if i := p.codec.undecodable(rec); i >= 0 {
		return nil, fmt.Errorf("line %d: column %d of the header %s", line, r.column(rec, g, i)+1, p.codec.wrong(rec, i))
	}
	if p.codec.single != nil && surelyUTF8(rec) {
		return nil, fmt.Errorf("line %d: the header looks like UTF-8, but encoding is %s: set encoding: auto", line, p.codec.name)
	}
	columns := make([]string, len(r.cells))
	first := map[string]int{}
	for i, cell := range r.cells {
		name := string(p.codec.text(cell))
		columns[i] = name
		if bytes.IndexByte(cell, '\r') >= 0 {
			return nil, fmt.Errorf("line %d: the header has a CR in column %d; lines must end with LF or CRLF", line, i+1)
		}
		if j, double := first[name]; double && (p.need == nil && name != "" || slices.Contains(p.need, name)) {
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
