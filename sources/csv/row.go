package csv

import (
	"bytes"
	"unicode/utf8"
)

// row is the fields of one record, its buffers used again for the next.
type row struct {
	cells [][]byte // text of each field, as many as there is room for
	count int      // fields there are
	text  []byte   // of cells that had to be rewritten
}

// split takes a record without stray quotes apart and keeps at most room cells. They are valid until the next split and
// as long as rec is. A CRLF within quotes is an LF.
func (r *row) split(rec []byte, g grammar, room int) {
	r.cells, r.text, r.count = r.cells[:0], r.text[:0], 0
	delim, plain := g.delim, g.plain
	for p := 0; ; p++ { // behind a delimiter
		var cell []byte
		if p < len(rec) && rec[p] == '"' && !plain {
			from, rewrite := p+1, false
			p = index(rec, from, '"')
			for p+1 < len(rec) && rec[p+1] == '"' {
				p, rewrite = index(rec, p+2, '"'), true
			}
			cell = rec[from:p]
			if rewrite || bytes.IndexByte(cell, '\r') >= 0 {
				cell = r.rewrite(cell)
			}
			p++
		} else {
			from := p
			p = index(rec, p, delim)
			cell = rec[from:p]
		}
		r.count++
		if len(r.cells) < room {
			r.cells = append(r.cells, cell)
		}
		if p >= len(rec) {
			return
		}
	}
}

// rewrite halves doubled quotes and turns CRLF into LF.
func (r *row) rewrite(cell []byte) []byte {
	from := len(r.text)
	for i := 0; i < len(cell); i++ {
		c := cell[i]
		if c == '\r' && i+1 < len(cell) && cell[i+1] == '\n' {
			continue
		}
		r.text = append(r.text, c)
		if c == '"' {
			i++
		}
	}
	return r.text[from:len(r.text):len(r.text)]
}

// decode turns the cells into UTF-8 where they are in an encoding of one byte. It reports whether any was beyond ASCII.
func (r *row) decode(c codec) (high bool) {
	for i, cell := range r.cells {
		if beyond(cell) >= 0 {
			from := len(r.text)
			r.text = c.append(r.text, cell)
			r.cells[i], high = r.text[from:len(r.text):len(r.text)], true
		}
	}
	return high
}

// column is the number of the cell, from 0, in which the byte at offset at of rec lies.
func (r *row) column(rec []byte, g grammar, at int) int {
	r.split(rec[:at], g, 0) // quotes that the cut left open end with it
	return r.count - 1
}

// undecodable is the first byte of b that is not UTF-8 or is a NUL, -1 if there is none.
func undecodable(b []byte) int {
	nul := bytes.IndexByte(b, 0)
	if utf8.Valid(b) {
		return nul
	}
	for i := 0; ; {
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 || i == nul {
			return i
		}
		i += n
	}
}
