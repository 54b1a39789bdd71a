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
