package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/near"
)

func TestPercentSurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Percent(rapid.Int64Range(0, int64(hundredPercent)).Draw(t, "percent"))
		got, err := parsePercent(nil, want.String(), field{})
		if err != nil || got != want {
			t.Fatalf("%v became %v, %v", want, got, err)
		}
	})
}

func TestALimitIsWrittenAsItWasRead(t *testing.T) {
	for text, limit := range map[string]Limit{"none": {None: true}, "3": {AtLeast: 3}, "10%": {Percent: 10 * onePercent, AtLeast: atLeast},
		"7.5%, at least 0": {Percent: 75_000}, "0": {}} {
		if got := limit.String(); got != text {
			t.Errorf("%s, want %s", got, text)
		}
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
		if got := near.Nearest(given, known); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}
