package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`    // from 1; 0 if the problem has no place
	Column  int    `json:"column"`  // from 1, in characters
	Message string `json:"message"` // what is wrong, and what to do
	Snippet string `json:"snippet"` // the line and a caret under the place, without secrets; "" if there is no such line
}

// String is the problem as an editor jumps to it, with the line below.
func (p Problem) String() string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if text += ": " + p.Message; p.Snippet != "" {
		text += "\n" + p.Snippet
	}
	return text
}

// Error is everything wrong with a configuration.
type Error struct{ Problems []Problem }

// shown is how many problems Error tells; somebody at a terminal wants the first ones.
const shown = 50

// Error tells the problems in the order of the file.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i == shown {
			fmt.Fprintf(&b, "and %d more\n", len(e.Problems)-shown)
			break
		}
		fmt.Fprintln(&b, p)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// With is the error with more problems, in the order of the file.
func (e *Error) With(more []Problem) *Error {
	return &Error{Problems: sorted(append(slices.Clone(e.Problems), more...))}
}

// sorted brings problems into the order of the file, each once.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}
