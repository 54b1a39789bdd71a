package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected messages anew")

// testEnv is an environment of which nothing depends on the machine.
func testEnv(dir string) Env {
	variables := map[string]string{"CLARUS_SECRET": "from-the-environment", "EMPTY": ""}
	return Env{Dir: dir, Lookup: func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}}
}

func TestEveryKindOfMistakeIsExplained(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	dir, err := filepath.Abs("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse("rosterd.yaml", data, testEnv(dir))
			var all *Error
			if !errors.As(err, &all) || len(all.Problems) == 0 {
				t.Fatalf("loaded, or another error: %v", err)
			}
			got := strings.ReplaceAll(all.Error(), filepath.Dir(dir), "TESTDATA") + "\n"
			if strings.Contains(got, "hunter") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
