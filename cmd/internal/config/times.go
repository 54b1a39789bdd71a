package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/cmd/internal/schedule"
)

const (
	day     = 24 * time.Hour
	longest = 100 * 365 * day // two of them still fit a time.Duration
)

var errDuration = errors.New("a duration is a number with its unit, such as 30s, 5m, 24h or 2d")

// parseDuration reads what time.ParseDuration reads, with days in front.
func parseDuration(_ *decoder, text string, f field) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil && text != "0" {
		return 0, fmt.Errorf("%s has no unit; write %ss, %sm, %sh or %sd", text, text, text, text, text)
	}
	if strings.Contains(text, "-") {
		return 0, errors.New("a duration is not negative")
	}
	var sum time.Duration
	rest := text
	if days, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n <= longest.Hours()/24) {
			return 0, errDuration
		}
		sum, rest = time.Duration(n*float64(day)), after
	}
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more > longest {
			return 0, errDuration
		}
		sum += more
	}
	least, _ := time.ParseDuration(f.min)
	switch {
	case text == "":
		return 0, errDuration
	case sum < least:
		return 0, fmt.Errorf("%s is too short; at least %s", text, f.min)
	}
	return sum, nil
}

// parseSchedule reads a cron expression, past the traps of its parser.
func parseSchedule(_ *decoder, text string, _ field) (Schedule, error) {
	if _, err := schedule.Parse(text, time.UTC); err != nil {
		return "", err
	}
	return Schedule(text), nil
}

// parseZone loads a time zone.
func parseZone(_ *decoder, text string, _ field) (*time.Location, error) {
	if text == "" || strings.EqualFold(text, "local") {
		return nil, errors.New("a time zone has a name such as Europe/Berlin; leave the key out for the machine's")
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q; the names are those of the IANA database, such as Europe/Berlin or UTC", text)
	}
	return zone, nil
}
