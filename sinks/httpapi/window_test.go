package httpapi

import (
	"testing"
	"testing/synctest"
	"time"
)

// late lets n requests come at once, as after the machine stood still, and returns when they were let through.
func late(w *window, n int) []time.Duration {
	var at []time.Duration
	for begun := time.Now(); len(at) < n; {
		if wait := w.admit(); wait > 0 {
			time.Sleep(wait)
			continue
		}
		at = append(at, time.Since(begun))
	}
	return at
}

func TestRequestsThatComeAtOnceAreSpreadOverSeconds(t *testing.T) {
	for _, tc := range []struct {
		rate  float64
		burst int
		most  int
	}{{0.5, 1, 1}, {1, 1, 2}, {16.67, 1, 17}, {10, 5, 15}, {1000, 1, 1001}} {
		synctest.Test(t, func(t *testing.T) {
			at := late(newWindow(tc.rate, tc.burst), 5*tc.most)
			for i := range at[:len(at)-tc.most] {
				if gap := at[i+tc.most] - at[i]; gap <= time.Second {
					t.Fatalf("%v/s: %d requests within %v", tc.rate, tc.most+1, gap)
				}
			}
			if last, want := at[len(at)-1], 4*second; last != want {
				t.Errorf("%v/s: the last after %v, want %v", tc.rate, last, want)
			}
		})
	}
}

func TestWindowRemembersTheLastSecondWhenResized(t *testing.T) {
	for _, rate := range []float64{2, 5, 20} {
		synctest.Test(t, func(t *testing.T) {
			w := newWindow(5, 1)
			late(w, 6)
			w.resize(rate, 1)
			before := min(6, int(rate)+1)
			if at := late(w, int(rate)+1); at[int(rate)-before+1] < time.Second {
				t.Errorf("%v/s: %v after 6 in the second before", rate, at)
			}
		})
	}
}

func TestRateBeyondAllWindowsNeedsNone(t *testing.T) {
	w := newWindow(1e12, 1)
	if len(w.sent) != 0 || w.admit() != 0 {
		t.Errorf("%d kept", len(w.sent))
	}
}
