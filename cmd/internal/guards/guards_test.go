package main

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEachGuardStandsWhereItsTableSays keeps the tables from rotting: a guard that was moved, reworded or taken out is found, and a
// scenario that was renamed too. Whether the scenario holds the guard, `make guards` tells.
func TestEachGuardStandsWhereItsTableSays(t *testing.T) {
	root, err := moduleRoot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	tests := map[string]map[string]bool{}
	for _, a := range areas() {
		for _, g := range a.guards {
			if names[g.name] {
				t.Errorf("%s: two guards promise that", g.name)
			}
			names[g.name] = true
			if _, err := g.out.apply(root); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
			if tests[g.held.pkg] == nil {
				tests[g.held.pkg] = testsOf(t, filepath.Join(root, g.held.pkg))
			}
			test, sub, _ := strings.Cut(g.held.test, "/")
			if !tests[g.held.pkg][test] {
				t.Errorf("%s: there is no test %s in %s", g.name, test, g.held.pkg)
			}
			if test == "TestScripts" {
				if _, err := os.Stat(filepath.Join(root, g.held.pkg, "testdata/script", sub+".txtar")); err != nil {
					t.Errorf("%s: %v", g.name, err)
				}
			}
		}
	}
}

// testsOf are the names of a package's tests.
func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

func TestAGuardIsTakenOutOnceOrNotAtAll(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "f.go"), []byte("if same := a == b; same && c {\n}\nif twice {\n}\nif twice {\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		promise string
		out     mutation
		want    string // "" for an error
	}{
		{"a condition is never true", never("f.go", "same && c"), "if same := a == b; (false && (same && c)) {"},
		{"or always", always("f.go", "same && c"), "if same := a == b; (true || (same && c)) {"},
		{"what comes before it stays", never("f.go", "same := a == b; same && c"), "if same := a == b; (false && (same && c)) {"},
		{"two places are two edits", never("f.go", "same").and(never("f.go", "c {")), ""},
		{"text that stands there twice is nobody's", never("f.go", "twice"), ""},
		{"and so is text that does not", never("f.go", "nowhere"), ""},
	} {
		texts, err := c.out.apply(root)
		if got, _, _ := strings.Cut(texts[filepath.Join(root, "f.go")], "\n"); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.promise, got, err)
		}
	}
}

func TestOneScenarioIsRunAndNoOther(t *testing.T) {
	for test, want := range map[string]string{
		"TestKilled":               "^TestKilled$",
		"TestScripts/approve":      "^TestScripts$/^approve$",
		"TestJudge/what_is_it_(2)": `^TestJudge$/^what_is_it_\(2\)$`,
	} {
		if got := (scenario{"p", test}).pattern(); got != want {
			t.Errorf("%s: %s, want %s", test, got, want)
		}
	}
}

// TestWhatProvesNothingIsNotHeld plays the verdicts on a module of its own.
func TestWhatProvesNothingIsNotHeld(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      "module example.com/m\n\ngo 1.24\n",
		"m.go":        "package m\n\nfunc Most(n int) int {\n\tif n > 3 {\n\t\treturn 3\n\t}\n\tif n < 0 {\n\t\treturn 0\n\t}\n\treturn n\n}\n",
		"m_test.go":   "package m\n\nimport \"testing\"\n\nfunc TestMost(t *testing.T) {\n\tif Most(5) != 3 {\n\t\tt.Error(\"too much\")\n\t}\n}\n",
		"bad_test.go": "package m\n\nimport \"testing\"\n\nfunc TestPanics(t *testing.T) {\n\tif Most(5) != 3 {\n\t\tpanic(\"too much\")\n\t}\n}\n\nfunc TestFails(t *testing.T) { t.Error(\"always\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := newLab(root, t.TempDir())
	for _, c := range []struct {
		promise string
		out     mutation
		test    string
		want    string // in the error; "" for held
	}{
		{"a test that fails holds its guard", never("m.go", "n > 3"), "TestMost", ""},
		{"one that passes does not", never("m.go", "n < 0"), "TestMost", "passes without it"},
		{"a crash is no failure", never("m.go", "n > 3"), "TestPanics", "crash"},
		{"what does not compile proves nothing", replaced("m.go", "n > 3", "n >"), "TestMost", "does not compile"},
		{"nor does a test that fails anyhow", never("m.go", "n > 3"), "TestFails", "fails as it is"},
		{"nor one that is not there", never("m.go", "n > 3"), "TestNothing", "no such test"},
	} {
		how, err := l.holds(context.Background(), guard{name: c.promise, out: c.out, held: scenario{".", c.test}})
		if c.want == "" && (err != nil || !strings.Contains(how, "too much")) || c.want != "" && (err == nil || !strings.Contains(errors.Join(err).Error(), c.want)) {
			t.Errorf("%s: %q, %v", c.promise, how, err)
		}
	}
}
