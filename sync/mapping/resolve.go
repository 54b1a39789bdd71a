package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"

	"github.com/rosterd/rosterd/sync/near"
)

// sliceCall is the call that stands for x[from:to]. Names of such calls have a space, so that nobody can write them.
const sliceCall = "slice of"

// resolver gives every name in a parsed expression its meaning: columns, row[...], values(...) and lookup(...) become
// calls of functions that close over the row or the table. What remains a name afterwards was bound by let.
type resolver struct {
	env      *environment
	program  *program
	problems []Problem
}

func (r *resolver) problem(n ast.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{Where: r.program.where, Offset: n.Location().From, Message: fmt.Sprintf(format, args...)})
}

// walk visits a node and what is below it; bound are the names that let has bound there.
func (r *resolver) walk(node *ast.Node, bound []string) {
	if *node == nil {
		return
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		r.identifier(node, n, bound)
	case *ast.MemberNode:
		r.member(node, n, bound)
	case *ast.CallNode:
		r.call(node, n, bound)
	case *ast.SliceNode:
		from, to := n.From, n.To
		if from == nil {
			from = &ast.NilNode{}
		}
		if to == nil {
			to = &ast.NilNode{}
		}
		args := []ast.Node{n.Node, from, to}
		r.walkAll(args, bound)
		replace(node, sliceCall, args...)
	case *ast.VariableDeclaratorNode:
		r.walk(&n.Value, bound)
		if isFunction(n.Name) || n.Name == "row" {
			r.problem(n, "%s is a name that expressions have already; let needs another", n.Name)
		}
		r.walk(&n.Expr, append(slices.Clip(bound), n.Name))
	case *ast.BinaryNode:
		r.dash(n, bound)
		r.walk(&n.Left, bound)
		r.walk(&n.Right, bound)
	case *ast.UnaryNode:
		r.walk(&n.Node, bound)
	case *ast.ChainNode:
		r.walk(&n.Node, bound)
	case *ast.BuiltinNode:
		r.walkAll(n.Arguments, bound)
		if n.Name == "timezone" {
			r.timezone(node, n)
		}
	case *ast.PredicateNode:
		r.walk(&n.Node, bound)
	case *ast.SequenceNode:
		r.walkAll(n.Nodes, bound)
	case *ast.ConditionalNode:
		r.walk(&n.Cond, bound)
		r.walk(&n.Exp1, bound)
		r.walk(&n.Exp2, bound)
	case *ast.ArrayNode:
		r.walkAll(n.Nodes, bound)
	case *ast.MapNode:
		r.walkAll(n.Pairs, bound)
	case *ast.PairNode:
		r.walk(&n.Key, bound)
		r.walk(&n.Value, bound)
	}
}

func (r *resolver) walkAll(nodes []ast.Node, bound []string) {
	for i := range nodes {
		r.walk(&nodes[i], bound)
	}
}

func (r *resolver) identifier(node *ast.Node, n *ast.IdentifierNode, bound []string) {
	switch name := n.Value; {
	case slices.Contains(bound, name):
	case name == "$env":
		r.problem(n, "$env is not there; a column is reached by its name or by row[...]")
	case name == "row":
		r.problem(n, `row needs a column in brackets, as in row["First Name"]`)
	case isFunction(name):
		r.problem(n, "%s is a function; a column of that name is row[%q]", name, name)
	default:
		r.column(node, n, name)
	}
}

// column replaces a node by the call that reads a column.
func (r *resolver) column(node *ast.Node, at ast.Node, name string) {
	slot := r.use(name, at)
	call := "column " + strconv.Itoa(slot)
	row := r.env.row
	r.env.define(call, func(...any) (any, error) { return row.value(slot) }, func() string { return "" })
	replace(node, call)
}

// use notes that a column is asked for, and gives its slot.
func (r *resolver) use(name string, at ast.Node) int {
	slot, ok := r.env.slots[name]
	if !ok {
		slot = len(r.env.slots)
		r.env.slots[name] = slot
	}
	if !slices.ContainsFunc(r.program.uses, func(u use) bool { return u.name == name }) {
		r.program.uses = append(r.program.uses, use{name: name, slot: slot, offset: at.Location().From})
	}
	return slot
}

func (r *resolver) member(node *ast.Node, n *ast.MemberNode, bound []string) {
	base, isName := n.Node.(*ast.IdentifierNode)
	name, isLiteral := n.Property.(*ast.StringNode)
	switch {
	case !isName || slices.Contains(bound, base.Value):
	case base.Value == "row" && isLiteral:
		r.column(node, n, name.Value)
		return
	case base.Value == "row":
		r.problem(n, `the column in row[...] has to be written out, as in row["First Name"]`)
		return
	case isLiteral && base.Value != "$env" && !isFunction(base.Value):
		r.problem(n, "a column has no members; a column with a dot in its name is row[%q]", base.Value+"."+name.Value)
		return
	}
	r.walk(&n.Node, bound)
	r.walk(&n.Property, bound)
}

// dash finds first-name, which takes one text from another.
func (r *resolver) dash(n *ast.BinaryNode, bound []string) {
	left, ok1 := n.Left.(*ast.IdentifierNode)
	right, ok2 := n.Right.(*ast.IdentifierNode)
	if n.Operator == "-" && ok1 && ok2 && !slices.Contains(bound, left.Value) && !slices.Contains(bound, right.Value) {
		r.problem(n, "texts can't be subtracted; a column with a dash in its name is row[%q]", left.Value+"-"+right.Value)
	}
}

func (r *resolver) call(node *ast.Node, n *ast.CallNode, bound []string) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		r.walk(&n.Callee, bound)
		r.walkAll(n.Arguments, bound)
		return
	}
	name := callee.Value
	if decode := decoderOf(name); decode != nil && !slices.Contains(bound, name) {
		r.decoded(node, n, bound, name, decode)
		return
	}
	r.walkAll(n.Arguments, bound)
	switch {
	case slices.Contains(bound, name):
	case name == "values":
		r.values(node, n)
	case name == "lookup":
		r.lookup(node, n)
	case name == "date":
		r.date(node, n)
	case name == "number":
		r.number(n)
	case name == "in_group":
		r.inGroup(node, n)
	case name == "password":
		r.problem(n, "password has to be the whole expression, as in password(24)")
	case name == "now":
		r.program.clock = true
	case name == "today", name == "valid":
		r.program.day = true
	case r.env.config.Functions[name] == nil:
		known := append(slices.Clone(builtin.Names), ours...)
		r.problem(n, "there is no function %s%s", name, near.Suggest(name, known))
	}
}

func (r *resolver) values(node *ast.Node, n *ast.CallNode) {
	name, ok := literal(n, 0, 1)
	if !ok {
		r.problem(n, `values takes a column, written out, as in values("memberOf")`)
		return
	}
	slot := r.use(name, n)
	call := "values " + strconv.Itoa(slot)
	row := r.env.row
	r.env.define(call, func(...any) (any, error) { return row.list(slot) }, func() []string { return nil })
	replace(node, call)
}

func (r *resolver) lookup(node *ast.Node, n *ast.CallNode) {
	name, ok := literal(n, 0, len(n.Arguments))
	if !ok || len(n.Arguments) < 2 || len(n.Arguments) > 3 {
		r.problem(n, `lookup takes a table, written out, a key and perhaps a default, as in lookup("roles", family)`)
		return
	}
	t, ok := r.env.tables[name]
	if !ok {
		r.problem(n.Arguments[0], "there is no table %s%s", quote(name), near.Suggest(name, slices.Sorted(maps.Keys(r.env.tables))))
		return
	}
	if !slices.Contains(r.program.tables, name) {
		r.program.tables = append(r.program.tables, name)
	}
	withDefault := len(n.Arguments) == 3
	call := "lookup in " + name
	if withDefault {
		call += " with a default"
	}
	t.define(r.env, name, call, withDefault)
	replace(node, call, n.Arguments[1:]...)
}

// date takes a layout that is written out apart once, not for every entry.
func (r *resolver) date(node *ast.Node, n *ast.CallNode) {
	if len(n.Arguments) != 2 {
		r.problem(n, `date takes a text and how it is written, as in date(hired_on, "DD.MM.YYYY")`)
		return
	}
	written, ok := literal(n, 1, 2)
	if !ok {
		return
	}
	l, err := parseLayout(written)
	if err != nil {
		r.problem(n.Arguments[1], "%v", err)
		return
	}
	env, call := r.env, "date "+written
	env.defineTyped(call, func(args ...any) (any, error) { return env.date(l, args[0]) }, dateSignature)
	replace(node, call, n.Arguments[0])
}

func (r *resolver) number(n *ast.CallNode) {
	if len(n.Arguments) != 2 {
		r.problem(n, `number takes a text and the decimal mark, as in number(hours, ",")`)
	} else if mark, ok := literal(n, 1, 2); ok && mark != "," && mark != "." {
		r.problem(n.Arguments[1], `the decimal mark is "," or ".", not %s`, quote(mark))
	}
}

// timezone loads a zone once: the original would read a file for every entry.
func (r *resolver) timezone(node *ast.Node, n *ast.BuiltinNode) {
	if len(n.Arguments) == 1 {
		if name, ok := n.Arguments[0].(*ast.StringNode); ok {
			zone, err := time.LoadLocation(name.Value)
			if err != nil {
				r.problem(n, "there is no time zone %s; zones are named like Europe/Berlin", quote(name.Value))
				return
			}
			ast.Patch(node, &ast.ConstantNode{Value: zone})
			return
		}
	}
	r.problem(n, `timezone takes a name, written out, as in timezone("Europe/Berlin")`)
}

// literal is an argument that is written out as text, of a call with so many arguments.
func literal(n *ast.CallNode, i, count int) (string, bool) {
	if len(n.Arguments) != count || i >= count {
		return "", false
	}
	s, ok := n.Arguments[i].(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// replace puts a call in the place of a node.
func replace(node *ast.Node, call string, args ...ast.Node) {
	callee := &ast.IdentifierNode{Value: call}
	callee.SetLocation((*node).Location())
	ast.Patch(node, &ast.CallNode{Callee: callee, Arguments: args})
}
