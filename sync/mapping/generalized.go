package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// generalizedTime is the name, in date(), of the syntax in which a directory writes createTimestamp, whenCreated and
// pwdChangedTime. It is no layout: minutes, seconds and a fraction may be left out.
const generalizedTime = "generalizedTime"

// parseGeneralized reads a Generalized Time (RFC 4517, 3.3.13), as in 20250131120000.0Z or 2025013112+0100:
//
//	YYYYMMDDHH [MM [SS]] [. or , fraction of the last unit that is there] Z or ±HH[MM]
//
// X.680 has a form without a zone, which means the time wherever the server happens to stand; RFC 4517 forbids it. false
// without an error is never: Active Directory writes that as the first moment of its calendar.
func parseGeneralized(s string, zone *time.Location) (time.Time, bool, error) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	number, rest := s[:digits], s[digits:]
	shape, unit := "2006010215", time.Hour
	switch digits {
	case len("2006010215"):
	case len("200601021504"):
		shape, unit = "200601021504", time.Minute
	case len("20060102150405"):
		shape, unit = "20060102150405", time.Second
	default:
		return time.Time{}, false, ungeneral(s, "it begins with %d digits, not with 10, 12 or 14", digits)
	}
	leap := time.Duration(0)
	if unit == time.Second && strings.HasSuffix(number, "60") { // a leap second; the clock of Go has none
		number, leap = number[:digits-2]+"59", time.Second
	}
	t, err := time.Parse(shape, number)
	if err != nil {
		return t, false, ungeneral(s, "there is no such day or time of day")
	}
	if rest != "" && (rest[0] == '.' || rest[0] == ',') {
		fraction := rest[1 : len(rest)-len(strings.TrimLeft(rest[1:], "0123456789"))]
		if fraction == "" {
			return t, false, ungeneral(s, "no digit follows %q", rest[:1])
		}
		t, rest = t.Add(share(fraction, unit)), rest[1+len(fraction):]
	}
	offset, err := offsetOf(rest)
	if err != nil {
		return t, false, ungeneral(s, "%v", err)
	}
	t = t.Add(leap - offset)
	return t.In(zone), !t.Equal(time.Unix(-fileTimeEpoch, 0)), nil
}

func ungeneral(s, format string, args ...any) error {
	return fmt.Errorf("date: %s is not a %s like 20250131120000Z: %s", quote(s), generalizedTime, fmt.Sprintf(format, args...))
}

// share is the part of a unit that decimal digits say, from the last to the first, so that what a nanosecond can't hold is
// lost at the end and not once a digit.
func share(digits string, unit time.Duration) (d time.Duration) {
	for i := len(digits) - 1; i >= 0; i-- {
		d = (d + unit*time.Duration(digits[i]-'0')) / 10
	}
	return d
}

// offsetOf reads Z, +HH, -HH, +HHMM or -HHMM: what local time is ahead of UTC.
func offsetOf(s string) (time.Duration, error) {
	if s == "Z" {
		return 0, nil
	}
	if s == "" {
		return 0, fmt.Errorf("it has no zone; Z or an offset like +0100 has to follow")
	}
	digits := s[1:]
	if s[0] != '+' && s[0] != '-' || !allDigits(digits) || len(digits) != 2 && len(digits) != 4 {
		return 0, fmt.Errorf("%s is neither Z nor an offset like +0100", quote(s))
	}
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:]) // 0 where there are none
	if hours > 23 || minutes > 59 {
		return 0, fmt.Errorf("%s is no offset", quote(s))
	}
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, nil
}
