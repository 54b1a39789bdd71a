package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// FuzzReader holds the rows against those of encoding/csv, where that accepts the file, with blocks of any size.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"id,name\n1,a\n", "id,name\r\n\r\n1,\"a\r\n\"\"b\"\"\"\r\n2,\r\n", "a\n\"\"\n\"x\"", "a,b\n,\"\n\n\"\n\"\",\"\"\n",
		"a,b\n1,5\" pipe\n2,b\n3,\"c\"\n", "a,b\n\"x\"y,1\n", "a\r\r\nb\r", "\xEF\xBB\xBFa,b\n1,\xFC\n", "a,b\n1,\"\r", "a;b\n1,2;\"3;\"\"\"\n",
	} {
		f.Add([]byte(seed), byte(','), uint8(3))
	}
	f.Fuzz(func(t *testing.T, content []byte, delim byte, block uint8) {
		if !strings.ContainsRune(",;\t|", rune(delim)) || delim >= 0x80 {
			delim = ','
		}
		r := stdcsv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, bom)))
		r.Comma = rune(delim)
		want, stdErr := r.ReadAll()
		s := sized(write(t, string(content)), int(block)+1, 2)
		s.config.Delimiter = delim
		rd, err := s.Open(t.Context(), sources.Request{Need: []string{}})
		if err != nil {
			return // the header is judged by other rules
		}
		defer rd.Close()
		n := 0
		for e, err := range rd.Entries(nil) {
			n++
			switch {
			case stdErr != nil:
			case err != nil && strings.Contains(err.Error(), "within a character"): // encoding/csv does not look at characters
				return
			case err != nil:
				t.Fatalf("encoding/csv accepts it: %v", err)
			case n >= len(want):
				t.Fatalf("entry %d of %d", n, len(want)-1)
			case e.Bad != nil:
				if undecodable([]byte(strings.Join(want[n], ""))) < 0 && undecodable(content) < 0 {
					t.Fatalf("row %q: %v", want[n], e.Bad)
				}
			default:
				if d := cmp.Diff(want[n], texts(e)); d != "" {
					t.Fatal(d)
				}
			}
		}
		if got := rd.Receipt(); stdErr == nil && (!got.Complete || int(got.Entries) != len(want)-1) {
			t.Fatalf("%d rows, receipt %+v", len(want)-1, got)
		}
	})
}

// texts are the cells of an entry.
func texts(e record.Entry) []string {
	all := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		if len(f) > 0 {
			all[i] = string(f[0])
		}
	}
	return all
}

// TestBlocks: the size of blocks and the number of workers do not matter, whatever is in the file, and no row is asked
// about twice.
func TestBlocks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines := []string{"1,a\n", "2,\"b\"\n", "3,\"c\n4,d\"\n", "5\",e\n", "6,f \"g\" h\r\n", "\"7\"i\",j\n", "\n", "8,\"\"\"\"\n", "9,ü\n"}
		wild := []string{"a", ",", "\"", "\n", "\r", "\xFF", "\x00", "1\n", "\"x\"y,", "a long text that goes on and on"}
		if rapid.Bool().Draw(rt, "wild") {
			lines = append(lines, wild...)
		}
		content := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 80).Draw(rt, "lines"), "")
		path := write(t, "id,name\n"+content)
		longest := rapid.IntRange(20, 200).Draw(rt, "longest")
		read := func(block, workers int) string {
			s := sized(path, block, workers)
			s.config.MaxRecord, s.config.Delimiter = longest, ','
			var mu sync.Mutex
			asked := map[uint32]bool{}
			rd := open(t, s)
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
