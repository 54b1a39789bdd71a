package mapping

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

// ours are the functions that expr-lang lacks, or has with another meaning.
var ours = []string{"ad_enabled", "ad_time", "ascii", "date", "guid", "in_group", "lookup", "now", "number", "password", "rdn",
	"sid", "today", "valid", "values"}

// isFunction reports whether a bare name is taken, so that a column of that name is reached by row[...] only.
func isFunction(name string) bool {
	_, ok := builtin.Index[name]
	return ok || slices.Contains(ours, name)
}

// environment is everything that an expression can reach: one row, the tables and the functions. There is one for each
// Bound, because functions close over its row.
type environment struct {
	row    *row
	tables map[string]table
	config *conf.Config
	slots  map[string]int // of columns in the row
}

func newEnvironment(r *row, tables map[string]table) *environment {
	env := &environment{row: r, tables: tables, config: conf.CreateNew(), slots: map[string]int{}}
	env.config.WithEnv(map[string]any{}) // strict: a name that nobody resolved is an error
	env.defineClock()
	env.defineText()
	env.defineDirectory()
	for _, name := range []string{"keys", "toPairs"} {
		env.sorted(name)
	}
	// ::now() would still reach the original, and with it the machine's clock.
	for name := range env.config.Functions {
		env.config.Disabled[name] = true
		delete(env.config.Builtins, name)
	}
	for _, name := range ours {
		env.config.Disabled[name] = true
		delete(env.config.Builtins, name)
	}
	return env
}

// function is the body of a function in an expression.
type function = func(args ...any) (any, error)

// define makes a function known; each signature is a func of the types it takes and gives.
func (env *environment) define(name string, f function, signatures ...any) {
	types := make([]reflect.Type, len(signatures))
	for i, s := range signatures {
		types[i] = reflect.TypeOf(s)
	}
	env.defineTyped(name, f, types...)
}

func (env *environment) defineTyped(name string, f function, types ...reflect.Type) {
	env.config.Functions[name] = &builtin.Function{Name: name, Func: f, Types: types}
}

func (env *environment) defineClock() {
	r := env.row
	env.define("today", func(...any) (any, error) { return r.today, nil }, func() (t time.Time) { return })
	env.define("now", func(...any) (any, error) { return r.now, nil }, func() (t time.Time) { return })
	f := &builtin.Function{Name: "valid", Func: func(args ...any) (any, error) {
		return valid(r.day, args[0], args[1], r.zone)
	}}
	f.Validate = func(args []reflect.Type) (reflect.Type, error) {
		if len(args) != 2 {
			return reflect.TypeFor[bool](), fmt.Errorf("valid takes a start and an end")
		}
		for _, a := range args {
			if s := shapeOfType(a); s != shapeAny && s != shapeText && s != shapeTime {
				return reflect.TypeFor[bool](), fmt.Errorf("valid takes dates, not %s", s)
			}
		}
		return reflect.TypeFor[bool](), nil
	}
	env.config.Functions["valid"] = f
	env.define("date", func(args ...any) (any, error) {
		written, err := asText("date", args[1])
		if err != nil {
			return nil, err
		}
		l, err := parseLayout(written)
		if err != nil {
			return nil, err
		}
		return env.date(l, args[0])
	}, func(string, string) (t time.Time) { return })
}

// date is date() with a layout that is known.
func (env *environment) date(l layout, arg any) (any, error) {
	if t, ok := arg.(time.Time); ok {
		return t, nil
	}
	s, err := asText("date", arg)
	if err != nil {
		return nil, err
	}
	t, ok, err := l.parse(s, env.row.zone)
	if !ok || err != nil {
		return nil, err
	}
	return t, nil
}

func (env *environment) defineText() {
	env.define("ascii", func(args ...any) (any, error) {
		s, err := asText("ascii", args[0])
		if err != nil {
			return nil, err
		}
		return ascii(s)
	}, func(string) string { return "" })
	env.define("number", func(args ...any) (any, error) {
		s, err := asText("number", args[0])
		if err != nil {
			return nil, err
		}
		mark, err := asText("number", args[1])
		if err != nil {
			return nil, err
		}
		return parseNumber(s, mark)
	}, func(string, string) any { return nil })
	env.define("string", func(args ...any) (any, error) { return stringOf(args[0]) }, func(any) string { return "" })
	env.define("repeat", func(args ...any) (any, error) { return repeat(args[0].(string), args[1].(int)) }, strings.Repeat)
	env.define("indexOf", func(args ...any) (any, error) {
		s := args[0].(string)
		return characters(s, strings.Index(s, args[1].(string))), nil
	}, strings.Index)
	env.define("lastIndexOf", func(args ...any) (any, error) {
		s := args[0].(string)
		return characters(s, strings.LastIndex(s, args[1].(string))), nil
	}, strings.LastIndex)
	f := &builtin.Function{Name: sliceCall, Func: func(args ...any) (any, error) { return slice(args[0], args[1], args[2]) }}
	f.Validate = sliceType
	env.config.Functions[sliceCall] = f
}

// sliceType is the checker's rule for x[from:to].
func sliceType(args []reflect.Type) (reflect.Type, error) {
	for _, a := range args[1:] {
		if s := shapeOfType(a); s != shapeAny && s != shapeInt {
			return args[0], fmt.Errorf("a slice is x[from:to] with whole numbers, not %s", s)
		}
	}
	switch s := shapeOfType(args[0]); {
	case s == shapeAny, s == shapeText, args[0].Kind() == reflect.Slice:
		return args[0], nil
	default:
		return args[0], fmt.Errorf("can't take a slice of %s", s)
	}
}

// sorted replaces a function that gives the members of a map in any order: the same entry would look changed.
func (env *environment) sorted(name string) {
	original := builtin.Builtins[builtin.Index[name]]
	env.config.Functions[name] = &builtin.Function{
		Name: name, Validate: original.Validate,
		Func: func(args ...any) (any, error) {
			out, err := original.Func(args...)
			switch list := out.(type) {
			case []any:
				slices.SortFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			case [][2]any:
				slices.SortFunc(list, func(a, b [2]any) int { return cmp.Compare(fmt.Sprint(a[0]), fmt.Sprint(b[0])) })
			}
			return out, err
		},
	}
}
