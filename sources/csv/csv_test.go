package csv

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sources"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes a file of that content and returns its path.
func write(tb testing.TB, content string) string {
	tb.Helper()
	return writeAs(tb, "employees.csv", content)
}

// writeAs is write with a name.
func writeAs(tb testing.TB, name, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// open opens a source that must open.
func open(tb testing.TB, s *Source) sources.Reading {
	tb.Helper()
	rd, err := s.Open(tb.Context(), sources.Request{Seed: 7})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := rd.Close(); err != nil {
			tb.Error(err)
		}
	})
	return rd
}
