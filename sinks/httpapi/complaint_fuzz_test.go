package httpapi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzRefusalNeverPanics: whatever a target refuses with, its words are one bounded line, and what we sent as a secret is not among them.
func FuzzRefusalNeverPanics(f *testing.F) {
	const secret = "s3cret-pass"
	for _, body := range []string{`{"errors":[{"source":{"pointer":1}}]}`, `{"errors":{"a":{"b":[null,{"detail":5}]}}}`, `{"error":"no","error_description":"s3cret-pass"}`,
		`{"code":"s3cret-pass","message":"no","notices":["a",7,"s3cret-pass"]}`, "<title>s3cret<b>-pass</title>", "plain s3cret-pass", `{"message":"\u001b[2J\u202e"}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		code, message := complaint(400, []byte(body), []string{secret})
		for text, most := range map[string]int{code: maxCode, message: maxMessage, Words(body): maxMessage} {
			if utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q", text)
			}
		}
		if strings.Contains(code+"\n"+message, secret) {
			t.Errorf("%q, %q", code, message)
		}
	})
}
