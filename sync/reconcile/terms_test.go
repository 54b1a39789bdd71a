package reconcile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/mapping"
)

// TestATermEndsAfterItsLastDayInTheJobsZone: at every hour of four days the file is the same and was read to its end before, so that nothing but the
// clock is another. Midnight may not be there at all, may come twice, and may be of a leap day.
func TestATermEndsAfterItsLastDayInTheJobsZone(t *testing.T) {
	for name, c := range map[string]struct{ zone, last, off string }{
		"UTC":                                   {"UTC", "2026-03-02", "2026-03-03T00:00:00Z"},
		"a leap day":                            {"Europe/Berlin", "2028-02-29", "2028-03-01T00:00:00+01:00"},
		"no leap day":                           {"Europe/Berlin", "2026-02-28", "2026-03-01T00:00:00+01:00"},
		"the day on which an hour is missing":   {"Europe/Berlin", "2026-03-29", "2026-03-30T00:00:00+02:00"},
		"the day before that":                   {"Europe/Berlin", "2026-03-28", "2026-03-29T00:00:00+01:00"},
		"the day on which an hour comes twice":  {"Europe/Berlin", "2026-10-25", "2026-10-26T00:00:00+01:00"},
		"its next day has no midnight":          {"America/Sao_Paulo", "2018-11-03", "2018-11-04T01:00:00-02:00"},
		"its last hour comes twice":             {"America/Sao_Paulo", "2018-02-17", "2018-02-18T00:00:00-03:00"},
		"the day begins before everybody's":     {"Pacific/Auckland", "2026-06-30", "2026-07-01T00:00:00+12:00"},
		"the day ends after everybody's":        {"Pacific/Honolulu", "2026-06-30", "2026-07-01T00:00:00-10:00"},
		"a zone of half an hour":                {"Asia/Kolkata", "2026-12-31", "2027-01-01T00:00:00+05:30"},
		"a zone that left a day of its own out": {"Pacific/Apia", "2011-12-29", "2011-12-31T00:00:00+14:00"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			off, err := time.Parse(time.RFC3339, c.off)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, "1,p1@x,Name 1,"+c.last+",1,", "2,p2@x,Name 2,,1,")
			expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
			m, problems := mapping.Compile(mapping.Spec{Key: expr("key"), Zone: zone, Map: []mapping.Field{{Attribute: "email", Expression: expr("email")},
				{Attribute: "name", Expression: expr("name")}, {Attribute: "on", Expression: expr(`valid("", dept)`)}}}, schema, nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			w.job.Mapping, w.job.Rules.Mapped, w.job.Delivery.Workers = m, m.Attributes(), 1
			w.now = off.Add(-48 * time.Hour)
			w.run()
			for ; w.now.Before(off.Add(24 * time.Hour)); w.now = w.now.Add(30 * time.Minute) {
				p, log := w.run()
				if due := w.now.Equal(off); due != slices.Equal(log, []string{"deactivate 1 on"}) || !due && len(log) > 0 || p.Err != nil {
					t.Fatalf("at %s it sends %q (%v); the term ends at %s", w.now.In(zone), log, p.Err, c.off)
				}
			}
		})
	}
}
