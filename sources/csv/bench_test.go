package csv

import (
	"bufio"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

const benchRows = 1_000_000

// bigFeed writes users of 13 columns, about 158 bytes a row, with names in UTF-8 and quoted fields.
func bigFeed(tb testing.TB, rows int, quoteAll bool) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "employees.csv")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "employee_id,first_name,last_name,work_email,phone,street,city,department,job_family,cost_center,status,hired_on,left_on")
	for i := range rows {
		q := ""
		if quoteAll {
			q = `"`
		}
		fmt.Fprintf(w, "%[1]s%08[2]d%[1]s,%[1]sJürgen%[1]s,%[1]sMüller%[2]d%[1]s,%[1]sj.mueller%[2]d@example.com%[1]s,%[1]s+49 30 %07[2]d%[1]s,\"Lange Straße %[2]d, Hof\",%[1]sBerlin%[1]s,%[1]sLogistics%[1]s,%[1]sWarehouse%[1]s,%[1]sDE-%04[3]d%[1]s,%[1]sactive%[1]s,%[1]s2019-04-01%[1]s,\n",
			q, i, i%10000)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

func allKnown(_ []record.Fingerprint, _ []uint32, known []bool) {
	for i := range known {
		known[i] = true
	}
}

// BenchmarkRead is one read of a million rows: with everything known (a run without changes), with nothing known (a first
// run), only its content, and the yardstick, a bare loop of encoding/csv.
func BenchmarkRead(b *testing.B) {
	for _, quoteAll := range []bool{false, true} {
		path := bigFeed(b, benchRows, quoteAll)
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, read func(b *testing.B)) {
			b.Run(fmt.Sprintf("%s/quoted=%v", name, quoteAll), func(b *testing.B) {
				b.SetBytes(info.Size())
				b.ReportAllocs()
				for b.Loop() {
					read(b)
				}
			})
		}
		run("known", func(b *testing.B) { readFeed(b, path, allKnown) })
		run("unknown", func(b *testing.B) { readFeed(b, path, nil) })
		run("content", func(b *testing.B) {
			rd := open(b, New(Config{Path: path}))
			if _, ok := rd.Content(); !ok {
				b.Fatal("content not known")
			}
		})
		run("encoding-csv", func(b *testing.B) { readStd(b, path) })
	}
}

// BenchmarkEncodings is BenchmarkRead's known and unknown with a million rows in other encodings and packed. Bytes are those
// of the plain file, so that the speeds can be compared.
func BenchmarkEncodings(b *testing.B) {
	plain, err := os.ReadFile(bigFeed(b, benchRows, false))
	if err != nil {
		b.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().Bytes(plain)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		encoding   string
		content    string
	}{
		{"utf-8", "e.csv", "", string(plain)},
		{"windows-1252", "e.csv", "windows-1252", string(latin)},
		{"utf-16le", "e.csv", "utf-16le", wide(unicode.LittleEndian, string(plain))},
		{"utf-16be", "e.csv", "utf-16be", wide(unicode.BigEndian, string(plain))},
		{"gb18030", "e.csv", "gb18030", string(plain)}, // whatever it says there: ASCII for the most part
		{"gzip", "e.csv.gz", "", gzipped(string(plain))},
		{"zip", "e.csv.zip", "", zipped("e.csv", string(plain))},
	} {
		path := writeAs(b, c.file, c.content)
		for _, known := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/known=%v", c.name, known), func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				for b.Loop() {
					rd := open(b, New(Config{Path: path, Encoding: c.encoding}))
					var sift sources.Sift
					if known {
						sift = allKnown
					}
					for _, err := range rd.Entries(sift) {
						if err != nil && c.name != "gb18030" {
							b.Fatal(err)
						}
					}
					_ = rd.Close()
				}
			})
		}
	}
}

func readFeed(b *testing.B, path string, sift sources.Sift) {
	rd := open(b, New(Config{Path: path}))
	for _, err := range rd.Entries(sift) {
		if err != nil {
			b.Fatal(err)
		}
	}
	if n := rd.Receipt().Entries; n != benchRows {
		b.Fatal(n)
	}
	_ = rd.Close()
}

func readStd(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	r := stdcsv.NewReader(f)
	r.ReuseRecord = true
	n := 0
	for ; ; n++ {
		if _, err := r.Read(); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
	}
	if n != benchRows+1 {
		b.Fatal(n)
	}
	_ = f.Close()
}
