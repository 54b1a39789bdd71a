package csv

import (
	"fmt"
	"unicode/utf8"
)

// More odd rows than both of these are no accidents: the file has another structure, or another encoding.
const (
	oddRows    = 10
	oddPercent = 1
)

// sureRows is how many rows have to look like UTF-8, and none like what encoding says, for a file to be in UTF-8. Now and
// then a word of another encoding happens to do so: KÓŁKO in windows-1250.
const sureRows = 5

// oddities are the rows of a file that are not as they should be. Only rows that are not known are looked at.
type oddities struct {
	misshapen, unreadable           int64
	firstMisshapen, firstUnreadable error
	utf8, other                     int64 // rows beyond ASCII in an encoding of one byte: that would be UTF-8 too, and that would not
	garbled                         int64 // of the former those that surely are; they are unreadable too
}

func (o *oddities) count(kind fault, bad error) {
	n, first := &o.misshapen, &o.firstMisshapen
	if kind == unreadable {
		n, first = &o.unreadable, &o.firstUnreadable
	}
	if *n++; *first == nil {
		*first = bad
	}
}

// decoded counts a row beyond ASCII that could be read in an encoding of one byte.
func (o *oddities) decoded(rec []byte) {
	if utf8.Valid(rec) {
		o.utf8++
	} else {
		o.other++
	}
}

// judge is asked after the last row whether the file is what it was taken for.
func (o *oddities) judge(entries int64, h head, c codec) error {
	many := func(n int64) bool { return n > oddRows && n*100 > entries*oddPercent }
	switch {
	case many(o.misshapen):
		return fmt.Errorf("%d of %d rows don't have the shape of the header, so the file has another structure (is %q its delimiter?); the first: %w",
			o.misshapen, entries, h.delim, o.firstMisshapen)
	case many(o.unreadable):
		return fmt.Errorf("%d of %d rows can't be decoded, so the file has another encoding, or two; the first: %w", o.unreadable, entries, o.firstUnreadable)
	case o.utf8 >= sureRows && o.other == 0:
		return fmt.Errorf("the file looks like UTF-8, but encoding is %s: every one of the %d new rows with a character beyond ASCII is UTF-8: set encoding: auto",
			c.name, o.utf8)
	case o.garbled > 0 && o.utf8 > o.garbled:
		return fmt.Errorf("the file has two encodings: %d new rows are UTF-8 for sure and %d may be, but encoding is %s; have the export write one; the first: %w",
			o.garbled, o.utf8-o.garbled, c.name, o.firstUnreadable)
	}
	return nil
}
