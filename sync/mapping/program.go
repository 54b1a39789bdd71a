package mapping

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/rosterd/rosterd/sync/record"
)

// maxExpression bounds an expression, in bytes: the parser recurses, and what it nests has no other bound.
const maxExpression = 16 << 10

// form is how a program is evaluated.
type form uint8

const (
	code     form = iota // by the virtual machine
	column               // a column as it is
	constant             // always the same
)

// program is one compiled expression.
type program struct {
	where    string // "key", "where" or "map.email"
	form     form
	slot     int          // of a column
	value    any          // of a constant out of an expression
	given    record.Value // of a constant out of the configuration, and a password
	isGiven  bool
	password bool
	code     *vm.Program
	result   reflect.Type // an interface type where it is known only at run time
	uses     []use
	tables   []string
	day      bool // asks today() or valid()
	clock    bool // asks now()
}

// use is a column that an expression asks for.
type use struct {
	name   string
	slot   int
	offset int
}

// compile compiles one expression in an environment. The program is there whatever the problems.
func (env *environment) compile(where string, x Expression) (p *program, problems []Problem) {
	p = &program{where: where, result: reflect.TypeFor[any]()}
	if x.IsConst {
		p.form, p.given, p.isGiven = constant, x.Const, true
		return p, nil
	}
	complain := func(format string, args ...any) []Problem {
		return append(problems, Problem{Where: where, Offset: -1, Message: fmt.Sprintf(format, args...)})
	}
	switch {
	case strings.TrimSpace(x.Text) == "":
		return p, complain("the expression is empty")
	case len(x.Text) > maxExpression:
		return p, complain("the expression is longer than %d bytes; a table may say it shorter", maxExpression)
	}
	defer func() {
		if r := recover(); r != nil {
			problems = complain("the expression can't be compiled: %s", shorten(fmt.Sprint(r), maxReason))
		}
	}()
	tree, err := parser.ParseWithConfig(x.Text, env.config)
	if err != nil {
		return p, append(problems, problemOf(where, err))
	}
	if n, ok := passwordCall(tree.Node); ok {
		problems := p.makePassword(n)
		return p, problems
	}
	r := &resolver{env: env, program: p}
	r.walk(&tree.Node, nil)
	if len(r.problems) > 0 {
		return p, r.problems
	}
	if err := p.finish(tree, env); err != nil {
		return p, append(problems, problemOf(where, err))
	}
	return p, nil
}

// finish checks types, takes the short cuts, and generates code for the rest.
func (p *program) finish(tree *parser.Tree, env *environment) error {
	result, err := checker.Check(tree, env.config)
	if err != nil {
		return err
	}
	p.result = result
	switch n := tree.Node.(type) {
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && strings.HasPrefix(callee.Value, "column ") {
			p.form, p.slot = column, p.uses[0].slot
			return nil
		}
	case *ast.StringNode:
		p.form, p.value = constant, n.Value
		return nil
	case *ast.IntegerNode:
		p.form, p.value = constant, n.Value
		return nil
	case *ast.BoolNode:
		p.form, p.value = constant, n.Value
		return nil
	}
	if err := optimizer.Optimize(&tree.Node, env.config); err != nil {
		return err
	}
	p.code, err = compiler.Compile(tree, env.config)
	return err
}

// passwordCall recognizes password(...) as the whole expression.
func passwordCall(n ast.Node) (*ast.CallNode, bool) {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return nil, false
	}
	callee, ok := call.Callee.(*ast.IdentifierNode)
	return call, ok && callee.Value == "password"
}

// The bounds of password(length), in characters.
const (
	minPassword = 8
	maxPassword = 128
)

func (p *program) makePassword(n *ast.CallNode) []Problem {
	p.form, p.password, p.isGiven, p.result = constant, true, true, reflect.TypeFor[string]()
	if len(n.Arguments) == 1 {
		if length, ok := n.Arguments[0].(*ast.IntegerNode); ok && length.Value >= minPassword && length.Value <= maxPassword {
			p.given = record.GeneratedValue(length.Value)
			return nil
		}
	}
	return []Problem{{Where: p.where, Offset: n.Location().From, Message: fmt.Sprintf(
		"password takes its length, written out, from %d to %d", minPassword, maxPassword)}}
}

// run evaluates a program for the row that is loaded. Panics are errors: they come from values, not from the program.
func (p *program) run(r *row, machine *vm.VM) (any, error) {
	switch p.form {
	case column:
		return r.value(p.slot)
	case constant:
		return p.value, nil
	}
	v, err := machine.Run(p.code, nil)
	if err != nil {
		return nil, errors.New(explain(err))
	}
	return v, nil
}

// explain says in a line what went wrong at run time.
func explain(err error) string {
	e, ok := errors.AsType[*file.Error](err)
	if !ok {
		return tidy(err.Error())
	}
	text := e.Message
	wrong, ok := errors.AsType[*runtime.TypeAssertionError](e.Prev)
	switch {
	case ok:
		_, text, _ = strings.Cut(wrong.Error(), " is ")
		text = "a value is " + strings.Replace(text, "nil", "null", 1)
	case e.Prev != nil: // otherwise expr-lang's own words
		return tidy(e.Prev.Error())
	}
	return tidy(text) + " (character " + strconv.Itoa(e.From+1) + ")"
}

// tidy bounds a message and takes away what a terminal might obey.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, shorten(s, maxReason))
}
