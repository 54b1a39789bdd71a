package state

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// ofSQL is where the methods of database/sql have their statement, but for those of a statement that is prepared.
var ofSQL = map[string]int{"Exec": 0, "Query": 0, "QueryRow": 0, "Prepare": 0, "ExecContext": 1, "QueryContext": 1, "QueryRowContext": 1, "PrepareContext": 1}

// finder follows statements from database/sql back to where they are written. A parameter that is one is looked for where its function is
// called, a variable where it is set.
type finder struct {
	info    types.Info
	files   []*ast.File
	text    func(ast.Node) string
	wanted  map[*types.Var]bool // parameters that are statements
	found   []string
	visited map[ast.Expr]bool
}

// findBuilt are the statements that are not made of constants, each with the function in which it is.
func findBuilt(t *testing.T, fset *token.FileSet, std types.Importer, all map[string]string) []string {
	t.Helper()
	f := &finder{info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}},
		wanted: map[*types.Var]bool{}, visited: map[ast.Expr]bool{}}
	f.text = func(n ast.Node) string {
		at, end := fset.Position(n.Pos()), fset.Position(n.End())
		return all[at.Filename][at.Offset:end.Offset]
	}
	for name, text := range all {
		file, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.files = append(f.files, file)
	}
	config := types.Config{Error: func(error) {}, Importer: justSQL{std}} // what other packages have is an error that does not matter
	_, _ = config.Check("state", fset, f.files, &f.info)
	for before := -1; before != len(f.wanted); {
		before = len(f.wanted)
		for _, file := range f.files {
			f.look(file)
		}
	}
	slices.Sort(f.found)
	return slices.Compact(f.found)
}

// justSQL spares the time that it takes to read all other packages.
type justSQL struct{ types.Importer }

func (i justSQL) Import(path string) (*types.Package, error) {
	if path != "database/sql" {
		return nil, errors.New("not needed")
	}
	return i.Importer.Import(path)
}

// look judges each statement that a file's calls have.
func (f *finder) look(file *ast.File) {
	for _, d := range file.Decls {
		var in *ast.FuncDecl
		if fn, ok := d.(*ast.FuncDecl); ok {
			in = fn
		}
		called := map[ast.Expr]bool{}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				called[n.Fun] = true
				for i, arg := range n.Args {
					if f.isStatement(n.Fun, i) {
						f.judge(in, arg)
					}
				}
			case *ast.SelectorExpr: // a method that goes elsewhere as a value goes out of sight
				if !called[n] && f.isStatement(n, 0) || !called[n] && f.isStatement(n, 1) {
					f.tell(in, n)
				}
			}
			return true
		})
	}
}

// isStatement reports whether the i-th argument of a function is one.
func (f *finder) isStatement(fn ast.Expr, i int) bool {
	var name *ast.Ident
	switch fn := fn.(type) {
	case *ast.Ident:
		name = fn
	case *ast.SelectorExpr:
		name = fn.Sel
	case *ast.IndexExpr: // each[T]
		return f.isStatement(fn.X, i)
	default:
		return false
	}
	called, ok := f.info.Uses[name].(*types.Func)
	if !ok {
		return false
	}
	if called.Pkg() != nil && called.Pkg().Path() == "database/sql" {
		at, ok := ofSQL[name.Name]
		return ok && at == i && !strings.HasSuffix(called.Signature().Recv().Type().String(), ".Stmt")
	}
	params := called.Origin().Signature().Params()
	return i < params.Len() && f.wanted[params.At(i)]
}

// judge says whether a statement is made of constants, as far as its own function tells; the rest is judged where that is called.
func (f *finder) judge(in *ast.FuncDecl, e ast.Expr) {
	if f.visited[e] || f.info.Types[e].Value != nil {
		return
	}
	f.visited[e] = true
	switch e := e.(type) {
	case *ast.ParenExpr:
		f.judge(in, e.X)
		return
	case *ast.BinaryExpr:
		f.judge(in, e.X)
		f.judge(in, e.Y)
		return
	case *ast.Ident:
		if v, ok := f.info.Uses[e].(*types.Var); ok && in != nil && f.follow(in, v) {
			return
		}
	case *ast.CallExpr:
		if f.returns(in, e) {
			return
		}
	}
	f.tell(in, e)
}

// follow judges what a variable is set to; a parameter becomes one of those that are wanted.
func (f *finder) follow(in *ast.FuncDecl, v *types.Var) (known bool) {
	for _, list := range in.Type.Params.List {
		for _, name := range list.Names {
			if f.info.Defs[name] == v {
				f.wanted[v], known = true, true
			}
		}
	}
	is := func(e ast.Expr) bool {
		name, ok := e.(*ast.Ident)
		return ok && (f.info.Defs[name] == v || f.info.Uses[name] == v)
	}
	ast.Inspect(in, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				switch {
				case !is(left):
				case len(n.Rhs) == len(n.Lhs):
					known = true
					f.judge(in, n.Rhs[i])
				default: // of a function that gives several
					f.tell(in, n.Rhs[0])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if is(name) && i < len(n.Values) {
					known = true
					f.judge(in, n.Values[i])
				}
			}
		case *ast.UnaryExpr: // whoever has its address may set it
			if n.Op == token.AND && is(n.X) {
				f.tell(in, n)
			}
		}
		return true
	})
	return known
}

// returns judges what a function of ours returns, whose parameters are then statements too.
func (f *finder) returns(in *ast.FuncDecl, call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	for _, file := range f.files {
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.info.Uses[name] == nil || f.info.Defs[fn.Name] != f.info.Uses[name] {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
					f.judge(fn, r.Results[0])
				} else if ok {
					f.tell(in, call)
				}
				return true
			})
			return true
		}
	}
	return false
}

func (f *finder) tell(in *ast.FuncDecl, n ast.Node) {
	where := "outside of functions"
	if in != nil {
		where = in.Name.Name
	}
	f.found = append(f.found, where+": "+f.text(n))
}
