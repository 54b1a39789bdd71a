package config

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPercentIsExact(t *testing.T) {
	for _, c := range []struct {
		promise string
		percent Percent
		of, up  int64
	}{
		{"nothing of nothing", 0, 0, 0},
		{"rounded up", 10 * onePercent, 11, 2},
		{"not rounded where it is whole", 10 * onePercent, 1000, 100},
		{"the smallest", 1, 1, 1},
		{"everything", hundredPercent, 7, 7},
		{"beyond 64 bits on the way", hundredPercent, math.MaxInt64, math.MaxInt64},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if got := c.percent.Of(c.of); got != c.up {
				t.Errorf("%v of %d is %d, want %d", c.percent, c.of, got, c.up)
			}
		})
	}
	if p := 20 * onePercent; p.Exceeded(20, 100) || !p.Exceeded(21, 100) || !p.Exceeded(1, 4) {
		t.Error("20% is not where it should be")
	}
}

func TestPercentSurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Percent(rapid.Int64Range(0, int64(hundredPercent)).Draw(t, "percent"))
		got, err := parsePercent(nil, want.String(), field{})
		if err != nil || got != want {
			t.Fatalf("%v became %v, %v", want, got, err)
		}
	})
}

func TestPercentExceededAgreesWithOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Percent(rapid.Int64Range(0, int64(hundredPercent)).Draw(t, "percent"))
		whole := rapid.Int64Range(0, 1<<40).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		if p.Exceeded(part, whole) && part < p.Of(whole) || !p.Exceeded(part, whole) && part > p.Of(whole) {
			t.Fatalf("%d of %d under %v", part, whole, p)
		}
	})
}

func TestLimitAllowsWhatItSays(t *testing.T) {
	for _, c := range []struct {
		promise string
		limit   Limit
		active  int64
		most    int64
		ok      bool
		text    string
	}{
		{"none", Limit{None: true}, 10, 0, false, "none"},
		{"a number", Limit{AtLeast: 3}, 1000, 3, true, "3"},
		{"a percentage", Limit{Percent: 10 * onePercent, AtLeast: 5}, 1001, 101, true, "10%"},
		{"a percentage of few", Limit{Percent: 10 * onePercent, AtLeast: 5}, 10, 5, true, "10%"},
		{"a percentage alone", Limit{Percent: 75_000}, 10, 1, true, "7.5%, at least 0"},
		{"zero", Limit{}, 10, 0, true, "0"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if most, ok := c.limit.Max(c.active); most != c.most || ok != c.ok || c.limit.String() != c.text {
				t.Errorf("got %d, %v, %s", most, ok, c.limit)
			}
		})
	}
}

func TestRateIsPerSecond(t *testing.T) {
	for text, want := range map[string]float64{"10/s": 10, "600/min": 10, "3600/h": 1} {
		r, err := parseRate(nil, text, field{})
		if err != nil || r.PerSecond() != want || r.String() != text {
			t.Errorf("%s: %v, %v a second, %v", text, r, r.PerSecond(), err)
		}
	}
}

func TestDurationKnowsDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"30s": 30 * time.Second, "2d": 2 * day, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour, "0": 0, "0s": 0} {
		if got, err := parseDuration(nil, text, field{}); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "1d-1h", "-1d", "1e300d", "1h1d", "NaNd", "inf", "99999999h99999999h"} {
		if got, err := parseDuration(nil, text, field{}); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func TestNearestWordIsTheOneMeant(t *testing.T) {
	known := []string{"delimiter", "deactivate", "keep", "base_url", "key"}
	for given, want := range map[string]string{"delimeter": "delimiter", "Delimiter": "delimiter", "baseUrl": "base_url", "base-url": "base_url", "kepe": "keep", "colour": "", "deactivates": "deactivate", "": ""} {
		if got := nearest(given, known); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}
