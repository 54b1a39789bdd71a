package mapping

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// midnight is the first moment of a day. Where the clocks go forward at midnight there is no 0:00, and time.Date may
// answer with 23:00 of the day before.
func midnight(year int, month time.Month, day int, zone *time.Location) time.Time {
	start := time.Date(year, month, day, 0, 0, 0, 0, zone)
	for minutes := 0; minutes <= 4*60; minutes += 30 {
		if t := time.Date(year, month, day, 0, minutes, 0, 0, zone); t.Day() == day {
			return t
		}
	}
	return start
}

// isDay reports whether t has no time of day.
func isDay(t time.Time) bool {
	year, month, day := t.Date()
	return t.Equal(midnight(year, month, day, t.Location()))
}

// timeText is a time as a text attribute gets it: a plain date, or RFC 3339 where there is a time of day.
func timeText(t time.Time) (string, error) {
	if !isDay(t) {
		return rfc3339(t)
	}
	if err := writable(t); err != nil {
		return "", err
	}
	return t.Format(time.DateOnly), nil
}

// rfc3339 is a time as a date-time attribute gets it.
func rfc3339(t time.Time) (string, error) {
	if err := writable(t); err != nil {
		return "", err
	}
	return t.Format(time.RFC3339Nano), nil
}

// writable refuses years that RFC 3339 can't write.
func writable(t time.Time) error {
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("is a date in the year %d", y)
	}
	return nil
}

// civil numbers days so that they can be compared: 20260131. Zero is no day.
func civil(t time.Time) int {
	year, month, day := t.Date()
	return (year*100+int(month))*100 + day
}

// layout is how dates are written in a source.
type layout struct {
	text    string // as time.Parse takes it
	clock   bool   // it has a time of day
	zoned   bool   // it has an offset
	general bool   // it is not a text but the syntax of RFC 4517
}

// parseLayout reads a layout in the way of Go (02.01.2006) or in letters (DD.MM.YYYY), and proves that dates survive
// being written and read with it.
func parseLayout(s string) (layout, error) {
	if strings.EqualFold(s, generalizedTime) {
		return layout{general: true}, nil
	}
	text := s
	if strings.Contains(strings.ToLower(s), "yy") {
		var err error
		if text, err = fromLetters(s); err != nil {
			return layout{}, err
		}
	} else if strings.HasSuffix(s, "Z") {
		// Z is UTC, in ISO 8601 as in LDAP; to time.Parse a Z alone is any letter.
		text = s + "07:00"
	}
	l := layout{text: text}
	if strings.Contains(text, "MST") {
		return l, fmt.Errorf("the layout %s names a zone by letters, which mean different zones; only offsets can be read", quote(s))
	}
	for _, probe := range []time.Time{
		time.Date(2031, time.November, 23, 17, 48, 59, 0, time.UTC),
		time.Date(2004, time.February, 5, 8, 9, 0, 0, time.UTC),
	} {
		written := probe.Format(text)
		l.clock = l.clock || written != probe.Truncate(24*time.Hour).Format(text)
		l.zoned = l.zoned || written != time.Date(probe.Year(), probe.Month(), probe.Day(), probe.Hour(), probe.Minute(),
			probe.Second(), 0, time.FixedZone("", 5*3600)).Format(text)
		read, err := time.Parse(text, written)
		if err != nil || civil(read) != civil(probe) || l.clock && read.Hour() != probe.Hour() {
			return l, fmt.Errorf("%s is not a layout of dates: write it like DD.MM.YYYY (MM is the month, mm the minute), "+
				"or like 02.01.2006 with Go's reference date, or say "+generalizedTime+" for how a directory writes it", quote(s))
		}
	}
	return l, nil
}

// letters are the tokens of layouts like YYYY-MM-DD, as Go writes them.
var letters = map[string]string{
	"YYYY": "2006", "yyyy": "2006", "YY": "06", "yy": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1",
	"DD": "02", "dd": "02", "D": "2", "d": "2", "HH": "15", "H": "15", "hh": "03", "h": "3", "mm": "04", "m": "4",
	"ss": "05", "s": "5", "SSS": "000", "SSSSSS": "000000", "A": "PM", "a": "PM", "T": "T", "Z": "Z07:00",
}

func fromLetters(s string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); {
		c, end := s[i], i+1
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c >= '0' && c <= '9' {
				return "", fmt.Errorf("the layout %s mixes letters and digits", quote(s))
			}
			if c != '\'' { // 'T' is how some write a letter that stands for itself
				out.WriteByte(c)
			}
			i = end
			continue
		}
		for end < len(s) && s[end] == c {
			end++
		}
		token, ok := letters[s[i:end]]
		if !ok {
			return "", fmt.Errorf("the layout %s has %s, which means nothing in a date", quote(s), quote(s[i:end]))
		}
		out.WriteString(token)
		i = end
	}
	return out.String(), nil
}

// parse reads a date or a date-time in that zone; false without an error means that there is nothing.
func (l layout) parse(text string, zone *time.Location) (time.Time, bool, error) {
	s := strings.TrimSpace(text)
	if s == "" {
		return time.Time{}, false, nil
	}
	if l.general {
		return parseGeneralized(s, zone)
	}
	t, err := time.Parse(l.text, s)
	switch {
	case err != nil:
		return t, false, fmt.Errorf("date: %s is not a date written like %s", quote(text), l.text)
	case l.zoned:
		return t.In(zone), true, nil
	case l.clock:
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone), true, nil
	default:
		return midnight(t.Year(), t.Month(), t.Day(), zone), true, nil
	}
}

// edge is the day on which valid() begins or ends, 0 for open: of a date, of "2026-01-31", of RFC 3339 in the zone.
func edge(v any, zone *time.Location) (int, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case time.Time:
		return civil(v.In(zone)), nil
	case string:
		s := strings.TrimSpace(v)
		if s == "" {
			return 0, nil
		}
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return civil(t), nil
		}
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return civil(t.In(zone)), nil
		}
		return 0, fmt.Errorf("valid: %s is not a date like 2026-01-31; say date(..., layout)", quote(v))
	}
	return 0, fmt.Errorf("valid: takes dates, not %s", shapeOf(v))
}

// valid reports whether a day lies between two others; the last one is included.
func valid(today int, start, end any, zone *time.Location) (bool, error) {
	first, err := edge(start, zone)
	if err != nil {
		return false, err
	}
	last, err := edge(end, zone)
	return first <= today && (last == 0 || today <= last), err
}

// dateSignature is what date() with a known layout takes and gives.
var dateSignature = reflect.TypeFor[func(string) time.Time]()
