package schedule

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func in(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestEachTimeOfDayComesOnce lists when a job is due after a moment.
func TestEachTimeOfDayComesOnce(t *testing.T) {
	for _, c := range []struct{ promise, schedule, zone, after, want string }{
		{"a plain day", "30 2 * * *", "Europe/Berlin", "2026-01-05T12:00:00+01:00",
			"2026-01-06T02:30:00+01:00 2026-01-07T02:30:00+01:00"},
		{"spring: a time that is left out is due after the jump, once", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00",
			"2026-03-29T03:00:00+02:00 2026-03-30T02:30:00+02:00"},
		{"spring: two times that are left out are one", "0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00",
			"2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00"},
		{"spring: a time left out and the one after the jump are one", "0 2,3 * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00",
			"2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00"},
		{"autumn: of two the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00",
			"2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00"},
		{"autumn: not again, asked between the two", "30 2 * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00", "2026-10-26T02:30:00+01:00"},
		{"autumn in New York", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00",
			"2026-11-01T01:30:00-04:00 2026-11-02T01:30:00-05:00"},
		{"every quarter goes on in spring", "*/30 * * * *", "Europe/Berlin", "2026-03-29T01:20:00+01:00",
			"2026-03-29T01:30:00+01:00 2026-03-29T03:00:00+02:00 2026-03-29T03:30:00+02:00"},
		{"every quarter goes on in autumn, through both hours", "*/30 * * * *", "Europe/Berlin", "2026-10-25T02:20:00+02:00",
			"2026-10-25T02:30:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T02:30:00+01:00 2026-10-25T03:00:00+01:00"},
		{"a quarter past is not made up at the jump, where every hour has one", "15 * * * *", "Europe/Berlin", "2026-03-29T01:20:00+01:00",
			"2026-03-29T03:15:00+02:00"},
		{"half an hour's jump", "10 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", "2026-10-04T02:30:00+11:00 2026-10-05T02:10:00+11:00"},
		{"a midnight that is left out", "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "2018-11-04T01:00:00-02:00 2018-11-05T00:00:00-02:00"},
		{"every hour of a day without midnight", "0 * * * 0", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "2018-11-04T01:00:00-02:00 2018-11-04T02:00:00-02:00"},
		{"a day that is left out", "30 2 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00 2011-12-31T02:30:00+14:00"},
		{"a leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"@every counts from then", "@every 90m", "Europe/Berlin", "2026-03-29T00:45:00+01:00", "2026-03-29T03:15:00+02:00"},
		{"a word", "@daily", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			s, err := Parse(c.schedule, in(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range strings.Fields(c.want) {
				at = s.Next(at)
				got = append(got, at.Format(time.RFC3339))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

// TestADailyJobRunsOnEachDayOnce holds for every zone with jumps, every time of day, and any year.
func TestADailyJobRunsOnEachDayOnce(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(rapid.IntRange(2005, 2035).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC)
		at := time.Date(first.Year(), 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
		text := time.Date(1, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC).Format("4 15 * * *")
		s, err := Parse(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := first; day.Year() == first.Year(); day = day.AddDate(0, 0, 1) {
			next := s.Next(at)
			if y, m, d := next.Date(); y != day.Year() || m != day.Month() || d != day.Day() {
				t.Fatalf("%s in %s: due at %s, want it on %s", text, zone, next, day.Format(time.DateOnly))
			}
			at = next
		}
	})
}

func TestTrapsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"TZ=UTC 0 3 * * *": "key of its own", "CRON_TZ=UTC 0 3 * * *": "key of its own", "TZ=": "key of its own", "TZ=0": "key of its own",
		"0 0 31 2 *": "never falls due", "@every 100ms": "whole seconds", "@every 1.5s": "whole seconds", "@every -5m": "whole seconds",
		"@every": "a duration", "@every soon": "a duration", "*/90 * * * *": "no step", "0 */24 * * *": "no step", "0 0 1,*/40 * *": "no step",
		"every day": "five fields", "": "five fields", "* * * * * *": "five fields", "60 * * * *": "five fields", "@often": "five fields",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := Parse(text, nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func TestEqualIsWhatIsDueAtTheSameTimes(t *testing.T) {
	berlin, utc := in(t, "Europe/Berlin"), time.UTC
	parse := func(text string, zone *time.Location) Schedule {
		s, err := Parse(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := parse("0 3 * * *", berlin); !s.Equal(parse("0 3 * * *", berlin)) || s.Equal(parse("0 3 * * *", utc)) || s.Equal(Schedule{}) {
		t.Error("equal is not what it says")
	}
	var none Schedule
	if !none.IsZero() || !none.Equal(Schedule{}) || !none.Next(time.Now()).IsZero() {
		t.Error("the zero schedule is due")
	}
}
