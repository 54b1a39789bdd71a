package mapping

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"
)

// Problem is something wrong with the configuration of a mapping, for the administrator who wrote it.
type Problem struct {
	Where   string // "key", "where", "map", "map.email" or "tables.roles"
	Offset  int    // in the expression, in characters from 0; -1 where there is no place in an expression
	Message string
	Warning bool // it works, but is hardly meant
}

// String is the problem without its place in the file, which only the configuration knows.
func (p Problem) String() string {
	if p.Offset < 0 {
		return p.Where + ": " + p.Message
	}
	return fmt.Sprintf("%s: character %d: %s", p.Where, p.Offset+1, p.Message)
}

// problemOf makes a problem of what expr-lang says, without its snippet of several lines.
func problemOf(where string, err error) Problem {
	p := Problem{Where: where, Offset: -1, Message: err.Error()}
	if e, ok := errors.AsType[*file.Error](err); ok {
		p.Offset, p.Message = e.From, e.Message
	}
	p.Message, _, _ = strings.Cut(p.Message, "\n")
	p.Message = strings.TrimSpace(p.Message)
	return p
}

// suggest is "; did you mean …" where one of the candidates resembles the name, else "".
func suggest(name string, candidates []string) string {
	best, least := "", max(1, min(3, (utf8.RuneCountInString(name)+1)/3))+1
	for _, c := range candidates {
		if d := distance(squash(name), squash(c)); d < least || d == least && best != "" && c < best {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// squash takes away what people mix up most: case, and how words are joined.
func squash(s string) []rune {
	return []rune(strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s)))
}

// distance is how many characters have to be put in, taken out or replaced to make b of a.
func distance(a, b []rune) int {
	const far = 1 << 10
	if len(a) > 100 || len(b) > 100 {
		return far
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
