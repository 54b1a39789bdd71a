package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// repairs is how often YAML that can't be read is read again with one more value quoted.
const repairs = 50

// parse makes the nodes of the one document. Where a value should have been quoted it says so, reads on as if it had been,
// and everything after it is looked at too. It returns nil if there is nothing to decode.
func (d *decoder) parse(data []byte) *yaml.Node {
	if !d.readable(data) {
		return nil
	}
	lines := slices.Clone(d.file.lines)
	for {
		root, second, err := documents(lines)
		var syntax *yaml.LoadError
		switch {
		case err != nil && !errors.As(err, &syntax):
			d.fail(Pos{1, 1}, "not valid YAML: "+err.Error())
			return nil
		case syntax != nil:
			line, quoted, ok := d.explain(lines, syntax)
			if !ok || len(d.muted) == repairs {
				return nil
			}
			lines[line-1], d.muted[line] = quoted, true
			continue
		case root == nil:
			d.fail(Pos{1, 1}, "the configuration is empty; begin with config.example.yaml")
			return nil
		case second != nil:
			d.fail(posOf(second), "a second YAML document begins before this line; the configuration is one document, so remove the --- above")
		}
		return root
	}
}

// documents parses the lines: the content of the first document, and of the second if there is one.
func documents(lines []string) (first, second *yaml.Node, err error) {
	loader, err := yaml.NewLoader(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		return nil, nil, err
	}
	for _, into := range []**yaml.Node{&first, &second} {
		var doc yaml.Node
		switch err := loader.Load(&doc); {
		case errors.Is(err, io.EOF):
			return first, second, nil
		case err != nil:
			return nil, nil, err
		}
		if *into = &doc; len(doc.Content) > 0 {
			*into = doc.Content[0]
		}
	}
	return first, second, nil
}

// readable complains about bytes that are no text, at the first of them, and reports whether there are none.
func (d *decoder) readable(data []byte) bool {
	if len(data) > 1 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		d.problems = append(d.problems, Problem{File: d.file.name, Line: 1, Column: 1, Message: "the file is UTF-16; save it as UTF-8"})
		return false
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.fail(Pos{line, column}, fmt.Sprintf("the byte 0x%02X is not UTF-8; save the file as UTF-8", data[i]))
			return false
		case r == '\uFEFF' && i == 0:
			column--
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\uFEFF':
			d.fail(Pos{line, column}, fmt.Sprintf("an invisible control character, %U; remove it", r))
			return false
		case r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069': // https://trojansource.codes
			d.fail(Pos{line, column}, fmt.Sprintf("an invisible mark, %U, which makes the line look other than it is; remove it, or write \\u%04X in double quotes", r, r))
			return false
		}
		if r == '\n' || r == '\r' && !bytes.HasPrefix(data[i+1:], []byte("\n")) {
			line, column = line+1, 0
		}
		i, column = i+size, column+1
	}
	return true
}

// keyValue is a line with a key and a value: everything up to the value, and the value.
var keyValue = regexp.MustCompile(`^(\s*(?:-\s+)*(?:"[^"]*"|'[^']*'|[^\s"'#&*!|>%@\[\]{},-][^:#]*?)\s*:\s+)(\S.*?)\s*$`)

// explain complains about YAML that can't be read. If a value has to be quoted, it gives that line with the value quoted.
func (d *decoder) explain(lines []string, e *yaml.LoadError) (line int, quoted string, ok bool) {
	at := Pos{e.Mark.Line, e.Mark.Column}
	for _, line := range []int{e.Mark.Line, e.ContextMark.Line, above(lines, e.Mark.Line)} {
		if line < 1 || line > len(lines) || d.muted[line] {
			continue
		}
		m := keyValue.FindStringSubmatch(lines[line-1])
		if m == nil {
			continue
		}
		if why := needsQuotes(m[2]); why != "" {
			d.fail(Pos{line, utf8.RuneCountInString(m[1]) + 1}, "quote this value: "+why+"; write "+d.quotedAs(line, m[2]))
			return line, m[1] + "'" + strings.ReplaceAll(m[2], "'", "''") + "'", true
		}
	}
	if at.Line >= 1 && at.Line <= len(lines) {
		text := lines[at.Line-1]
		if indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]; strings.Contains(indent, "\t") {
			d.fail(Pos{at.Line, strings.Index(indent, "\t") + 1}, "a tab in the indentation; YAML is indented with blanks")
			return 0, "", false
		}
	}
	begun := Pos{e.ContextMark.Line, e.ContextMark.Column}
	switch {
	case strings.Contains(e.ContextMsg, "quoted scalar") && strings.Contains(e.Message, "end of stream"):
		d.fail(begun, "this quote is never closed")
	case strings.Contains(e.Message, "expected ',' or"):
		d.fail(at, fmt.Sprintf("expected a comma or the end of the list or map that was begun in line %d, column %d", begun.Line, begun.Column))
	case strings.Contains(e.Message, "mapping values are not allowed"):
		d.fail(at, "no key is expected here: the line is indented deeper than the one above, which has a value already, or a value with \": \" in it is not quoted")
	case strings.Contains(e.Message, "could not find expected ':'"):
		d.fail(begun, "a key without its \": \", or the second line of a value that should be indented deeper than its key")
	case strings.Contains(e.Message, "did not find expected key"):
		d.fail(at, "a key is expected here; does the indentation fit the lines above?")
	case strings.Contains(e.Message, "unknown anchor"):
		d.fail(at, "anchors and aliases are not supported; quote a text that begins with *")
	default:
		d.fail(at, "not valid YAML: "+e.Message)
	}
	return 0, "", false
}

// above is the last line before the given one that is not blank, 0 if there is none.
func above(lines []string, line int) int {
	for line = min(line-1, len(lines)); line > 0 && strings.TrimSpace(lines[line-1]) == ""; line-- {
	}
	return max(line, 0)
}

// needsQuotes says why a value that YAML stumbled over has to be quoted, "" if that is not its fault.
func needsQuotes(value string) string {
	switch c := value[0]; {
	case strings.ContainsRune("*&!%@`", rune(c)):
		return fmt.Sprintf("it begins with %c, which means something else to YAML", c)
	case c == '"' || c == '\'':
		if end := strings.IndexByte(value[1:], c); end >= 0 && goesOn(value[end+2:]) {
			return fmt.Sprintf("it begins with %c, so to YAML it ends at the next %c", c, c)
		}
		return ""
	case c == '[' || c == '{':
		if end := closing(value); end > 0 && goesOn(value[end+1:]) {
			return fmt.Sprintf("it begins with %c, so to YAML it ends at the bracket that closes it", c)
		}
		return ""
	case c == '|' || c == '>':
		return fmt.Sprintf("it begins with %c, which begins a text of several lines", c)
	case value == "-" || strings.HasPrefix(value, "- "):
		return "it begins with -, which begins an element of a list"
	case strings.Contains(value, ": ") || strings.HasSuffix(value, ":"):
		return "it has \": \" in it, which to YAML ends a key"
	}
	return ""
}

func goesOn(rest string) bool {
	rest = strings.TrimSpace(rest)
	return rest != "" && rest[0] != '#'
}

// closing is the index of the bracket that closes the first one, -1 if none does.
func closing(value string) int {
	depth := 0
	for i, r := range value {
		switch r {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// quotedAs shows how a value is to be quoted, if it is short enough to be worth it and may be shown.
func (d *decoder) quotedAs(line int, value string) string {
	if strings.Contains(value, "'") || len(value) > 60 || d.file.safe()[line-1] != d.file.lines[line-1] {
		return "'...' around it, and each ' inside twice"
	}
	return "'" + value + "'"
}
