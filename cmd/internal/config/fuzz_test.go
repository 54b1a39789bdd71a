package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: whatever is in the file, it loads or is explained at places that exist, and nothing panics.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Add("a: b" + strings.Repeat(":", 5000))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("rosterd.yaml", []byte(text), testEnv(dir))
		if err == nil {
			for _, job := range c.Jobs {
				for _, a := range job.Map {
					for offset := range len(a.Expression) + 2 {
						path := []string{"jobs", job.Name, "map", a.Name}
						if p := c.Problem(path, offset, "here"); p.Line < 1 || p.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 || p.Column < 1 {
							t.Errorf("offset %d of %q is at %d:%d", offset, a.Expression, p.Line, p.Column)
						}
					}
				}
			}
			return
		}
		var all *Error
		if !errors.As(err, &all) || len(all.Problems) == 0 || all.Error() == "" {
			t.Fatalf("not explained: %v", err)
		}
	})
}
