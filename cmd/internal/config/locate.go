package config

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// within is where the character at offset of the scalar at path stands.
func (f *file) within(path []string, offset int) Pos {
	p, ok := f.places[joined(path)]
	if !ok || p.value.Kind != yaml.ScalarNode || offset < 0 {
		return f.at(path)
	}
	return f.locate(p.value, offset)
}

// locate walks the source and the value of a scalar side by side: each character of the value is the next of the source,
// but for quotes, escapes, and line breaks with the indentation after them, which YAML folds into one blank or none.
func (f *file) locate(n *yaml.Node, offset int) Pos {
	w := walk{lines: f.lines, line: n.Line - 1, col: n.Column - 1, style: n.Style}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		w.line, w.col = w.line+1, 0
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		w.col++
	}
	for _, r := range n.Value {
		w.seek(r)
		if offset == 0 || w.line >= len(f.lines) {
			break
		}
		offset--
		w.step(r)
	}
	if w.line >= len(f.lines) {
		return posOf(n)
	}
	return Pos{w.line + 1, w.col + 1}
}

// walk is a place in the source of a scalar.
type walk struct {
	lines     []string
	line, col int // from 0, the column in characters
	style     yaml.Style
}

// rest is what remains of the line.
func (w *walk) rest() string {
	if w.line >= len(w.lines) {
		return ""
	}
	s := w.lines[w.line]
	for range w.col {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

// seek moves over what stands for nothing before the character r of the value.
func (w *walk) seek(r rune) {
	for w.line < len(w.lines) {
		rest := w.rest()
		end := strings.TrimLeft(rest, " \t") == ""
		switch {
		case w.style&yaml.DoubleQuotedStyle != 0 && rest == `\`:
			w.line, w.col = w.line+1, 0 // an escaped line break is nothing
		case r == ' ' || r == '\n' || r == '\t':
			return
		case end:
			w.line, w.col = w.line+1, 0
		case rest[0] == ' ' || rest[0] == '\t':
			w.col++
		default:
			return
		}
	}
}

// step moves over the source of the character r of the value.
func (w *walk) step(r rune) {
	rest := w.rest()
	switch {
	case rest == "":
		return // a folded line break: seek goes on to the next line
	case w.style&yaml.DoubleQuotedStyle != 0 && rest[0] == '\\' && len(rest) > 1:
		w.col += 2 + map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[1]]
	case w.style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(rest, "''"):
		w.col += 2
	case r == '\n' || r == ' ' && rest[0] != ' ':
		return
	default:
		w.col++
	}
}
