package view

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzSafe: whatever a source or a target says, what is printed is one line of UTF-8 that commands no terminal, and what is harmless stays
// as it is.
func FuzzSafe(f *testing.F) {
	for _, s := range []string{"Ann Müller", "\x1b[2J", "a\u202eb\u2066c", "\x9b31m", "\u009b31m", "a\nb\r\tc\x00", "\u2028\u2029\ufeff\u200b", "𝄞\xf0\x9d", "\ufffd", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe, clean := Safe(s), utf8.ValidString(s)
		for _, r := range s {
			clean = clean && !harmful(r)
		}
		if clean && safe != s {
			t.Errorf("%q became %q", s, safe)
		}
		if !utf8.ValidString(safe) {
			t.Errorf("%q became %q, which is not UTF-8", s, safe)
		}
		for _, r := range safe {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Errorf("%q became %q", s, safe)
			}
		}
		if Safe(safe) != safe {
			t.Errorf("%q became %q, and that %q", s, safe, Safe(safe))
		}
	})
}
