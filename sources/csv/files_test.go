package csv

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// drop makes a folder of files: names with contents, a name that ends with / is a folder. Their age follows the @ in a name.
func drop(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name, age, _ := strings.Cut(name, "@")
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		old, _ := time.ParseDuration(age)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, noon.Add(-old), noon.Add(-old)))
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// places is collect with the origin of each entry instead of its At, no two of which may be the same.
func places(rd sources.Reading) (entries []string, last string) {
	texts, last := collect(rd)
	seen := map[string]bool{}
	for _, text := range texts {
		number, cells, _ := strings.Cut(text, " ")
		at, err := strconv.ParseUint(number, 10, 32)
		if err != nil || seen[number] {
			return nil, "two entries at " + number
		}
		seen[number] = true
		entries = append(entries, rd.Origin(uint32(at))+" "+cells)
	}
	return entries, last
}

func TestFiles(t *testing.T) {
	for promise, c := range map[string]struct {
		files   map[string]string
		pattern string
		conf    Config
		want    []string
		source  string // what the receipt names, without the folder
		err     string
	}{
		"the newest is read":                       {map[string]string{"a.csv@1h": "id\n1\n", "b.csv@2h": "id\n2\n"}, "*.csv", Config{}, []string{"a.csv:2 1"}, "a.csv", ""},
		"of equally new ones the last by name":     {map[string]string{"a.csv@1h": "id\n1\n", "b.csv@1h": "id\n2\n"}, "*.csv", Config{}, []string{"b.csv:2 2"}, "b.csv", ""},
		"what does not match is not looked at":     {map[string]string{"a.csv@1h": "id\n1\n", "b.txt": "", ".b.csv": "", "c.csv/": ""}, "*.csv", Config{}, []string{"a.csv:2 1"}, "a.csv", ""},
		"a name with a dot is, if it is asked for": {map[string]string{".a.csv@1h": "id\n1\n"}, ".*.csv", Config{}, []string{".a.csv:2 1"}, ".a.csv", ""},
		"folders may match":                        {map[string]string{"x/a.csv@2h": "id\n1\n", "y/a.csv@1h": "id\n2\n", "z": "", "w/": ""}, "*/a.csv", Config{}, []string{"a.csv:2 2"}, "y/a.csv", ""},
		"a backslash takes a wildcard literally":   {map[string]string{"a[1].csv": "id\n1\n", "a1.csv": "id\n2\n"}, `a\[1*.csv`, Config{}, []string{"a[1].csv:2 1"}, "a[1].csv", ""},
		"nothing is an error":                      {nil, "*.csv", Config{}, nil, "", "no file matches; has the feed been delivered"},
		"a folder that is missing is an error":     {nil, "x/*.csv", Config{}, nil, "", "no such file or directory"},
		"a pattern that is none is an error":       {map[string]string{"a": ""}, "[.csv", Config{}, nil, "", "syntax error in pattern"},
		"the newest that is stale is an error":     {map[string]string{"a.csv@37h": "id\n1\n"}, "*.csv", Config{MaxAge: 36 * time.Hour}, nil, "", "a.csv: changed 37h0m0s ago (2026-02-27T23:00:00Z) and max_age is 36h0m0s, so it is a stale feed"},
		"one just within its age is none":          {map[string]string{"a.csv@36h": "id\n1\n"}, "*.csv", Config{MaxAge: 36 * time.Hour}, []string{"a.csv:2 1"}, "a.csv", ""},
		"all are one snapshot, by name": {map[string]string{"b.csv@1h": "id,name\n3,c\n", "a.csv": "id,name\n1,\"a\na\"\n2,b\n\n", "c.csv": "id,name\n", "d.csv": "id,name\n4,d"}, "*.csv", Config{All: true},
			[]string{"a.csv:2 1|a\na", "a.csv:4 2|b", "b.csv:2 3|c", "d.csv:2 4|d"}, "*.csv (4 files: a.csv, b.csv, c.csv, d.csv)", ""},
		"their columns may be in another order": {map[string]string{"a.csv": "id,,name,,x\n1,u,a,v,w\n", "b.csv": "name;x;;;id\nb;w;u;v;2\n"}, "*.csv", Config{All: true},
			[]string{"a.csv:2 1|u|a|v|w", "b.csv:2 2|u|b|v|w"}, "*.csv (2 files: a.csv, b.csv)", ""},
		"a column that one lacks is an error": {map[string]string{"a.csv": "id,name\n", "b.csv": "id\n"}, "*.csv", Config{All: true}, nil, "",
			`b.csv: its header lacks the column "name" of a.csv; the files of one snapshot must have the same columns`},
		"a column that one has besides is an error": {map[string]string{"a.csv": "id,name\n", "b.csv": "id,name,x\n"}, "*.csv", Config{All: true}, nil, "", `b.csv: its header has the column "x", that of a.csv does not`},
		"one that is torn is an error":              {map[string]string{"a.csv": "id,name\n1,a\n", "b.csv": "id,name\n2"}, "*.csv", Config{All: true}, []string{"a.csv:2 1|a"}, "", "b.csv:2: the row has 1 fields"},
		"one without its trailer is an error":       {map[string]string{"a.csv": "id;name\n1;a\n#EOF;1\n", "b.csv": "id;name\n2;b\n"}, "*.csv", Config{All: true, Trailer: countTrailer}, nil, "", "b.csv: its last line is not the trailer"},
		"trailers count the rows of their file":     {map[string]string{"a.csv": "id;name\n1;a\n#EOF;1\n", "b.csv": "id;name\n2;b\n#EOF;1\n"}, "*.csv", Config{All: true, Trailer: countTrailer}, []string{"a.csv:2 1|a", "b.csv:2 2|b"}, "*.csv (2 files: a.csv, b.csv)", ""},
		"one that is stale is an error":             {map[string]string{"a.csv": "id\n1\n", "b.csv@37h": "id\n2\n"}, "*.csv", Config{All: true, MaxAge: 36 * time.Hour}, nil, "", "b.csv: changed 37h0m0s ago"},
		"one that is still arriving is an error":    {map[string]string{"a.csv@1h": "id\n1\n", "b.csv": "id\n2\n"}, "*.csv", Config{All: true, Settle: time.Minute}, nil, "", "b.csv: changed 0s ago and settle is 1m0s"},
		"they may be packed in different ways":      {map[string]string{"a.csv": "id\n1\n", "b.csv.gz": gzipped("id\n2\n"), "c.csv.zip": zipped("x", "id\n3\n")}, "*.csv*", Config{All: true}, []string{"a.csv:2 1", "b.csv.gz:2 2", "c.csv.zip:2 3"}, "*.csv* (3 files: a.csv, b.csv.gz, c.csv.zip)", ""},
	} {
		t.Run(promise, func(t *testing.T) {
			dir := drop(t, c.files)
			c.conf.Path, c.conf.Glob, c.conf.Now = filepath.Join(dir, c.pattern), true, func() time.Time { return noon }
			rd, err := New(c.conf).Open(t.Context(), sources.Request{Seed: 7, Need: []string{"id", "name", "x"}})
			var entries []string
			last := ""
			if err != nil {
				last = err.Error()
			} else {
				defer rd.Close()
				entries, last = places(rd)
			}
			if d := cmp.Diff(c.want, entries); d != "" || !strings.Contains(last, c.err) || (c.err == "") != (last == "") {
				t.Fatalf("%s\nerror %q, wanted %q", d, last, c.err)
			}
			if c.err != "" {
				return
			}
			got := rd.Receipt()
			size := int64(0)
			for name, content := range c.files {
				name, _, _ = strings.Cut(name, "@")
				if strings.Contains(got.Source, filepath.Base(name)) && (strings.Contains(got.Source, name) || c.conf.All) {
					size += int64(len(content))
				}
			}
			if got.Source != filepath.Join(dir, c.source) || got.Entries != int64(len(c.want)) || !got.Complete || got.Bytes != size || got.Modified.After(noon) || got.Modified.IsZero() {
				t.Errorf("%d bytes; %+v", size, got)
			}
		})
	}
}

// TestFilesChange is what may happen to the files of a pattern while they are read.
func TestFilesChange(t *testing.T) {
	for promise, c := range map[string]struct {
		all     bool
		happens func(dir string) error
		err     string
	}{
		"nothing: it is complete":             {true, func(string) error { return nil }, ""},
		"another file comes":                  {true, func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.csv"), nil, 0o600) }, "c.csv was not there then"},
		"a newer one comes":                   {false, func(dir string) error { return os.WriteFile(filepath.Join(dir, "c.csv"), nil, 0o600) }, "c.csv was not there then"},
		"an older one goes: that is no loss":  {false, func(dir string) error { return os.Remove(filepath.Join(dir, "a.csv")) }, ""},
		"the first goes, though it was read":  {true, func(dir string) error { return os.Remove(filepath.Join(dir, "a.csv")) }, "a.csv: changed while it was read (it is no longer there"},
		"the second grows before it is read":  {true, func(dir string) error { return os.WriteFile(filepath.Join(dir, "b.csv"), []byte("id\n2\n3\n"), 0o600) }, "b.csv: changed while it was read"},
		"the folder can't be looked at again": {true, func(dir string) error { return os.RemoveAll(dir) }, "no longer there"},
	} {
		t.Run(promise, func(t *testing.T) {
			dir := drop(t, map[string]string{"a.csv@2h": "id\n1\n", "b.csv@1h": "id\n2\n"})
			rd := open(t, New(Config{Path: filepath.Join(dir, "*.csv"), Glob: true, All: c.all}))
			before, _ := rd.Content()
			last := ""
			first := true
			for _, err := range rd.Entries(nil) {
				if first {
					if err := c.happens(dir); err != nil {
						t.Fatal(err)
					}
				}
				if first = false; err != nil {
					last = err.Error()
				}
			}
			if got := rd.Receipt(); !strings.Contains(last, c.err) || (c.err == "") != (last == "") || got.Complete != (c.err == "") || got.Content != before.String() {
				t.Errorf("%q, wanted %q; %+v", last, c.err, got)
			}
		})
	}
	t.Run("too many files are an error", func(t *testing.T) {
		files := map[string]string{}
		for i := range maxFiles + 1 {
			files["f"+strings.Repeat("a", i%100)+strings.Repeat("b", i/100)+".csv"] = "id\n"
		}
		_, err := New(Config{Path: filepath.Join(drop(t, files), "*"), Glob: true, All: true}).Open(t.Context(), sources.Request{})
		if err == nil || !strings.Contains(err.Error(), "1001 files match, and at most 1000 can be one snapshot") {
			t.Error(err)
		}
	})
	t.Run("rows moved from one file to another are other contents", func(t *testing.T) {
		content := func(a, b string) record.Fingerprint {
			dir := drop(t, map[string]string{"a.csv": a, "b.csv": b})
			sum, ok := open(t, New(Config{Path: filepath.Join(dir, "*"), Glob: true, All: true})).Content()
			if !ok {
				t.Error("not known")
			}
			return sum
		}
		if content("id\n1\n", "id\nid\n") == content("id\n1\nid\n", "id\n") {
			t.Error("the same")
		}
	})
}

func TestStdin(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := New(Config{Path: Stdin, Input: io.MultiReader(strings.NewReader("id,name\n1,"), strings.NewReader("a\n2"))})
	for range 2 {
		rd := open(t, s)
		if entries, last := places(rd); !slices.Equal(entries, []string{"<stdin>:2 1|a"}) || !strings.Contains(last, "<stdin>:3: the row has 1 fields") {
			t.Errorf("%q %q", entries, last)
		}
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Error(left)
	}
	t.Run("it may be read again and again, also at once", func(t *testing.T) {
		s := New(Config{Path: Stdin, Input: strings.NewReader("id\n1\n2\n")})
		a, b := open(t, s), open(t, s)
		for _, rd := range []sources.Reading{a, b} {
			entries, last := collect(rd)
			if got := rd.Receipt(); len(entries) != 2 || last != "" || got.Source != "<stdin>" || got.Bytes != 7 || !got.Modified.IsZero() {
				t.Error(entries, last, got)
			}
		}
	})
	t.Run("what can't be read to its end never counts as read", func(t *testing.T) {
		s := New(Config{Path: Stdin, Input: io.MultiReader(strings.NewReader("id\n1\n"), failing{})})
		for range 2 {
			if _, err := s.Open(t.Context(), sources.Request{}); err == nil || !strings.Contains(err.Error(), "read standard input: the pipe broke") {
				t.Error(err)
			}
		}
	})
	t.Run("cancelled, it goes on another time", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := New(Config{Path: Stdin, Input: io.MultiReader(strings.NewReader("id\n1\n"), calling(cancel), strings.NewReader("2\n"))})
		if _, err := s.Open(ctx, sources.Request{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if entries, last := collect(open(t, s)); len(entries) != 2 || last != "" {
			t.Error(entries, last)
		}
	})
	t.Run("without anything piped in it is an error", func(t *testing.T) {
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		if err := piped(null); err == nil || !strings.Contains(err.Error(), "nothing is piped in") {
			t.Error(err)
		}
	})
	t.Run("without a folder to keep it in it is an error", func(t *testing.T) {
		t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
		if _, err := New(Config{Path: Stdin, Input: strings.NewReader("id\n")}).Open(t.Context(), sources.Request{}); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
			t.Error(err)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the pipe broke") }

// calling calls something when it is read, and ends.
type calling func()

func (c calling) Read([]byte) (int, error) {
	c()
	return 0, io.EOF
}
