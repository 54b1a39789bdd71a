package plan

import (
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

// TestOfWhatTheClockMakesOnlyATimeIsNotInTheDigest: a role that it decides on is another change.
func TestOfWhatTheClockMakesOnlyATimeIsNotInTheDigest(t *testing.T) {
	text, none := record.TextOf, record.Value{}
	for _, c := range []struct {
		a, b record.Value
		one  bool
	}{
		{text("2026-11-22T06:00:00Z"), text("2026-11-23T07:30:00+01:00"), true},
		{text("22.11.2026"), text("01.12.2026"), true},
		{record.IntOf(1795413600), record.IntOf(1795500000), true},
		{text("picker"), text("admin"), false},
		{record.IntOf(5), record.IntOf(7), false},
		{text("a123456@x"), text("b123456@x"), false},
		{text("2026-11-22"), text("never"), false},
		{text("2026-11-22"), none, false},
	} {
		digest := func(v record.Value) record.Fingerprint {
			return Change{Action: Update, Key: "1", After: record.Attrs{{Name: "a", Value: v}}}.Digest("hr", "a")
		}
		if one := digest(c.a) == digest(c.b); one != c.one {
			t.Errorf("%v and %v are one change: %v", c.a, c.b, one)
		}
	}
}
