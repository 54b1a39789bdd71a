package sinks

import (
	"slices"
	"testing"
)

func TestPasswordOfAnyLengthIsMade(t *testing.T) {
	for n := range 40 {
		if got := Password(n); len(got) != n || n >= 4 && !mixed(got) {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestFormsOfASecretAreThoseOfJSON(t *testing.T) {
	for secret, want := range map[string][]string{
		"":             {""},
		"plain":        {"plain"},
		"pässwörter":   {"pässwörter"},
		`quo"ted\pass`: {`quo"ted\pass`, `quo\"ted\\pass`},
	} {
		if got := SecretForms(secret); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
}
