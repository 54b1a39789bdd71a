package csv

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/sourcetest"
)

// TestConformance is that of a plain file, and of everything else that a path can be.
func TestConformance(t *testing.T) {
	type made struct {
		whole, broken func(t *testing.T, n int) *Source
	}
	alike := func(make func(t *testing.T, text string) *Source) made {
		return made{
			func(t *testing.T, n int) *Source { return make(t, usersText(n, "")) },
			func(t *testing.T, n int) *Source { return make(t, usersText(n, "E1,\"torn\n")) },
		}
	}
	for kind, m := range map[string]made{
		"gzip": alike(func(t *testing.T, text string) *Source { return New(Config{Path: writeAs(t, "e.gz", gzipped(text))}) }),
		"zip": alike(func(t *testing.T, text string) *Source {
			return New(Config{Path: writeAs(t, "e.zip", zipped("e", text))})
		}),
		"a codec": alike(func(t *testing.T, text string) *Source {
			return New(Config{Path: write(t, text), Encoding: "windows-1252"})
		}),
		"UTF-16": alike(func(t *testing.T, text string) *Source {
			return New(Config{Path: write(t, wide(unicode.LittleEndian, text)), Encoding: "utf-16le"})
		}),
		"standard input": alike(func(_ *testing.T, text string) *Source {
			return New(Config{Path: Stdin, Input: strings.NewReader(text)})
		}),
		"several files": alike(func(t *testing.T, text string) *Source {
			third := strings.Index(text, "\n1700,") + 1
			dir := drop(t, map[string]string{"a.csv": text[:third], "b.csv": "id,name\n" + text[third:], "c.csv": "name,id\n"})
			return New(Config{Path: filepath.Join(dir, "*"), Glob: true, All: true})
		}),
	} {
		t.Run(kind, func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Factory{
				Whole:  func(t *testing.T, n int) sources.Source { return m.whole(t, n) },
				Broken: func(t *testing.T) sources.Source { return m.broken(t, 5000) },
			})
		})
	}
	for _, block := range []int{1000, defaultBlock} {
		t.Run(fmt.Sprint("blocks of ", block), func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Factory{
				Whole:  func(t *testing.T, n int) sources.Source { return sized(users(t, n, ""), block, 2) },
				Broken: func(t *testing.T) sources.Source { return sized(users(t, 5000, "E1,\"torn\n"), block, 2) },
			})
		})
	}
}

// users is a file of that many rows, no two of them equal, and what is to follow.
func users(t *testing.T, n int, after string) string { return write(t, usersText(n, after)) }

func usersText(n int, after string) string {
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,\"User, %d\"\n", i, i)
	}
	return b.String() + after
}

// sized is a source with blocks of another size and another number of workers.
func sized(path string, block, workers int) *Source {
	s := New(Config{Path: path})
	s.block, s.workers = block, workers
	return s
}
