package mapping

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rosterd/rosterd/sync/record"
)

// row is one entry as expressions see it, and the clock that they may ask. Slots are the columns that are used.
type row struct {
	names   []string // of the columns, by slot
	columns []int    // of the layout, by slot
	text    []string // the one value, or ""
	boxed   []any    // text, once somebody needed it as any
	entry   *record.Entry
	now     time.Time
	today   time.Time
	day     int // today, as civil numbers days
	zone    *time.Location
}

// fields are the values of a slot. An entry that could not be decoded may have fewer fields than the layout.
func (r *row) fields(slot int) [][]byte {
	if c := r.columns[slot]; c < len(r.entry.Fields) {
		return r.entry.Fields[c]
	}
	return nil
}

// load takes an entry's texts over: all of them in one allocation, because records outlive the entry.
func (r *row) load(e *record.Entry) {
	r.entry = e
	size := 0
	for slot := range r.columns {
		if f := r.fields(slot); len(f) == 1 {
			size += len(f[0])
		}
	}
	var b strings.Builder
	b.Grow(size)
	for slot := range r.columns {
		r.boxed[slot], r.text[slot] = nil, ""
		if f := r.fields(slot); len(f) == 1 {
			b.Write(f[0])
		}
	}
	all, start := b.String(), 0
	for slot := range r.columns {
		if f := r.fields(slot); len(f) == 1 {
			r.text[slot] = all[start : start+len(f[0])]
			start += len(f[0])
		}
	}
}

// string is a column as one text, "" where there is nothing.
func (r *row) string(slot int) (string, error) {
	if n := len(r.fields(slot)); n > 1 {
		// Without the ??, lower and its like would fail on an entry that has none; without the brackets, ?? would take in what comes after.
		return "", fmt.Errorf(`%s has %d values where one is used; say (first(values(%q)) ?? "")`, r.names[slot], n, r.names[slot])
	}
	s := r.text[slot]
	if !utf8.ValidString(s) {
		return "", r.notText(slot, s)
	}
	return s, nil
}

// notText is the error for a value whose bytes are no text.
func (r *row) notText(slot int, s string) error {
	hint := ""
	switch name := strings.ToLower(r.names[slot]); {
	case strings.HasSuffix(name, "guid"):
		hint = fmt.Sprintf("; say guid(row[%q])", r.names[slot])
	case strings.HasSuffix(name, "sid"):
		hint = fmt.Sprintf("; say sid(row[%q])", r.names[slot])
	}
	return fmt.Errorf("column %s is not UTF-8: %s%s", r.names[slot], quote(s), hint)
}

// raw is a column's one value as its bytes, whatever they are, "" where there is nothing.
func (r *row) raw(slot int) (string, error) {
	if n := len(r.fields(slot)); n > 1 {
		return "", fmt.Errorf("%s has %d values where one is used", r.names[slot], n)
	}
	return r.text[slot], nil
}

// value is string for the virtual machine.
func (r *row) value(slot int) (any, error) {
	if v := r.boxed[slot]; v != nil {
		return v, nil
	}
	s, err := r.string(slot)
	if err != nil {
		return nil, err
	}
	r.boxed[slot] = s
	return r.boxed[slot], nil
}

// list is every value of a column, never nil.
func (r *row) list(slot int) (any, error) {
	fields := r.fields(slot)
	out := make([]string, len(fields))
	for i, f := range fields {
		if !utf8.Valid(f) {
			return nil, r.notText(slot, string(f))
		}
		out[i] = string(f)
	}
	return out, nil
}

// member is a column that says whether the entry is in a group (record.GroupColumn).
func (r *row) member(slot int) (bool, error) {
	switch f := r.fields(slot); {
	case len(f) == 0:
		return false, nil
	case len(f) == 1 && string(f[0]) == "true":
		return true, nil
	}
	return false, fmt.Errorf("column %s is neither true nor empty, so nobody knows who is in the group", r.names[slot])
}
