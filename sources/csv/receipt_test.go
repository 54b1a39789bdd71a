package csv

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
)

// TestAReceiptTellsWhatWasProven: whatever a feed is made of, and also where its bytes alone were looked at.
func TestAReceiptTellsWhatWasProven(t *testing.T) {
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	whole := "read to its last byte, which did not change meanwhile"
	for name, c := range map[string]struct {
		files  map[string]string
		config Config
		proof  []string
		bytes  int
	}{
		"a file":                {map[string]string{"e.csv": threeRows}, Config{Path: "e.csv"}, []string{whole}, len(threeRows)},
		"gzip":                  {map[string]string{"e.csv.gz": gzipped(threeRows)}, Config{Path: "e.csv.gz"}, []string{whole, "its compressed data is whole, by length and checksum"}, len(gzipped(threeRows))},
		"zip":                   {map[string]string{"e.zip": zipped("e.csv", threeRows)}, Config{Path: "e.zip"}, []string{whole, "its compressed data is whole, by length and checksum"}, len(zipped("e.csv", threeRows))},
		"with a trailer":        {map[string]string{"e.csv": threeRows + "#EOF;3\n"}, Config{Path: "e.csv", Trailer: countTrailer}, []string{whole, "its trailer says 3 rows, as many as there are"}, len(threeRows) + 7},
		"settled, recent":       {map[string]string{"e.csv": threeRows}, Config{Path: "e.csv", Settle: time.Minute, MaxAge: 2 * time.Hour}, []string{"unchanged for longer than settle 1m0s when it was opened", "not older than max_age 2h0m0s", whole}, len(threeRows)},
		"the newest of several": {map[string]string{"e.csv": threeRows}, Config{Path: "*.csv", Glob: true}, []string{whole + ", nor did a newer one come"}, len(threeRows)},
		"all of several": {map[string]string{"a.csv": threeRows + "#EOF;3\n", "b.csv": threeRows + "#EOF;3\n"}, Config{Path: "*.csv", Glob: true, All: true, Trailer: countTrailer},
			[]string{"read to its last byte, none of the 2 files changed meanwhile, and no other came", "each trailer says as many rows as its file has, together 6"}, 2*len(threeRows) + 14},
		"standard input": {nil, Config{Path: Stdin, Input: strings.NewReader(threeRows)}, []string{"standard input was read to its end"}, len(threeRows)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := drop(t, c.files)
			for file := range c.files {
				if err := os.Chtimes(filepath.Join(dir, file), old, old); err != nil {
					t.Fatal(err)
				}
			}
			if c.config.Path != Stdin {
				c.config.Path = filepath.Join(dir, c.config.Path)
			}
			source := New(c.config)
			rd := open(t, source)
			sum, ok := rd.Content()
			if _, last := collect(rd); last != "" || !ok {
				t.Fatal(last, ok)
			}
			got := rd.Receipt()
			want := sources.Receipt{Source: got.Source, Entries: got.Entries, Bytes: int64(c.bytes), Content: sum.String(), Begins: got.Begins, Modified: old, Columns: rd.Layout().Columns, Complete: true, Proof: c.proof, Reasons: []string{}}
			if c.config.Path == Stdin {
				want.Modified = time.Time{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			again := open(t, source)
			again.Content()
			if got := again.Receipt(); got.Bytes != int64(c.bytes) || got.Complete || got.Content != sum.String() || !got.Modified.Equal(want.Modified) {
				t.Errorf("where the bytes alone were looked at: %+v", got)
			}
		})
	}
}

// TestAHeaderThatComesAgainIsAnError: the rows of the second file are nobody's that the first one lacks.
func TestAHeaderThatComesAgainIsAnError(t *testing.T) {
	want := regexp.MustCompile(`employees.csv:3: the row has the names of the columns: two files were joined`)
	for _, c := range []Config{{}, {Columns: []string{"id", "name"}}} {
		text := "id,name\n1,a\nid,name\n2,b\n"
		if c.Columns != nil {
			text = "0,z\n" + text[8:]
		}
		c.Path = write(t, text)
		if _, last := collect(open(t, New(c))); !want.MatchString(last) {
			t.Errorf("%q: %s", text, last)
		}
	}
}
