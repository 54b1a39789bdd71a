package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what a target can ask for: a daemon that was told to wait for ten years asks again the next day.
const longestWait = 24 * time.Hour

// retryAfter is how long the target asked to wait, 0 if it did not say: Retry-After in seconds or as a date (RFC 9110,
// 10.2.3), else at a 429 RateLimit-Reset or X-RateLimit-Reset in seconds or as a Unix time. A date is taken by the
// target's own clock where the answer tells it.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	if theirs, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = theirs
	}
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if at, err := http.ParseTime(text); err == nil {
		return bounded(at.Sub(now))
	}
	if text == "" && resp.StatusCode == http.StatusTooManyRequests {
		text = resp.Header.Get("RateLimit-Reset")
		if text == "" {
			text = resp.Header.Get("X-RateLimit-Reset")
		}
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds != seconds {
		return 0
	}
	const unixTimes = 1e9 // no wait is 30 years
	if seconds > unixTimes {
		seconds -= float64(now.Unix())
	}
	return bounded(time.Duration(min(max(seconds, 0), longestWait.Seconds()) * float64(time.Second)))
}

func bounded(d time.Duration) time.Duration { return min(max(d, 0), longestWait) }
