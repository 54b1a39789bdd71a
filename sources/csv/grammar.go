package csv

import "bytes"

// grammar is how bytes fall into records and fields: RFC 4180 with one delimiter, LF or CRLF at the end of a record.
type grammar struct {
	delim byte
	plain bool // quotes are characters like any other
	width int  // fields of the header; 0 while that is read
	max   int  // bytes of the longest record, without its line ending
}

// shape is what was found where a record begins.
type shape uint8

const (
	whole    shape = iota // a record
	more                  // its end is not in these bytes
	unclosed              // the file ends within quotes
	stray                 // a quote where none may be
	tooLong               // no end within max
)

// end finds the length of the record at the beginning of b, without its line ending. last: the file ends with b. For a
// stray quote n is where that is. quote and newline are the first ones of each, which the caller has looked for already:
// len(b) if there is none. It goes from quote to quote, for those are rare.
func (g grammar) end(b []byte, quote, newline int, last bool) (n int, s shape) {
	for p := 0; ; { // p is where a field begins
		open := p
		if p == len(b) || b[p] != '"' {
			if quote < p {
				quote = index(b, p, '"')
			}
			if newline < p {
				newline = index(b, p, '\n')
			}
			open = quote
			if newline < open || open == len(b) {
				return g.close(b, newline, last)
			}
			if b[open-1] != g.delim { // p < open: what is at p is no quote
				return open, stray
			}
		}
		shut := open + 1
		for {
			for shut < len(b) && b[shut] != '"' { // fields are short: quicker than bytes.IndexByte
				shut++
			}
			if shut+1 >= len(b) || b[shut+1] != '"' {
				break
			}
			shut += 2
		}
		rest := b[min(shut+1, len(b)):]
		switch {
		case shut == len(b) && last:
			return shut, unclosed
		case len(rest) == 0 && !last, len(rest) == 1 && rest[0] == '\r' && !last:
			return 0, more
		case len(rest) == 0, ending(rest, last) > 0:
			return shut + 1, whole
		case rest[0] != g.delim:
			return shut, stray
		}
		p = shut + 2
	}
}

// close ends a record at a line's end, or at the end of the file.
func (g grammar) close(b []byte, n int, last bool) (int, shape) {
	if n == len(b) && !last {
		return 0, more
	}
	if n > 0 && b[n-1] == '\r' {
		n--
	}
	return n, whole
}

// certain reports whether a line with stray quotes, which may be the beginning of more, is surely one record. In a field
// that is not quoted, a quote is taken for a plain character by every reader that takes it at all. About text that follows
// a closing quote they disagree: for some that text is plain too, for others the quote was, and the field goes on. So both
// must end with the line, and one of them must have as many fields as the header.
func (g grammar) certain(line []byte) bool {
	plain, closed := g.loose(line, false)
	lazy, closedToo := g.loose(line, true)
	return closed && closedToo && (plain == g.width || lazy == g.width)
}

// loose counts the fields of a line with stray quotes, and tells whether all its quotes are closed. lazy: a quote in a
// quoted field is a plain character if no delimiter follows.
func (g grammar) loose(line []byte, lazy bool) (fields int, closed bool) {
	fields = 1
	begins, quoted := true, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted:
			if c != '"' {
				continue
			}
			if i+1 < len(line) && line[i+1] == '"' {
				i++
				continue
			}
			quoted = lazy && i+1 < len(line) && line[i+1] != g.delim
		case c == g.delim:
			fields++
			begins = true
		default:
			quoted = c == '"' && begins
			begins = false
		}
	}
	return fields, !quoted
}

// ending is the length of the line ending at the beginning of b: LF, CRLF or, where the file ends with b, CR.
func ending(b []byte, last bool) int {
	switch {
	case len(b) > 0 && b[0] == '\n':
		return 1
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) == 1 && b[0] == '\r' && last:
		return 1
	}
	return 0
}

// index is the first c in b at or after from, len(b) if there is none.
func index(b []byte, from int, c byte) int {
	if from >= len(b) {
		return len(b)
	}
	if i := bytes.IndexByte(b[from:], c); i >= 0 {
		return from + i
	}
	return len(b)
}
