// Package schedule says when a job is due. Of robfig/cron it takes the parser and Next, past their traps:
//
//	TZ=UTC 0 3 * * *    refused: the zone is the job's (and the parser panics at some)
//	0 0 31 2 *          refused: it never falls due
//	*/90 * * * *        refused: it would mean hourly
//	@every 100ms        refused: it would become a second in silence
//	30 2 * * *          at the end of the hour that spring leaves out, and in the first of autumn's two: once a day, never twice
//	*/15 * * * *        every quarter of an hour as time passes, whatever the clocks on the wall do
package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is when a job is due. The zero Schedule is never due: by hand only.
type Schedule struct {
	text  string
	zone  *time.Location
	every cron.Schedule      // of @every; nil otherwise
	spec  *cron.SpecSchedule // of five fields; nil otherwise
}

// Parse reads five fields (minute hour day month weekday), a word such as @daily, or @every with a duration. Hours are those of
// zone; nil is the machine's.
func Parse(text string, zone *time.Location) (Schedule, error) {
	if zone == nil {
		zone = time.Local
	}
	if strings.Contains(text, "TZ=") {
		return Schedule{}, errors.New("the time zone has a key of its own, timezone")
	}
	if err := everyWhole(text); err != nil {
		return Schedule{}, err
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return Schedule{}, fmt.Errorf("%w; five fields (minute hour day month weekday), such as */15 * * * *, or @every 15m", err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{text: text, zone: zone, every: parsed}, nil
	}
	if err := stepsFit(text); err != nil {
		return Schedule{}, err
	}
	if spec.Next(time.Unix(0, 0).UTC()).IsZero() {
		return Schedule{}, fmt.Errorf("%q never falls due; is there such a day in that month?", text)
	}
	return Schedule{text: text, zone: zone, spec: spec}, nil
}

// everyWhole refuses what the parser would round in silence.
func everyWhole(text string) error {
	every, ok := strings.CutPrefix(text, "@every")
	if !ok {
		return nil
	}
	switch d, err := time.ParseDuration(strings.TrimSpace(every)); {
	case err != nil:
		return errors.New("@every wants a duration, such as @every 15m")
	case d < time.Second || d%time.Second != 0:
		return errors.New("@every counts whole seconds, such as @every 15m")
	}
	return nil
}

var step = regexp.MustCompile(`\*/(\d+)`)

// stepsFit refuses a step over the whole range that is longer than the range: every 90 minutes would mean every hour.
func stepsFit(text string) error {
	fields := strings.Fields(text)
	for i, f := range []struct {
		name  string
		count int
	}{{"minute", 60}, {"hour", 24}, {"day", 31}, {"month", 12}, {"weekday", 7}} {
		if i >= len(fields) {
			return nil // a word such as @daily
		}
		for _, m := range step.FindAllStringSubmatch(fields[i], -1) {
			if n, err := strconv.Atoi(m[1]); err != nil || n >= f.count {
				return fmt.Errorf("%s as the %s is no step, for there are %d of them, and each round begins anew; @every 90m counts on", m[0], f.name, f.count)
			}
		}
	}
	return nil
}

// String is the schedule as the configuration writes it.
func (s Schedule) String() string { return s.text }

// IsZero reports whether there is no schedule.
func (s Schedule) IsZero() bool { return s.text == "" }

// Equal reports whether two schedules are due at the same times.
func (s Schedule) Equal(other Schedule) bool {
	return s.text == other.text && (s.IsZero() || s.zone.String() == other.zone.String())
}

// Next is the first time after another at which the schedule is due, in its zone; zero for never. @every counts from that other
// time.
func (s Schedule) Next(after time.Time) time.Time {
	switch {
	case s.every != nil:
		return s.every.Next(after.In(s.zone))
	case s.spec == nil:
		return time.Time{}
	case s.everyHour():
		return earliest(s.spec.Next(after.In(s.zone)), s.onTheWall(after, false)) // cron's Next may miss a day without midnight
	default:
		return s.onTheWall(after, true)
	}
}

// everyHour reports whether no hour is left out. Such a schedule goes with time as it passes.
func (s Schedule) everyHour() bool {
	const all = 1<<24 - 1
	return s.spec.Hour&all == all
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
