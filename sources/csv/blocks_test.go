package csv

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// TestBlocks: the size of blocks and the number of workers do not matter, whatever is in the file, and no row is asked
// about twice.
func TestBlocks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines := []string{"1,a\n", "2,\"b\"\n", "3,\"c\n4,d\"\n", "5\",e\n", "6,f \"g\" h\r\n", "\"7\"i\",j\n", "\n", "8,\"\"\"\"\n", "9,ü\n"}
		wild := []string{"a", ",", "\"", "\n", "\r", "\xFF", "\x00", "1\n", "\"x\"y,", "a long text that goes on and on"}
		if rapid.Bool().Draw(rt, "wild") {
			lines = append(lines, wild...)
		}
		content := "id,name\n" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 80).Draw(rt, "lines"), "")
		if rapid.Bool().Draw(rt, "trailer line") {
			content += "#EOF;" + fmt.Sprint(rapid.IntRange(0, 80).Draw(rt, "says")) + strings.Repeat("\r\n", rapid.IntRange(0, 3).Draw(rt, "blank"))
		}
		var conf Config
		if rapid.Bool().Draw(rt, "trailer") {
			conf.Trailer = countTrailer
		}
		conf.NoQuote = rapid.Bool().Draw(rt, "plain")
		name := "employees.csv"
		switch rapid.SampledFrom([]string{"", "", "utf-16", "windows-1252", "gzip"}).Draw(rt, "kind") {
		case "utf-16":
			content = "\xFE\xFF" + wide(unicode.BigEndian, strings.ToValidUTF8(content, "?"))
		case "windows-1252":
			conf.Encoding = "windows-1252"
			content, _ = charmap.Windows1252.NewEncoder().String(strings.ToValidUTF8(content, "?"))
		case "gzip":
			name, content = "employees.csv.gz", gzipped(content)
		}
		conf.Path = writeAs(t, name, content)
		longest := rapid.IntRange(20, 200).Draw(rt, "longest")
		read := func(block, workers int) string {
			conf.MaxRecord, conf.Delimiter = longest, ','
			s := New(conf)
			s.block, s.workers = block, workers
			var mu sync.Mutex
			asked := map[uint32]bool{}
			rd, err := s.Open(t.Context(), sources.Request{Seed: 7})
			if err != nil {
				return err.Error()
			}
			defer rd.Close()
			var text strings.Builder
			for e, err := range rd.Entries(func(_ []record.Fingerprint, at []uint32, known []bool) {
				mu.Lock()
				defer mu.Unlock()
				for i := range at {
					if asked[at[i]] {
						rt.Errorf("line %d was asked about twice", at[i])
					}
					asked[at[i]] = true
					known[i] = at[i]%5 == 0
				}
			}) {
				fmt.Fprintln(&text, e.At, e.Raw, texts(e), e.Bad, err)
			}
			got := rd.Receipt()
			fmt.Fprintln(&text, got.Entries, got.Complete, got.Reasons)
			return text.String()
		}
		want := read(1<<20, 1)
		for range 3 {
			block, workers := rapid.IntRange(1, 100).Draw(rt, "block"), rapid.IntRange(1, 4).Draw(rt, "workers")
			if d := cmp.Diff(want, read(block, workers)); d != "" {
				rt.Fatalf("blocks of %d, %d workers: %s", block, workers, d)
			}
		}
	})
}
