package csv

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// zipped is an archive of files: names and contents in turn.
func zipped(files ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, _ := w.Create(files[i])
		_, _ = f.Write([]byte(files[i+1]))
	}
	_ = w.Close()
	return b.String()
}

// noise is rows that don't compress well, so that there is much to cut off.
func noise(rows int) string {
	var b strings.Builder
	r := rand.New(rand.NewPCG(1, 2))
	for range rows {
		b.WriteString("1,")
		for range 60 {
			b.WriteByte('a' + byte(r.IntN(26)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const threeRows = "id,name\n1,a\n2,\"b\n2\"\n3,c\n"

var threeEntries = []string{"2 1|a", "3 2|b\n2", "5 3|c"}

func TestGzip(t *testing.T) {
	whole, long := gzipped(threeRows), gzipped("id,name\n"+noise(20_000))
	flipped := []byte(whole)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	checkSettings(t, "employees.CSV.GZ", map[string]setting{
		"it is unpacked": {whole, Config{}, threeEntries, ""},
		"members that follow one another are one": {gzipped("id,name\n1,a\n2,\"b") + gzipped("\n2\"\n") + gzipped("") + gzipped("3,c\n"), Config{}, threeEntries, ""},
		"an encoding may be in it":                {gzipped("\xFF\xFE" + wide(unicode.LittleEndian, threeRows)), Config{}, threeEntries, ""},
		"and a trailer":                           {gzipped(threeRows + "#EOF;3\n"), Config{Trailer: countTrailer}, threeEntries, ""},
		"cut off, it is torn":                     {whole[:len(whole)-9], Config{}, nil, "its compressed data ends too early: the file is torn"},
		"without its checksum too":                {whole[:len(whole)-1], Config{}, nil, "the file is torn"},
		"in its header too":                       {whole[:5], Config{}, nil, "the file is torn"},
		"in the header of a member too":           {whole + whole[:5], Config{}, nil, "the file is torn"},
		"a wrong checksum is damage":              {string(flipped), Config{}, nil, "is damaged"},
		"something behind it is damage":           {whole + "more of it", Config{}, nil, "something that is no gzip follows"},
		"damage in the middle is":                 {long[:30] + strings.Repeat("\xFF", 40) + long[70:], Config{}, nil, "employees.CSV.GZ: its compressed data is damaged"},
		"what is no gzip is an error":             {threeRows, Config{}, nil, "it is no gzip, though its name ends with .gz"},
		"nothing at all is empty":                 {"", Config{}, nil, "it is empty"},
		"nothing in it is empty":                  {gzipped(""), Config{}, nil, "it is empty"},
		"gzip in it is an error":                  {gzipped(whole), Config{}, nil, "it is gzip"},
	})
	t.Run("cut off anywhere, it is never complete", func(t *testing.T) {
		for _, cut := range []int{1, 100, len(long) / 2, len(long) - 200_000} {
			rd := open(t, sized(writeAs(t, "e.csv.gz", long[:len(long)-cut]), 4096, 2))
			if entries, last := collect(rd); !strings.Contains(last, "the file is torn") || rd.Receipt().Complete || len(entries) < 100 {
				t.Errorf("%d bytes: %q, %+v", cut, last, rd.Receipt())
			}
		}
	})
	t.Run("it is begun anew where quotes are in doubt", func(t *testing.T) {
		text := "id,name\n" + noise(2000) + "5\",x\n" + noise(2000)
		entries, last := collect(open(t, sized(writeAs(t, "e.csv.gz", gzipped(text)), 1000, 2)))
		if plain, _ := collect(open(t, sized(write(t, text), 1000, 2))); last != "" || len(entries) != 4001 || entries[4000] != plain[4000] {
			t.Error(len(entries), last)
		}
	})
}

func TestZip(t *testing.T) {
	whole := zipped("drop/", "", "drop/employees.csv", threeRows)
	locked := strings.Replace(strings.Replace(zipped("a.csv", threeRows), "PK\x01\x02\x14\x00\x14\x00\x08", "PK\x01\x02\x14\x00\x14\x00\x09", 1),
		"PK\x03\x04\x14\x00\x08", "PK\x03\x04\x14\x00\x09", 1)
	damaged := []byte(zipped("a.csv", threeRows))
	damaged[45] ^= 0xFF
	checkSettings(t, "employees.zip", map[string]setting{
		"the one file in it is unpacked": {whole, Config{}, threeEntries, ""},
		"two are an error":               {zipped("a.csv", threeRows, "b.csv", threeRows), Config{}, nil, `there are 2 files in it, so it is not known which is the feed: "a.csv", "b.csv"`},
		"none is an error":               {zipped("a/", ""), Config{}, nil, "there is no file in it"},
		"an empty one is empty":          {zipped("a.csv", ""), Config{}, nil, "it is empty"},
		"nothing at all is empty":        {"", Config{}, nil, "it is empty"},
		"torn, its directory is missing": {whole[:len(whole)-30], Config{}, nil, "or it is torn"},
		"what is no zip is an error":     {threeRows, Config{}, nil, "it is no zip"},
		"damage is an error":             {string(damaged), Config{}, nil, "its compressed data is damaged"},
		"a password is an error":         {locked, Config{}, nil, `the file "a.csv" in it is encrypted`},
	})
}
