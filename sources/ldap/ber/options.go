package ber

import (
	"bytes"
	"strconv"
)

// SplitOptions cuts an attribute description (RFC 4512, 2.5) before its options: member;range=0-1499 into member and
// range=0-1499. Of several, options is the whole list with its semicolons, of none it is nil.
func SplitOptions(description []byte) (name, options []byte) {
	name, options, ok := bytes.Cut(description, []byte{';'})
	if !ok {
		return description, nil
	}
	return name, options
}

// ParseRange reads the range option with which Active Directory gives the values of an attribute in parts (MS-ADTS,
// 3.1.1.3.1.3.3): range=0-1499 from the first value to the 1,500th, range=1500-* the rest. ok tells whether options, one
// or several with semicolons between, has one that makes sense; with last, to is 0 and nothing comes after it.
func ParseRange(options []byte) (from, to int, last, ok bool) {
	for option := range bytes.SplitSeq(options, []byte{';'}) {
		key, value, _ := bytes.Cut(option, []byte{'='})
		if !bytes.EqualFold(key, []byte("range")) {
			continue
		}
		low, high, _ := bytes.Cut(value, []byte{'-'})
		from, ok := ordinal(low)
		if last := string(high) == "*"; last && ok {
			return from, 0, true, true
		}
		to, bounded := ordinal(high)
		if ok && bounded && from <= to {
			return from, to, false, true
		}
		break
	}
	return 0, 0, false, false
}

// ordinal reads digits, and nothing else, as the number of a value.
func ordinal(digits []byte) (n int, ok bool) {
	u, err := strconv.ParseUint(string(digits), 10, 31)
	return int(u), err == nil
}
