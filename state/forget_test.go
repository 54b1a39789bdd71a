package state

import (
	"slices"
	"testing"
	"time"
)

// TestRunsThatSentNothingAreForgottenAfterAWhile: those that sent something stay for ever, and so does the last one that succeeded.
func TestRunsThatSentNothingAreForgottenAfterAWhile(t *testing.T) {
	s, path := opened(t)
	now := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	run := func(at time.Time, status string, sends bool) {
		t.Helper()
		r, err := s.Begin("hr", "", "memory", schema, at)
		if err != nil {
			t.Fatal(err)
		}
		if sends {
			created(t, s, r, at.String(), at.String(), at.String())
		}
		if err := s.End(r, End{Status: status, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	run(day(0), "succeeded", true)
	run(day(1), "succeeded", false)
	run(day(2), "failed", false)
	run(day(91), "failed", false)
	left := func() (ids []int64) {
		t.Helper()
		for r, err := range viewed(t, path).Runs(0, 100) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
		}
		return ids
	}
	if got := left(); !slices.Equal(got, []int64{4, 3, 2, 1}) {
		t.Errorf("after 91 days there are %v", got)
	}
	run(day(93), "failed", false)
	if got := left(); !slices.Equal(got, []int64{5, 4, 2, 1}) {
		t.Errorf("after 93 days there are %v: the last that succeeded has to stay", got)
	}
	run(day(94), "succeeded", false)
	if got := left(); !slices.Equal(got, []int64{6, 5, 4, 1}) {
		t.Errorf("after another that succeeded there are %v", got)
	}
}
