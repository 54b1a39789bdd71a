package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// guard is one check that keeps an account from harm, and the scenario that fails where it is taken out.
type guard struct {
	name    string // what it promises, in plain words
	answers string // sections of the specification, numbers of incidents
	out     mutation
	held    scenario
}

// mutation takes a guard out.
type mutation struct {
	edits  []edit
	behind string // what else would hold and is taken out too; "" for nothing
}

// edit is one place of a mutation.
type edit struct {
	file string // below the module's folder
	text string // as it stands there, exactly once
	with string // what stands there instead
}

// never makes a condition false for ever.
func never(file, condition string) mutation {
	before, condition := statement(condition)
	return replaced(file, before+condition, before+"(false && ("+condition+"))")
}

// always makes a condition true for ever.
func always(file, condition string) mutation {
	before, condition := statement(condition)
	return replaced(file, before+condition, before+"(true || ("+condition+"))")
}

// statement cuts off what an if does before its condition: `same := a == b; same`.
func statement(text string) (before, condition string) {
	if i := strings.LastIndex(text, "; "); i >= 0 {
		return text[:i+2], text[i+2:]
	}
	return "", text
}

// replaced puts other text in the place of a guard that is no condition.
func replaced(file, text, with string) mutation {
	return mutation{edits: []edit{{file, text, with}}}
}

// and takes a guard out that stands in several places.
func (m mutation) and(other mutation) mutation {
	return mutation{append(m.edits[:len(m.edits):len(m.edits)], other.edits...), m.behind}
}

// second takes out as well what stands behind a guard, and would do its work. The guard behind it has a line of its own.
func (m mutation) second(behind string, other mutation) mutation {
	m = m.and(other)
	m.behind = behind
	return m
}

// where names the places, for people.
func (m mutation) where() string {
	var files []string
	for _, e := range m.edits {
		if len(files) == 0 || files[len(files)-1] != e.file {
			files = append(files, e.file)
		}
	}
	return strings.Join(files, ", ")
}

// apply gives the mutated text of each file that a mutation touches.
func (m mutation) apply(root string) (map[string]string, error) {
	texts := map[string]string{}
	for _, e := range m.edits {
		path := filepath.Join(root, e.file)
		text, ok := texts[path]
		if !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("read the guard's file: %w", err)
			}
			text = string(b)
		}
		if n := strings.Count(text, e.text); n != 1 {
			return nil, fmt.Errorf("%s has %d times what should be there once: %s", e.file, n, e.text)
		}
		texts[path] = strings.Replace(text, e.text, e.with, 1)
	}
	return texts, nil
}

// scenario is a test that plays what the guard is for.
type scenario struct {
	pkg  string // its folder
	test string // its name, and perhaps that of a subtest: TestScripts/limits_block_everything
}

// script is one of the program's scripts.
func script(name string) scenario { return scenario{"cmd/rosterd", "TestScripts/" + name} }

// program is a test that runs the program.
func program(test string) scenario { return scenario{"cmd/rosterd", test} }

// engine is a test of whole runs, with a source and a target in memory.
func engine(test string) scenario { return scenario{"sync/reconcile", test} }

func (s scenario) String() string { return s.pkg + " " + s.test }
