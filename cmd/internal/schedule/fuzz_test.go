package schedule

import (
	"testing"
	"time"
)

// FuzzParse: whatever stands in a schedule, it is refused or falls due, later and later.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"*/15 * * * *", "@every 15m", "@daily", "30 2 * * *", "0 0 29 2 *", "0 0 31 2 *", "TZ=UTC 0 3 * * *", "@every 100ms", "0-59/7 1,2 * JAN-MAR MON", "* * * * * *", "@every 9999999h", "60 * * * *", "1-0 * * * *"} {
		f.Add(s)
	}
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text, zone)
		if err != nil {
			return
		}
		at := time.Date(2018, time.November, 3, 12, 0, 0, 0, zone) // the night after it has no midnight
		for range 5 {
			next := s.Next(at)
			if !next.After(at) {
				t.Fatalf("%q: after %s comes %s", text, at, next)
			}
			at = next
		}
	})
}
