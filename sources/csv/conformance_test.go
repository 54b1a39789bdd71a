package csv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/sourcetest"
)

func TestConformance(t *testing.T) {
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
func users(t *testing.T, n int, after string) string {
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,\"User, %d\"\n", i, i)
	}
	return write(t, b.String()+after)
}

// sized is a source with blocks of another size and another number of workers.
func sized(path string, block, workers int) *Source {
	s := New(Config{Path: path})
	s.block, s.workers = block, workers
	return s
}
