package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// FuzzReader holds the rows against those of encoding/csv, where that accepts the file, with blocks of any size.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"\xFE\xFF\n0", "id,name\n1,a\n", "id,name\r\n\r\n1,\"a\r\n\"\"b\"\"\"\r\n2,\r\n", "a\n\"\"\n\"x\"", "a,b\n,\"\n\n\"\n\"\",\"\"\n",
		"a,b\n1,5\" pipe\n2,b\n3,\"c\"\n", "a,b\n\"x\"y,1\n", "a\r\r\nb\r", "\xEF\xBB\xBFa,b\n1,\xFC\n", "a,b\n1,\"\r", "a;b\n1,2;\"3;\"\"\"\n",
		"a,b\n\"x\",", "a,b\na,b\n",
	} {
		f.Add([]byte(seed), byte(','), uint8(3))
	}
	path := filepath.Join(f.TempDir(), "employees.csv") // one folder: making one for each try takes longer than reading
	f.Fuzz(func(t *testing.T, content []byte, delim byte, block uint8) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.ContainsRune(",;\t|", rune(delim)) || delim >= 0x80 {
			delim = ','
		}
		if bytes.HasPrefix(content, []byte("\xFE\xFF")) || bytes.HasPrefix(content, []byte("\xFF\xFE")) {
			return // UTF-16: encoding/csv takes its bytes for those of characters
		}
		r := stdcsv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, bom)))
		r.Comma = rune(delim)
		want, stdErr := r.ReadAll()
		s := sized(path, int(block)+1, 2)
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
			case err != nil && (strings.Contains(err.Error(), "within a character") || strings.Contains(err.Error(), "another encoding")):
				return // encoding/csv does not look at characters
			case err != nil && strings.Contains(err.Error(), "has the names of the columns"):
				return // nor at what the rows say
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

// FuzzSettings holds every setting against its promises: nothing panics, blocks of any size give the same, a complete read
// has a text for every cell, and no message has a row's values in it.
func FuzzSettings(f *testing.F) {
	for _, seed := range []struct {
		content, encoding, trailer, columns string
		skip                                uint8
		plain                               bool
	}{
		{"id;name\n1;J\xFCrg\n#EOF;1\n", "windows-1252", `^#EOF;(\d+)$`, "", 0, false},
		{"Title\n\"1;\"\"a\"\"\n2;b\n", "", "", "id,name", 1, true},
		{"\xFF\xFEi\x00d\x00\n\x001\x00\n\x00\x3D\xD8", "", "", "", 0, false},
		{"\x00i\x00d\x00\n\x001", "utf-16be", "", "", 0, false},
		{"id|n\n1|\x95\x5C\n2|\xFF\n", "shift_jis", "", "", 0, false},
		{"id,n\n1,00000000\n1,\"0000", "iso-8859-15", `(\d+)`, "", 0, false},
		{"\x84\x31\x95\x33id\n\x81", "gb18030", "", "", 0, false},
		{"\x89\x84\x25\xF1\x25", "ibm037", "", "", 0, false},
		{"\x1B$B0!\x1B(B\nid\n", "iso-2022-jp", "", "", 1, false},
	} {
		f.Add([]byte(seed.content), seed.encoding, seed.trailer, seed.columns, seed.skip, seed.plain, uint8(3))
	}
	path := filepath.Join(f.TempDir(), "employees.csv")
	f.Fuzz(func(t *testing.T, content []byte, encoding, pattern, columns string, skip uint8, plain bool, block uint8) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c := Config{Path: path, Encoding: encoding, SkipLines: int(skip % 4), NoQuote: plain, Null: []string{"00000000"}, MaxRecord: 200}
		if columns != "" {
			c.Columns = strings.Split(columns, ",")
		}
		if re, err := regexp.Compile(pattern); err == nil && pattern != "" {
			c.Trailer = re
		}
		read := func(block int) string {
			s := New(c)
			s.block, s.workers = block, 2
			rd, err := s.Open(t.Context(), sources.Request{Need: []string{}})
			if err != nil {
				return err.Error()
			}
			defer rd.Close()
			entries, last := collect(rd)
			got := rd.Receipt()
			if got.Complete != (last == "") || got.Entries < int64(len(entries)) || got.Complete && got.Entries != int64(len(entries)) {
				t.Errorf("%d entries, error %q, %+v", len(entries), last, got)
			}
			for _, e := range entries {
				if !utf8.ValidString(e) {
					t.Errorf("%q is not UTF-8", e)
				}
			}
			return strings.Join(entries, "\n") + last
		}
		// Where a stream breaks is where its reader's buffers say: what was given until then depends on the size of blocks.
		a, b := read(1<<20), read(int(block)+1)
		if a != b && !strings.Contains(a, "the file is torn") {
			t.Error(cmp.Diff(a, b))
		}
	})
}
