package csv

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// farthest is how far before the end of a file a trailer may begin, in bytes, with blank lines behind it.
const farthest = 4 << 10

// trailer is the line that ends a feed and says how many rows there are. The zero trailer is none.
type trailer struct {
	pattern *regexp.Regexp
	codec   codec
}

// held is where in b, the end of what was read, a line begins that could be the trailer; len(b) if none could. Blank lines
// after it belong to it.
func (t *trailer) held(b []byte) int {
	if t.pattern == nil {
		return len(b)
	}
	line := bytes.LastIndexByte(bytes.TrimRight(b, "\r\n"), '\n') + 1
	if len(b)-line > farthest {
		return len(b)
	}
	return line
}

// is reports whether a row looks like the trailer, which can't be: that was taken off the end.
func (t *trailer) is(rec []byte) bool {
	return t.pattern != nil && t.pattern.Match(t.codec.text(rec))
}

// count is the number of rows that the last line of a file says there are. Without a trailer it is not ok.
func (t *trailer) count(last []byte) (rows int64, ok bool, err error) {
	if t.pattern == nil {
		return 0, false, nil
	}
	found := t.pattern.FindSubmatch(t.codec.text(bytes.TrimRight(last, "\r\n")))
	if found == nil {
		return 0, false, fmt.Errorf("its last line is not the trailer %q, so its end is missing: have it delivered again, or mend trailer", t.pattern)
	}
	rows, err = strconv.ParseInt(strings.TrimSpace(string(found[1])), 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("its trailer has no number where %q has its group: mend trailer", t.pattern)
	}
	return rows, true, nil
}

// check holds the last line of a file against the rows that there were before it.
func (t *trailer) check(last []byte, rows int64) error {
	said, ok, err := t.count(last)
	if err != nil || !ok || said == rows {
		return err
	}
	return fmt.Errorf("its trailer says %d rows, but there are %d: some are missing, or came twice; have it delivered again", said, rows)
}
