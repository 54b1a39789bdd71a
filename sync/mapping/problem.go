package mapping

import (
	"errors"
	"fmt"
	"strings"

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
