package record

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzAttrs holds what is read from a state against what is written into it: nothing panics, what was read is written and read again as
// the same, and the short way of reading never differs from that of encoding/json.
func FuzzAttrs(f *testing.F) {
	for _, seed := range []string{`{"a":"x","b":7,"c":true,"d":["x","y"],"e":null,"f":{"unknown":true},"g":{"generated":12}}`, `{}`, ``, `{"a":-0}`, `{"a":"\u0000\ud800"}`,
		`{"b":1,"a":2}`, `{"a":1,"a":2}`, `{"a":"x"}}`, `{"a":1e3}`, `{"a":nul}`, `{"a":"x",}`, `{"":false}`, "{\"a\":\"\x7f\u009b\"}", `{"a" : 1 }`, `{"a":9223372036854775807}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAttrs(b)
		if err != nil || !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' }) {
			return // AppendJSON escapes control characters, so that the short way need not look for them
		}
		if !json.Valid(b) && len(b) > 0 {
			t.Fatalf("%q is read, and no JSON", b)
		}
		if !slices.IsSortedFunc(a, func(x, y Attr) int { return strings.Compare(x.Name, y.Name) }) {
			t.Fatalf("%v is not in order", a.Names())
		}
		again, err := ParseAttrs(a.AppendJSON(nil))
		if err != nil || string(a.AppendJSON(nil)) != string(again.AppendJSON(nil)) {
			t.Fatalf("%q became %s, and that %s: %v", b, a.AppendJSON(nil), again.AppendJSON(nil), err)
		}
		if short, ok := parseCommon(string(b)); len(b) > 0 && ok {
			var long map[string]Value
			if err := json.Unmarshal(b, &long); err != nil || len(long) != len(short) {
				t.Fatalf("%q: %v, %d of %d attributes", b, err, len(short), len(long))
			}
			for _, at := range short {
				if v := long[at.Name]; string(v.AppendJSON(nil)) != string(at.Value.AppendJSON(nil)) {
					t.Fatalf("%s is %s, want %s", at.Name, at.Value.AppendJSON(nil), v.AppendJSON(nil))
				}
			}
		}
	})
}

// FuzzText has every text come back from a state as it went into it.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "Ann", "\x00\x1b[31m", "\"\\\n\t\r\x7f\u009b\u202e\u2028", "=cmd|' /C calc'!A0", "𝄞\ufffd"} {
		f.Add("name", seed)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if !utf8.ValidString(name) || !utf8.ValidString(text) {
			return // sources let nothing else in
		}
		want := Attrs{{Name: name, Value: TextOf(text)}, {Name: name + "s", Value: ListOf([]string{text, "x"})}}
		b := want.AppendJSON(nil)
		got, err := ParseAttrs(b)
		if err != nil || !json.Valid(b) || len(got) != 2 || got[0].Name != name || got.Get(name).Text() != want.Get(name).Text() || string(got.AppendJSON(nil)) != string(b) {
			t.Fatalf("%q is kept as %s and read as %s: %v", text, b, got.AppendJSON(nil), err)
		}
	})
}
