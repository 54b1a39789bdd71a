package sinks

import "testing"

func TestPasswordOfAnyLengthIsMade(t *testing.T) {
	for n := range 40 {
		if got := Password(n); len(got) != n || n >= 4 && !mixed(got) {
			t.Errorf("%d: %q", n, got)
		}
	}
}
