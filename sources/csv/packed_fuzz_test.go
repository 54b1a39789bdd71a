package csv

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
)

// mostUnpacked is how much the fuzzer's own readers unpack: a few bytes can be a gigabyte.
const mostUnpacked = 1 << 20

// FuzzPacked holds compressed files against the standard library: a read is complete only where that unpacks the whole, and then it is the
// same as that of the file itself.
func FuzzPacked(f *testing.F) {
	plain := []byte("id,name\n1,Ann\n2,Bob\n")
	for _, packed := range [][]byte{zipOf(f, plain), gzipOf(f, plain), append(gzipOf(f, plain), gzipOf(f, []byte("3,Cy\n"))...), zipOf(f, plain, plain), zipOf(f), {}, plain} {
		for _, cut := range []int{0, 1, 9} {
			f.Add(packed[:max(0, len(packed)-cut)], true)
			f.Add(packed[:max(0, len(packed)-cut)], false)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, packed []byte, zipped bool) {
		name, unpack := "people.csv.gz", ungzipped
		if zipped {
			name, unpack = "people.csv.zip", unzipped
		}
		want, wantErr := unpack(packed)
		if len(want) >= mostUnpacked {
			return
		}
		got, complete := readOnce(t, filepath.Join(dir, name), packed)
		if !complete {
			return
		}
		if wantErr != nil {
			t.Fatalf("complete, though %v", wantErr)
		}
		if same, whole := readOnce(t, filepath.Join(dir, "people.csv"), want); !whole || cmp.Diff(same, got) != "" {
			t.Fatalf("unpacked by hand, complete %v: %s", whole, cmp.Diff(same, got))
		}
	})
}

func readOnce(t *testing.T, path string, content []byte) (entries []string, complete bool) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	rd, err := New(Config{Path: path}).Open(t.Context(), sources.Request{Need: []string{}})
	if err != nil {
		return nil, false
	}
	defer rd.Close()
	entries, last := collect(rd)
	if got := rd.Receipt(); got.Complete != (last == "") {
		t.Fatalf("complete %v, error %q", got.Complete, last)
	}
	return entries, last == ""
}

func ungzipped(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, mostUnpacked))
}

func unzipped(packed []byte) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(r.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, "/") })
	if len(files) != 1 {
		return nil, zip.ErrFormat
	}
	in, err := files[0].Open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(in, mostUnpacked))
}

func gzipOf(f *testing.F, plain []byte) []byte {
	f.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(f *testing.F, files ...[]byte) []byte {
	f.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, plain := range files {
		in, err := w.Create(string(rune('a'+i)) + ".csv")
		if err == nil {
			_, err = in.Write(plain)
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// FuzzGlob holds patterns against filepath.Glob, which tells of nothing that it can't read: the same files, in the same order, but for
// hidden ones, which a pattern has to ask for.
func FuzzGlob(f *testing.F) {
	for _, s := range []string{"*.csv", "a*", "[ab]*/*.csv", `\[x\].csv`, "*/*", "[", "?", "[^a]*", `a\*b.csv`, "*/.hidden", "", ".", "..", "x/../*"} {
		f.Add(s)
	}
	dir := f.TempDir()
	for _, name := range []string{"a.csv", "b.csv", "[x].csv", "a*b.csv", ".hidden", "ä\x1b.csv", "a/1.csv", "b/2.csv", "b/.hidden"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if strings.Contains(pattern, "..") || strings.ContainsRune(pattern, 0) {
			return // out of the folder
		}
		got, err := Config{Path: filepath.Join(dir, pattern), Glob: true, All: true}.pick()
		all, wantErr := filepath.Glob(filepath.Join(dir, pattern))
		if wantErr != nil || err != nil {
			return // filepath.Glob looks at a bad pattern only where there is something to hold it against, and finds no folder gone
		}
		var want []string
		for _, path := range all {
			if info, err := os.Stat(path); err == nil && !info.IsDir() && (filepath.Base(path)[0] != '.' || strings.HasPrefix(filepath.Base(filepath.Join(dir, pattern)), ".")) {
				want = append(want, path)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", pattern, d)
		}
	})
}
