package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// TestMain lets the figures start this program in its roles.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if role, ok := roles()[os.Args[1]]; ok {
			if err := role(context.Background(), os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// TestEveryFigureIsTaken takes them with a few rows, which says nothing of time: that each run ends as it should, sends what it should,
// and comes to stand in the table.
func TestEveryFigureIsTaken(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // spares every process the second that the race detector waits at its end
	rosterd, err := build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var of, odd []string
	for _, u := range upheavals() {
		of = append(of, u.what)
	}
	for _, o := range oddities() {
		odd = append(odd, o.what)
	}
	feed := append([]string{"first sync", "no-op run", "the same file again", "plan of day two", "put otherwise", "every record changes", "sync of day two", "without a rate limit"}, append(of, odd...)...)
	for _, c := range []struct {
		promise string
		args    []string
		rows    []string
	}{
		{"a feed", []string{"-rows", "1000", "-creates", "50"}, feed},
		{"ten times as many rows", []string{"-rows", "1000", "-large"}, []string{"10000 rows", "for each record more"}},
		{"a directory", []string{"-ldap", "-people", "200"}, []string{"the source alone, 200 entries", "no-op run, 200 entries", "no-op run, 1000 entries"}},
	} {
		t.Run(c.promise, func(t *testing.T) {
			var out, log strings.Builder
			if err := run(t.Context(), append([]string{"-rosterd", rosterd, "-dir", t.TempDir(), "-pairs", "1"}, c.args...), &out, &log); err != nil {
				t.Fatalf("%v\n%s%s", err, out.String(), log.String())
			}
			for _, row := range c.rows {
				if !strings.Contains(out.String(), row) {
					t.Errorf("no row has %q:\n%s", row, out.String())
				}
			}
		})
	}
	t.Run("profiles", func(t *testing.T) {
		dir := t.TempDir()
		args := []string{"-rosterd", rosterd, "-rows", "1000", "-creates", "50", "-profile", dir, "-only", "^(first|noop|apply|changed|wide)$"}
		if err := run(t.Context(), args, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"first", "noop", "apply", "changed", "wide"} {
			for _, kind := range []string{".cpu", ".heap"} {
				if info, err := os.Stat(dir + "/" + name + kind); err != nil || info.Size() == 0 {
					t.Errorf("%s%s: %v", name, kind, err)
				}
			}
		}
	})
}
