package config

import (
	"os"
	"strings"
	"testing"
)

func TestPlaceInsideAValueIsWhereTheEditorShowsIt(t *testing.T) {
	base, err := os.ReadFile("testdata/good/minimal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ promise, value, find string }{
		{"plain", `lower(X)`, "X"},
		{"plain, with letters of two bytes", `lower("äöü", X)`, "X"},
		{"single quotes", `'a == "b: c" ? X : d'`, "X"},
		{"single quotes, doubled inside", `'it''s'' X'`, "X"},
		{"double quotes", `"a + X"`, "X"},
		{"double quotes with escapes", `"\"a\" + \"\u00e4\x41\U0001F600\t\" + X"`, "X"},
		{"double quotes over several lines", "\"a +\n        b + \\\n        c + X\"", "X"},
		{"plain over several lines", "a +\n        b +\n\n        X", "X"},
		{"literal block", "|\n        a +\n          b +\n\n        X", "X"},
		{"literal block, indented deeper", "|-\n            a + X", "X"},
		{"folded block", ">-\n        a +\n        b + X", "X"},
		{"folded block with a paragraph", ">\n        a +\n\n        b + X", "X"},
		{"the first character", `X + a`, "X"},
		{"a blank", `a X`, " X"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			text := strings.Replace(string(base), "full_name", c.value, 1)
			got, err := Parse("rosterd.yaml", []byte(text), testEnv(""))
			if err != nil {
				t.Fatal(err)
			}
			path := []string{"jobs", "hr-users", "map", "name"}
			value := string(got.Jobs[0].Map[0].Expression)
			offset := len([]rune(value[:strings.Index(value, c.find)]))
			p := got.Problem(path, offset, "here")
			line := []rune(strings.Split(text, "\n")[p.Line-1])
			if p.Column > len(line) || string(line[p.Column-1]) != c.find[:1] {
				t.Errorf("offset %d of %q is at\n%s", offset, value, p)
			}
		})
	}
}

func TestPlaceIsFound(t *testing.T) {
	c := load(t, "minimal.yaml")
	for _, k := range []struct {
		promise string
		path    []string
		want    Pos
	}{
		{"a value", []string{"jobs", "hr-users", "key"}, Pos{19, 10}},
		{"an attribute", []string{"jobs", "hr-users", "map", "email"}, Pos{22, 14}},
		{"what was left out is at what it is left out of", []string{"jobs", "hr-users", "limits", "create"}, Pos{15, 3}},
		{"the whole file", nil, Pos{1, 1}},
		{"nothing known", []string{"nowhere"}, Pos{1, 1}},
	} {
		t.Run(k.promise, func(t *testing.T) {
			if got := c.At(k.path...); got != k.want {
				t.Errorf("got %v, want %v", got, k.want)
			}
		})
	}
	want := "testdata/good/minimal.yaml:22:19: unknown name\n    22 |       email: work_email\n       |                   ^"
	if got := c.Problem([]string{"jobs", "hr-users", "map", "email"}, 5, "unknown name").String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPlaceIsRightWhateverEndsTheLines(t *testing.T) {
	base, err := os.ReadFile("testdata/good/minimal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for promise, text := range map[string]string{
		"CRLF":            strings.ReplaceAll(string(base), "\n", "\r\n"),
		"CR":              strings.ReplaceAll(string(base), "\n", "\r"),
		"byte order mark": "\uFEFF" + string(base),
	} {
		t.Run(promise, func(t *testing.T) {
			c, err := Parse("rosterd.yaml", []byte(text), testEnv(""))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.At("jobs", "hr-users", "map", "email"); got != (Pos{22, 14}) {
				t.Errorf("got %v", got)
			}
		})
	}
}
