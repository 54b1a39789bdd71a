package csv

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
)

// TestHeader is what Open says to the beginning of a file: its columns and delimiter, or words of the error.
func TestHeader(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	for promise, c := range map[string]struct {
		file  string
		delim byte
		need  []string
		want  string // columns, joined by the delimiter found
		err   string
	}{
		"a comma is found":                            {file: "id,name\n1,a\n", want: "id,name"},
		"a semicolon is found":                        {file: "id;name\n1;a,b\n", want: "id;name"},
		"a tab is found":                              {file: "id\tname\n", want: "id\tname"},
		"a bar is found":                              {file: "id|name\n", want: "id|name"},
		"one column needs none":                       {file: "name\na\n", want: "name"},
		"rows decide between two":                     {file: "id;name, first\n1;a\n2;b, c\n", want: "id;name, first"},
		"quoted headers decide":                       {file: "\"id,x\";\"name,y\"\n", want: "id,x;name,y"},
		"without rows two are ambiguous":              {file: "id;name, first\n", err: `could be split by ',' or ';', and the rows don't decide it; set delimiter`},
		"rows by which both fit are ambiguous":        {file: "id,a|b\n1,c|d\n", err: `split by ',' or '|'`},
		"a given one is taken":                        {file: "id,a|b\n1,c|d\n", delim: '|', want: "id,a|b"},
		"a quote can't be one":                        {file: "id\n", delim: '"', err: `can't be a delimiter`},
		"a long header is read":                       {file: "id," + long + ",\"a\"\n1,a,b\n", want: "id," + long + ",a"},
		"a longer one than a record is an error":      {file: "id," + strings.Repeat(long, 20), err: "line 1: the header is longer than 1048576 bytes"},
		"an empty file is an error":                   {file: "", err: "it is empty"},
		"a byte order mark alone is empty":            {file: "\xEF\xBB\xBF", err: "it is empty"},
		"blank lines alone are an error":              {file: "\n\r\n\n", err: "has no header"},
		"any number of blank lines are no header":     {file: strings.Repeat("\n", 3<<20) + "id\n", err: "has no header"},
		"UTF-16 is told by its mark":                  {file: "\xFF\xFEi\x00d\x00", want: "id"},
		"big-endian too":                              {file: "\xFE\xFF\x00i\x00d", want: "id"},
		"UTF-16 without it is an error":               {file: "i\x00d\x00\n\x00", err: "line 1 has a NUL byte at column 2: it looks like utf-16le without a byte order mark: set encoding: utf-16le"},
		"a NUL elsewhere is an error":                 {file: "id,na\x00me\n", err: "line 1 has a NUL byte at column 6, so it is no text"},
		"a header in another encoding is an error":    {file: "id,Stra\xDFe\n", err: "line 1: column 2 of the header is not UTF-8 (byte 0xDF); the file looks like windows-1252: set encoding: windows-1252"},
		"lines that end with CR are an error":         {file: "id,name\r1,a\r2,b\r", err: "has a CR in column 2"},
		"a header in open quotes is an error":         {file: "id,\"name\n1,a\n", delim: ',', err: "a quote that is never closed"},
		"a stray quote in the header is an error":     {file: "id,\"na\"me\n", delim: ',', err: "line 1: the header has a quote where none may be"},
		"a header of blank names is an error":         {file: ",,\n1,2,3\n", err: "no names"},
		"a blank name is a column":                    {file: "id,,name,\n", want: "id,,name,"},
		"a name that is needed twice is an error":     {file: "id,name,name\n", need: []string{"name"}, err: `line 1: the header has "name" twice, in columns 2 and 3`},
		"twice but not needed is none":                {file: "id,name,name\n", need: []string{"id"}, want: "id,name,name"},
		"if everything is needed, twice is an error":  {file: "\nid,id\n", err: `line 2: the header has "id" twice`},
		"a needed name that is missing is not judged": {file: "id\n", need: []string{"mail"}, want: "id"},
	} {
		t.Run(promise, func(t *testing.T) {
			path := write(t, c.file)
			rd, err := New(Config{Path: path, Delimiter: c.delim}).Open(t.Context(), sources.Request{Need: c.need})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), path) {
					t.Fatalf("error %v, wanted %q with the path", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(rd.Layout().Columns, string(rd.(*reading).files[0].head.delim))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if err := rd.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOpen is what can be wrong with a file before it is read.
func TestOpen(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	aged := func(age time.Duration) string {
		path := write(t, "id\n1\n")
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for promise, c := range map[string]struct {
		path   string
		settle time.Duration
		err    string
	}{
		"a settled file is read":              {path: aged(30 * time.Second), settle: 30 * time.Second},
		"without settle a new one is":         {path: aged(0)},
		"one still arriving is not":           {path: aged(29 * time.Second), settle: 30 * time.Second, err: "changed 29s ago and settle is 30s"},
		"nor one from the future":             {path: aged(-time.Hour), settle: time.Second, err: "changed 1h0m0s in the future"},
		"without settle the future is fine":   {path: aged(-time.Hour)},
		"nothing there is said":               {path: filepath.Join(t.TempDir(), "none.csv"), err: "no such file or directory; has the feed been delivered"},
		"a directory is said":                 {path: t.TempDir(), err: "it is a directory; set path"},
		"a pipe is not waited for":            {path: pipe, err: "not a regular file"},
		"a folder that is a file is an error": {path: filepath.Join(aged(0), "x.csv"), err: "not a directory"},
	} {
		t.Run(promise, func(t *testing.T) {
			s := New(Config{Path: c.path, Settle: c.settle, Now: func() time.Time { return now }})
			rd, err := s.Open(t.Context(), sources.Request{})
			if c.err == "" && err == nil {
				err = rd.Close()
			}
			if (err == nil) != (c.err == "") || err != nil && (!strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), c.path)) {
				t.Errorf("error %v, wanted %q", err, c.err)
			}
		})
	}
	t.Run("no permission says what to do", func(t *testing.T) {
		err := explain("a.csv", &os.PathError{Op: "open", Path: "a.csv", Err: syscall.EACCES})
		if want := "open a.csv: permission denied; let the user that rosterd runs as read the file and enter its folders"; err.Error() != want {
			t.Errorf("%q, wanted %q", err, want)
		}
	})
	t.Run("a cancelled context opens nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := New(Config{Path: aged(0)}).Open(ctx, sources.Request{}); err == nil {
			t.Error("opened")
		}
	})
}
