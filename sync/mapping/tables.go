package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// table is a look-up table with values of the types that expressions have.
type table struct {
	values map[string]any
	result reflect.Type // of all values; nil if they differ, or one is null
}

// readTables takes the tables of a configuration over, so that nobody can change them any more.
func readTables(in Tables) (map[string]table, []Problem) {
	out := make(map[string]table, len(in))
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(in)) {
		t := table{values: make(map[string]any, len(in[name]))}
		first := true
		for _, key := range slices.Sorted(maps.Keys(in[name])) {
			v := in[name][key]
			switch n := v.(type) {
			case nil, string, int, bool:
			case int64:
				v = int(n)
			default:
				problems = append(problems, Problem{Where: "tables." + name, Offset: -1, Message: fmt.Sprintf(
					"the value of %s is %s; a table holds texts, whole numbers, true and false", quote(key), shapeOf(v))})
				continue
			}
			t.values[key] = v
			if first {
				t.result, first = reflect.TypeOf(v), false
			} else if t.result != reflect.TypeOf(v) {
				t.result = nil
			}
		}
		out[name] = t
	}
	return out, problems
}

// define makes a table's look-up known under the name of the call that stands for it, typed by what is in the table.
func (t table) define(env *environment, name, call string, withDefault bool) {
	text, anything := reflect.TypeFor[string](), reflect.TypeFor[any]()
	result := t.result
	if result == nil {
		result = anything
	}
	signatures := []reflect.Type{reflect.FuncOf([]reflect.Type{text}, []reflect.Type{result}, false)}
	if withDefault {
		signatures = []reflect.Type{
			reflect.FuncOf([]reflect.Type{text, result}, []reflect.Type{result}, false),
			reflect.FuncOf([]reflect.Type{text, anything}, []reflect.Type{anything}, false),
		}
	}
	env.defineTyped(call, func(args ...any) (any, error) {
		key, err := asText("lookup", args[0])
		if err != nil {
			return nil, err
		}
		v, ok := t.values[key]
		switch {
		case ok:
			return v, nil
		case withDefault:
			return args[1], nil
		}
		return nil, fmt.Errorf("lookup: table %s has no entry for %s", name, quote(key))
	}, signatures...)
}
