package state

import (
	"go/importer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// built are the texts of statements that are put together when the program runs: where, and why no value that somebody else wrote is in them.
var built = map[string]string{
	"create: string(text)": "a migration, embedded in the program",
	`create: fmt.Sprintf("PRAGMA user_version = %d", version)`: "how many migrations there are; a pragma takes no parameter",
	"Succession: q.query": "three constants, in a list with their parameters",
}

// TestNoValueStandsInAStatement: whatever reaches a method of database/sql as a statement, through whichever functions of ours, is made of
// constants. Values are parameters.
func TestNoValueStandsInAStatement(t *testing.T) {
	fset := token.NewFileSet()
	found := findBuilt(t, fset, importer.ForCompiler(fset, "source", nil), sources(t))
	for _, text := range found {
		if built[text] == "" {
			t.Errorf("%s: a value may stand in the statement: make it a parameter", text)
		}
	}
	for text := range built {
		if !slices.Contains(found, text) {
			t.Errorf("%s is no more: take it out of the list", text)
		}
	}
}

// TestAValueInAStatementIsFound puts one into statements, each in another way.
func TestAValueInAStatementIsFound(t *testing.T) {
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for name, c := range map[string]struct{ file, from, to string }{
		"concatenated":               {"changes.go", `v.changes("WHERE n = last_insert_rowid()")`, `v.changes("WHERE key = '" + string(p.Key) + "'")`},
		"formatted":                  {"changes.go", `"UPDATE draft.changes SET result = ?, detail = ? WHERE n = ?", int64(r), detail, n`, `fmt.Sprintf("UPDATE draft.changes SET detail = %q", detail)`},
		"in a variable":              {"cases.go", "query = missingFromIndex", "query += job.Identity"},
		"in a field":                 {"view.go", `"DETACH DATABASE known"`, "v.path"},
		"through a function":         {"adopt.go", `"SELECT remote_id, reference, attrs, foreign_why FROM draft.found WHERE "+where+" ORDER BY n LIMIT 3", []any{arg}`, `arg.(string), nil`},
		"to database/sql":            {"view.go", `"SELECT value FROM known.meta WHERE name = 'seed'"`, `path`},
		"by a function of ours":      {"verify.go", `schemaOf("known")`, `schemaOf(v.path)`},
		"as the name of a statement": {"view.go", "v.exec", "v.prepared"},
	} {
		t.Run(name, func(t *testing.T) {
			all := sources(t)
			mutant := strings.Replace(all[c.file], c.from, c.to, 1)
			if name == "as the name of a statement" {
				mutant += "\nfunc (v *View) any(text string) error { do := v.exec; return do(text) }\n"
			} else if mutant == all[c.file] {
				t.Fatalf("%s has no %s", c.file, c.from)
			}
			all[c.file] = mutant
			if found := findBuilt(t, fset, std, all); len(found) <= len(built) {
				t.Errorf("it is not found: %q", found)
			}
		})
	}
}

// sources are this package's files, by name.
func sources(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}
