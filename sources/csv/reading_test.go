package csv

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// TestChanged is what may happen to a file between opening and the end of the read.
func TestChanged(t *testing.T) {
	for promise, c := range map[string]struct {
		happens func(path string) error
		err     string
	}{
		"untouched it is complete": {func(string) error { return nil }, ""},
		"appended to, it is not": {func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("9,z\n")
			return errors.Join(err, f.Close())
		}, "changed while it was read ("},
		"cut off, it is not, whatever else is wrong then": {func(path string) error { return os.Truncate(path, 100) }, "changed while it was read"},
		"with another time it is not": {func(path string) error {
			return os.Chtimes(path, time.Time{}, time.Unix(1, 0))
		}, "changed while it was read"},
		"replaced, it is not": {func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte("id,name\n"), 0o600), os.Rename(path+".new", path))
		}, "another file lies there now"},
		"gone, it is not": {os.Remove, "no longer there"},
	} {
		t.Run(promise, func(t *testing.T) {
			path := users(t, 10_000, "")
			rd := open(t, sized(path, 4096, 2))
			before, _ := rd.Content()
			var last error
			for e, err := range rd.Entries(nil) {
				if e.At == 2 {
					if err := c.happens(path); err != nil {
						t.Fatal(err)
					}
				}
				last = err
			}
			got := rd.Receipt()
			if c.err == "" {
				if last != nil || !got.Complete || got.Entries != 10_000 || got.Content != before.String() || got.Modified.IsZero() || got.Source != path {
					t.Errorf("%v, %+v", last, got)
				}
				return
			}
			if last == nil || !strings.Contains(last.Error(), c.err) || !strings.Contains(last.Error(), path) || got.Complete || got.Reasons[0] != last.Error() {
				t.Errorf("%v, wanted %q; %+v", last, c.err, got)
			}
			if _, ok := (&reading{ctx: t.Context(), files: rd.(*reading).files, workers: 1}).Content(); ok {
				t.Error("a content is known of a file that changed")
			}
		})
	}
}

// TestReading is what else a reading promises.
func TestReading(t *testing.T) {
	t.Run("a row's fingerprint depends on row, seed, header and delimiter alone", func(t *testing.T) {
		raw := func(seed uint64, delim byte, content string) record.Fingerprint {
			rd, err := New(Config{Path: write(t, content), Delimiter: delim}).Open(t.Context(), sources.Request{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			defer rd.Close()
			var last record.Fingerprint
			for e, err := range rd.Entries(nil) {
				if err != nil {
					t.Fatal(err)
				}
				last = e.Raw
			}
			return last
		}
		base := raw(1, ',', "id,name\n1,a\n")
		for what, c := range map[string]struct {
			got  record.Fingerprint
			same bool
		}{
			"line ending, place and mark": {raw(1, ',', "\xEF\xBB\xBFid,name\r\n\r\n7,x\r\n1,a"), true},
			"row":                         {raw(1, ',', "id,name\n1,b\n"), false},
			"seed":                        {raw(2, ',', "id,name\n1,a\n"), false},
			"header":                      {raw(1, ',', "id,mail\n1,a\n"), false},
			"delimiter":                   {raw(1, ';', "id;name\n1,a;\n"), false},
		} {
			if (c.got == base) != c.same {
				t.Errorf("%s: same fingerprint is %v", what, !c.same)
			}
		}
	})
	t.Run("whatever a setting makes of a row is in its fingerprint and in the layout", func(t *testing.T) {
		seen := map[record.Fingerprint]string{}
		for what, c := range map[string]Config{
			"defaults": {}, "no quotes": {NoQuote: true}, "encoding": {Encoding: "windows-1252"}, "another": {Encoding: "iso-8859-1"},
			"null": {Null: []string{"0"}}, "more null": {Null: []string{"0", ""}}, "skipped": {SkipLines: 1}, "columns": {Columns: []string{"id", "name"}},
			"other columns": {Columns: []string{"id", "mail"}}, "trailer": {Trailer: regexp.MustCompile("(1),a")}, "delimiter": {Delimiter: ';'},
		} {
			c.Path = write(t, "id,name\n1,a\n1,a\n")
			if c.SkipLines > 0 {
				c.Path = write(t, "a title\nid,name\n1,a\n1,a\n")
			}
			if c.Columns != nil {
				c.Path = write(t, "1,a\n1,a\n")
			}
			rd, err := New(c).Open(t.Context(), sources.Request{Seed: 1, Need: []string{}})
			if err != nil {
				t.Fatal(what, err)
			}
			defer rd.Close()
			var last record.Fingerprint
			for e, err := range rd.Entries(nil) {
				if err == nil {
					last = e.Raw
				}
			}
			for _, sum := range []record.Fingerprint{last, rd.Layout().Digest} {
				if other, double := seen[sum]; double {
					t.Errorf("%s has the fingerprint of %s", what, other)
				}
				seen[sum] = what
			}
		}
	})
	t.Run("content is one for one seed, and in no receipt before the file was read", func(t *testing.T) {
		path := users(t, 1000, "")
		if got := open(t, New(Config{Path: path})).Receipt(); got.Content != "" || got.Complete {
			t.Errorf("receipt before reading: %+v", got)
		}
		rd := open(t, sized(path, 100, 2))
		a, _ := rd.Content()
		if again, ok := rd.Content(); !ok || again != a {
			t.Errorf("asked again: %v, %v", again, ok)
		}
		_ = rd.Close()
		if hash, ok := open(t, sized(path, 100, 2)).Content(); !ok || hash != a {
			t.Errorf("opened again: %v, %v", hash, ok)
		}
		b, _ := open(t, New(Config{Path: path})).Content()
		c, _ := open(t, New(Config{Path: users(t, 999, "")})).Content()
		if a != b || a == c {
			t.Errorf("%v %v %v", a, b, c)
		}
	})
	t.Run("an origin is the file and the line", func(t *testing.T) {
		if got := open(t, New(Config{Path: write(t, "id\n")})).Origin(12); got != "employees.csv:12" {
			t.Error(got)
		}
	})
	t.Run("it can be ranged over once, and not after it was closed", func(t *testing.T) {
		rd := open(t, New(Config{Path: write(t, "id\n1\n")}))
		if _, last := collect(rd); last != "" {
			t.Error(last)
		}
		if _, last := collect(rd); !strings.Contains(last, "has ended") || !rd.Receipt().Complete {
			t.Error(last, rd.Receipt())
		}
		rd = open(t, New(Config{Path: write(t, "id\n1\n")}))
		_ = rd.Close()
		if entries, last := collect(rd); !strings.Contains(last, "was closed") || len(entries) > 0 {
			t.Error(entries, last)
		}
	})
	t.Run("closed while it is ranged over, it ends with that error", func(t *testing.T) {
		rd := open(t, sized(users(t, 5000, ""), 1000, 2))
		var last error
		for _, err := range rd.Entries(nil) {
			last = err
			_ = rd.Close()
		}
		if !errors.Is(last, errClosed) {
			t.Error(last)
		}
	})
	t.Run("nothing of a row is in a message", func(t *testing.T) {
		for _, row := range []string{"secret\n", "secret\",1\n", "\"secret\"x,1\n", "secret,\xFF\n", "secret\x00,1\n", "1,\"secret", "secret"} {
			entries, last := collect(open(t, New(Config{Path: write(t, "id,name\n"+row), Delimiter: ','})))
			if text := strings.Join(entries, " ") + last; strings.Contains(text, "secret") || text == "" {
				t.Errorf("row %q: %s", row, text)
			}
		}
	})
	t.Run("more lines than can be counted are an error", func(t *testing.T) {
		rd := open(t, New(Config{Path: write(t, "id\n1\n2\n3\n4\n5\n")})).(*reading)
		rd.files[0].head.line = 1<<32 - 3
		if _, last := collect(rd); !strings.Contains(last, "more than 4,294,967,295 lines") {
			t.Error(last)
		}
	})
	t.Run("a share of misshapen rows up to 1 % is held", func(t *testing.T) {
		bad := strings.Repeat("x\n", 20)
		if entries, last := collect(open(t, New(Config{Path: users(t, 1980, bad)}))); last != "" || len(entries) != 2000 {
			t.Error(last, len(entries))
		}
		if _, last := collect(open(t, New(Config{Path: users(t, 1979, bad)}))); !strings.Contains(last, "20 of 1999 rows") {
			t.Error(last)
		}
	})
}
