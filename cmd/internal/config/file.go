package config

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// file is what was read: its lines as they are and as they may be shown, and where everything stands.
type file struct {
	name   string
	lines  []string
	redact func() redactor
	safe   func() []string // the lines without secrets; made when the first is shown
	places map[string]place
	root   Pos
}

// place is where a value stands, and the key that it stands at (nil for elements of lists).
type place struct{ key, value *yaml.Node }

func newFile(name string, data []byte) *file {
	text := strings.TrimPrefix(strings.ToValidUTF8(string(data), "\uFFFD"), "\uFEFF")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	f := &file{name: name, lines: strings.Split(text, "\n"), places: map[string]place{}, root: Pos{1, 1}}
	f.redact = sync.OnceValue(newRedactor)
	f.safe = sync.OnceValue(func() []string { return f.redact().lines(f.lines) })
	return f
}

// joined is a path as a key of places. No YAML key that gets this far has a NUL.
func joined(path []string) string { return strings.Join(path, "\x00") }

// at is the place of the value at path, or the key of the nearest thing around it.
func (f *file) at(path []string) Pos {
	if p, ok := f.places[joined(path)]; ok {
		return posOf(p.value)
	}
	return f.keyOf(path)
}

// keyOf is where the key at path stands, or the nearest one around it.
func (f *file) keyOf(path []string) Pos {
	for n := len(path); n > 0; n-- {
		switch p, ok := f.places[joined(path[:n])]; {
		case ok && p.key != nil:
			return posOf(p.key)
		case ok:
			return posOf(p.value)
		}
	}
	return f.root
}

func posOf(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// problem is a complaint about a place.
func (f *file) problem(at Pos, message string) Problem {
	p := Problem{File: f.name, Line: at.Line, Column: at.Column, Message: message}
	if at.Line < 1 || at.Line > len(f.lines) || strings.TrimSpace(f.lines[at.Line-1]) == "" {
		return p
	}
	line, column := []rune(f.safe()[at.Line-1]), at.Column
	caret := "^"
	if column > len(line) && string(line) != f.lines[at.Line-1] {
		caret = "" // the place is within what is not shown
	}
	if len(line) > widest {
		from := min(max(column-widest/2, 0), len(line)-widest)
		line, column = line[from:from+widest], column-from
	}
	// Tabs stay tabs below, so that the caret stands where it should whatever their width.
	var pad strings.Builder
	for _, r := range line[:min(max(column-1, 0), len(line))] {
		if r != '\t' {
			r = ' '
		}
		pad.WriteRune(r)
	}
	p.Snippet = fmt.Sprintf("%6d | %s", at.Line, printable(string(line)))
	if caret != "" {
		p.Snippet += fmt.Sprintf("\n%6s | %s%s", "", pad.String(), caret)
	}
	return p
}

// widest is how much of a line is shown, in characters.
const widest = 160

// shownKey is a key as it may be shown: where the blank after a colon is missing, a key has its value in it.
func (f *file) shownKey(key *yaml.Node) string { return f.redact().line(key.Value) }

// printable keeps from a terminal what would command it or reorder the line, and the caret where it should be.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '\uFFFD'
		}
		return r
	}, line)
}
