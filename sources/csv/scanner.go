package csv

import "bytes"

// span is one record in a block of bytes.
type span struct {
	start, end int    // without its line ending
	line       uint32 // it begins at, from 1
	stray      bool   // it has quotes where none may be, but its end is certain
	lines      bool   // it goes over several
	open       bool   // no line ending: the file ends with it
}

// scanner cuts bytes into records, one after the other.
type scanner struct {
	grammar
	b     []byte
	last  bool   // the file ends with b
	p     int    // where the next record begins, or a blank line
	quote int    // the first quote at or after p; -1 before the first look
	line  uint32 // number of the line at p, from 1
}

// next finds the next record and goes behind it. If it is not whole the scanner stays at its beginning; nothing left is
// more too. For a stray quote, the end of the span is where that is.
func (s *scanner) next() (span, shape) {
	for s.p < len(s.b) {
		// Never more is looked at than a record may have, so that what is found does not depend on how much was read.
		b := s.b[s.p:min(len(s.b), s.p+s.max+2)]
		last := s.last && s.p+len(b) == len(s.b)
		switch {
		case s.plain:
			s.quote = len(s.b)
		case s.quote < s.p:
			s.quote = index(s.b, s.p, '"')
		}
		sp := span{start: s.p, line: s.line}
		n := index(b, 0, '\n')
		var sh shape
		if s.quote >= s.p+n {
			n, sh = s.close(b, n, last)
		} else {
			newline := n
			n, sh = s.end(b, s.quote-s.p, newline, last)
			if sh == stray {
				n, sp.stray, sh = s.mend(b, n, last)
			}
			sp.lines = sh == whole && newline < n
		}
		switch {
		case sh == more && len(b) == s.max+2, (sh == whole || sh == unclosed) && n > s.max:
			return sp, tooLong
		case sh != whole:
			sp.end = s.p + n
			return sp, sh
		}
		sp.end = s.p + n
		after := ending(s.b[sp.end:], s.last)
		sp.open = after == 0 || s.b[sp.end+after-1] != '\n'
		s.p = sp.end + after
		s.line++
		if sp.lines {
			s.line += uint32(bytes.Count(b[:n], []byte{'\n'}))
		}
		if n > 0 {
			return sp, whole
		}
	}
	return span{start: s.p, end: s.p, line: s.line}, more
}

// mend looks whether the record at the beginning of b, with a stray quote at offset at, ends with its first line.
func (s *scanner) mend(b []byte, at int, last bool) (n int, mended bool, sh shape) {
	n = index(b, 0, '\n')
	if n < at {
		return at, false, stray
	}
	if n, sh = s.close(b, n, last); sh != whole {
		return n, false, sh
	}
	if !s.certain(b[:n]) {
		return at, false, stray
	}
	return n, true, whole
}
