package csv

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/rosterd/rosterd/sources"
)

var countTrailer = regexp.MustCompile(`^#EOF;(\d+)$`)

// wide is a text in UTF-16 without a mark.
func wide(order unicode.Endianness, text string) string {
	encoded, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return encoded
}

// setting is a file, how it is read, and what comes of it, as collect gives it. err is of Open or of the read.
type setting struct {
	file string
	conf Config
	want []string
	err  string
}

// checkSettings reads each file in blocks of several sizes. A want with "bad: " in it gives words that the entry has to have.
func checkSettings(t *testing.T, name string, table map[string]setting) {
	t.Helper()
	for promise, c := range table {
		t.Run(promise, func(t *testing.T) {
			c.conf.Path = writeAs(t, name, c.file)
			for _, block := range []int{1, 7, 64, defaultBlock} {
				s := New(c.conf)
				s.block, s.workers = block, 2
				var entries []string
				var last string
				rd, err := s.Open(t.Context(), sources.Request{Seed: 7})
				if err != nil {
					last = err.Error()
				} else {
					entries, last = collect(rd)
					if got := rd.Receipt(); got.Complete != (last == "") {
						t.Errorf("error %q, receipt %+v", last, got)
					}
					_ = rd.Close()
				}
				for i := range min(len(entries), len(c.want)) {
					if strings.Contains(c.want[i], "bad: ") && hasWords(entries[i], c.want[i]) {
						entries[i] = c.want[i]
					}
				}
				if d := cmp.Diff(c.want, entries); d != "" || !strings.Contains(last, c.err) || (c.err == "") != (last == "") {
					t.Errorf("blocks of %d: %s\nerror %q, wanted %q", block, d, last, c.err)
				}
				if last != "" && !strings.Contains(last, c.conf.Path) {
					t.Errorf("the path is not in %q", last)
				}
			}
		})
	}
}

func TestSettings(t *testing.T) {
	long := strings.Repeat("a", 70<<10)
	checkSettings(t, "employees.csv", map[string]setting{
		"without quotes a quote is a character":             {"id|name\n1|5\" pipe\n\"2|\"b\"\n", Config{NoQuote: true}, []string{`2 1|5" pipe`, `3 "2|"b"`}, ""},
		"without quotes each line is a row":                 {"id\tname\n1\t\"a\n2\tb\"\n", Config{NoQuote: true}, []string{`2 1|"a`, `3 2|b"`}, ""},
		"without quotes a quote may be the delimiter":       {"id\"name\n1\"a\n", Config{NoQuote: true, Delimiter: '"'}, []string{"2 1|a"}, ""},
		"names can be given where no row has them":          {"1;a\n2;b\n", Config{Columns: []string{"id", "name"}}, []string{"1 1|a", "2 2|b"}, ""},
		"they tell the delimiter":                           {"1;a, b;c\n", Config{Columns: []string{"id", "name", "x"}}, []string{"1 1|a, b|c"}, ""},
		"rows tell it where several could":                  {"1;a,b\n2;c\n", Config{Columns: []string{"id", "name"}}, []string{"1 1|a,b", "2 2|c"}, ""},
		"or it is asked for":                                {"1;a,b\n2;c,d\n", Config{Columns: []string{"id", "name"}}, nil, `the first row could be split by ',' or ';'`},
		"a wrong number of names is an error":               {"1;a\n", Config{Columns: []string{"id", "name", "x"}, Delimiter: ';'}, nil, "line 1: the first row has 2 fields, and columns names 3 (delimiter ';'): mend columns"},
		"so it is where no delimiter fits":                  {"1;a\n", Config{Columns: []string{"id", "name", "x"}}, nil, "the first row has"},
		"a header that is there after all is an error":      {"\nid;Name\n1;a\n", Config{Columns: []string{"id", "name"}}, nil, "line 2: the first row has the names of the columns: leave columns out"},
		"a later row of another width is held":              {"1;a\n2\n3;c\n", Config{Columns: []string{"id", "name"}}, []string{"1 1|a", "2 bad: the row has 1 fields, columns names 2", "3 3|c"}, ""},
		"no rows are no error":                              {"\n", Config{Columns: []string{"id", "name"}}, nil, ""},
		"a quote that is open from the first row on is one": {"1;\"a\n2;b\n", Config{Columns: []string{"id", "name"}, Delimiter: ';'}, nil, "employees.csv:1: the file ends within the quotes"},
		"title lines are passed over":                       {"My \"Company; Ltd\n\nid;name\n1;a\n", Config{SkipLines: 2}, []string{"4 1|a"}, ""},
		"with a mark before them":                           {"\xEF\xBB\xBFTitle\nid;name\n1;a\n", Config{SkipLines: 1}, []string{"3 1|a"}, ""},
		"and with names given":                              {"Title\n1;a\n", Config{SkipLines: 1, Columns: []string{"id", "name"}}, []string{"2 1|a"}, ""},
		"too few lines are an error":                        {"Title\nid;name", Config{SkipLines: 2}, nil, "it has only 1 whole lines, and skip_lines is 2"},
		"and nothing after them too":                        {"Title\n", Config{SkipLines: 1}, nil, "it has no header"},
		"title lines without end are an error":              {strings.Repeat("x", 3<<20), Config{SkipLines: 1}, nil, "the lines that skip_lines passes over have more than"},
		"what means nothing has no value":                   {"id,a,b\n1,00000000,\n2,\"NULL\",null\n", Config{Null: []string{"00000000", "NULL"}}, []string{"2 1|∅|∅", "3 2|∅|null"}, ""},
		"it is the whole cell":                              {"id,a\n1,000000001\n", Config{Null: []string{"", "00000000"}}, []string{"2 1|000000001"}, ""},
		"it is decoded first":                               {"id,a\n1,\xFCbrig\n", Config{Null: []string{"übrig"}, Encoding: "windows-1252"}, []string{"2 1|∅"}, ""},
		"a trailer is no row":                               {"id;name\n1;a\n2;b\n#EOF;2\n", Config{Trailer: countTrailer}, []string{"2 1|a", "3 2|b"}, ""},
		"nor without a line ending":                         {"id;name\r\n1;a\r\n#EOF;1", Config{Trailer: countTrailer}, []string{"2 1|a"}, ""},
		"nor with blank lines behind it":                    {"id;name\n1;a\n#EOF;01\r\n\r\n\n", Config{Trailer: countTrailer}, []string{"2 1|a"}, ""},
		"it may be of another width":                        {"id,name\n1,a\n2,b\nTOTAL ROWS 2\n", Config{Trailer: regexp.MustCompile(`^TOTAL ROWS (.*)$`)}, []string{"2 1|a", "3 2|b"}, ""},
		"it may have quotes that are none":                  {"id,name\n1,a\n\"EOF 1\n", Config{Trailer: regexp.MustCompile(`^"EOF (\d+)$`)}, []string{"2 1|a"}, ""},
		"rows over several lines count once":                {"id;name\n1;\"a\nb\"\n\n#EOF;1\n", Config{Trailer: countTrailer}, []string{"2 1|a\nb"}, ""},
		"held rows count":                                   {"id;name\n1\n2;b\n#EOF;2\n", Config{Trailer: countTrailer}, []string{"2 bad: 1 fields", "3 2|b"}, ""},
		"none at all may be right":                          {"id;name\n#EOF;0\n", Config{Trailer: countTrailer}, nil, ""},
		"without it, the end is missing":                    {"id;name\n1;a\n2;b\n", Config{Trailer: countTrailer}, nil, `its last line is not the trailer "^#EOF;(\\d+)$", so its end is missing`},
		"without anything, too":                             {"id;name\n", Config{Trailer: countTrailer}, nil, "its end is missing"},
		"in a long file the rows come first":                {"id;name\n1;" + long + "\n2;b\n", Config{Trailer: countTrailer}, []string{"2 1|" + long}, "its end is missing"},
		"another number is an error":                        {"id;name\n1;a\n2;b\n#EOF;3\n", Config{Trailer: countTrailer}, []string{"2 1|a", "3 2|b"}, "its trailer says 3 rows, but there are 2"},
		"no number is an error":                             {"id;name\n1;a\nEOF x\n", Config{Trailer: regexp.MustCompile(`^EOF (.*)$`)}, nil, "has no number"},
		"in the middle it is an error":                      {"id;name\n1;a\n#EOF;1\n2;b\n#EOF;2\n", Config{Trailer: countTrailer}, []string{"2 1|a"}, "employees.csv:3: the row looks like the trailer, but it is not the last line"},
		"too far from the end it is an error":               {"id;name\n1;a\n#EOF;1\n" + strings.Repeat("\n", 5000), Config{Trailer: countTrailer}, nil, "its end is missing"},
		"a pattern without a group is an error":             {"id;name\n", Config{Trailer: regexp.MustCompile("^EOF")}, nil, "has 0 groups; it must have one"},
		"in quotes that are open, the file is torn":         {"id;name\n1;\"a\n#EOF;1\n", Config{Trailer: countTrailer, Delimiter: ';'}, nil, "the file ends within the quotes"},
	})
}

func TestEncodings(t *testing.T) {
	latin, _ := charmap.Windows1252.NewEncoder().String("id;Straße\n1;Große Allee – „x“ €\n")
	sjis, _ := japanese.ShiftJIS.NewEncoder().String("id|名前\n1|表計算ソ\n2|b\n")
	ebcdic, _ := charmap.CodePage037.NewEncoder().String("id;name\n1;a\n")
	dos, _ := charmap.CodePage850.NewEncoder().String("id;name\n1;Müller\n")
	mojibake := "id;name\n1;Müller\n2;Ötzi\n3;a\n4;ß\n5;é\n6;ñ\n"
	polish, _ := charmap.Windows1250.NewEncoder().String("id;name\n" + strings.Repeat("1;KÓŁKO\n", 4))
	checkSettings(t, "employees.csv", map[string]setting{
		"windows-1252 is read":                             {latin, Config{Encoding: "Windows-1252"}, []string{"2 1|Große Allee – „x“ €"}, ""},
		"what is unassigned in it is held":                 {"id;name\n1;a\x81\n2;b\n", Config{Encoding: "windows-1252"}, []string{`2 bad: employees.csv:2:4: "name" is not windows-1252 (byte 0x81); the file looks like ibm850: set encoding: ibm850`, "3 2|b"}, ""},
		"a NUL in it too":                                  {"id;name\n1;a\x00\n2;b\n", Config{Encoding: "windows-1252"}, []string{`2 bad: "name" has a NUL byte`, "3 2|b"}, ""},
		"its bytes in iso-8859-1 are no characters":        {"id;name\n1;50\x80\n2;b\n", Config{Encoding: "iso-8859-1"}, []string{`2 bad: "name" is not iso-8859-1 (byte 0x80)`, "3 2|b"}, ""},
		"iso-8859-15 has the euro where it is":             {"id;name\n1;50\xA4\n", Config{Encoding: "iso-8859-15"}, []string{"2 1|50€"}, ""},
		"cells with doubled quotes are decoded too":        {"id;name\n1;\"J\xFC\"\"rg\"\n", Config{Encoding: "iso-8859-1"}, []string{"2 1|Jü\"rg"}, ""},
		"the alias of a browser is known":                  {"id;name\n1;\xFC\n", Config{Encoding: "cp1252"}, []string{"2 1|ü"}, ""},
		"what is no encoding is an error":                  {"id\n", Config{Encoding: "utf-7"}, nil, `the encoding "utf-7" is not supported`},
		"windows-1252 in UTF-8 is held, with the remedy":   {"id;name\n1;Jos\xE9\n2;b\n", Config{}, []string{`2 bad: employees.csv:2:6: "name" is not UTF-8 (byte 0xE9); the file looks like windows-1252: set encoding: windows-1252`, "3 2|b"}, ""},
		"code page 850 in UTF-8 is told from it":           {dos, Config{}, []string{`2 bad: "name" is not UTF-8 (byte 0x81); the file looks like ibm850: set encoding: ibm850`}, ""},
		"what looks like none is said without":             {"id;name\n1;a\x81\xB0\n", Config{}, []string{`2 bad: is not UTF-8 (byte 0x81); set encoding to what the export writes`}, ""},
		"if many are, the file is in another encoding":     {"id;name\n" + strings.Repeat("1;Jos\xE9\n", 11), Config{}, many(11, "bad: set encoding: windows-1252"), "11 of 11 rows can't be decoded, so the file has another encoding, or two; the first: employees.csv:2:6:"},
		"UTF-8 in windows-1252 is an error":                {mojibake, Config{Encoding: "windows-1252"}, []string{"2 bad: looks like UTF-8", "3 2|Ã–tzi", "4 3|a", "5 4|ÃŸ", "6 bad: looks like UTF-8", "7 bad: looks like UTF-8"}, "the file looks like UTF-8, but encoding is windows-1252"},
		"a single row of UTF-8 is held":                    {"id;name\n1;Jos\xE9\n2;José\n3;M\xFCller\n", Config{Encoding: "windows-1252"}, []string{"2 1|José", "3 bad: \"name\" looks like UTF-8, but encoding is windows-1252", "4 3|Müller"}, ""},
		"with another that may be is an error":             {"id;name\n1;Jos\xE9\n2;José\n3;Ötzi\n", Config{Encoding: "windows-1252"}, []string{"2 1|José", "3 bad: \"name\" looks like UTF-8", "4 3|Ã–tzi"}, "the file has two encodings: 1 new rows are UTF-8 for sure and 1 may be"},
		"a header that surely is UTF-8 is an error":        {"id;Büro;Straße\n1;a;b\n", Config{Encoding: "windows-1252"}, nil, "line 1: the header looks like UTF-8, but encoding is windows-1252: set encoding: auto"},
		"a header that may be something else is none":      {"id;OG\xD3\xA3EM\n1;a\n", Config{Encoding: "windows-1250"}, []string{"2 1|a"}, ""},
		"some rows that look like it are none":             {polish, Config{Encoding: "windows-1250"}, []string{"2 1|KÓŁKO", "3 1|KÓŁKO", "4 1|KÓŁKO", "5 1|KÓŁKO"}, ""},
		"UTF-8 with its mark in windows-1252 is an error":  {"\xEF\xBB\xBFid\n1\n", Config{Encoding: "windows-1252"}, nil, "it begins with the byte order mark of utf-8, but encoding is windows-1252: set encoding: auto"},
		"UTF-16 is read by its mark":                       {"\xFF\xFE" + wide(unicode.LittleEndian, "id;name\n1;Zoë 😀\n"), Config{}, []string{"2 1|Zoë 😀"}, ""},
		"big-endian too":                                   {"\xFE\xFF" + wide(unicode.BigEndian, "id;name\n1;Zoë 😀\n"), Config{Encoding: "utf-16"}, []string{"2 1|Zoë 😀"}, ""},
		"by its name without":                              {wide(unicode.BigEndian, "id;name\n1;a\n"), Config{Encoding: "utf-16be"}, []string{"2 1|a"}, ""},
		"by its name with":                                 {"\xFF\xFE" + wide(unicode.LittleEndian, "id;name\n1;a\n"), Config{Encoding: "UTF-16LE"}, []string{"2 1|a"}, ""},
		"utf-16 without a mark is an error":                {wide(unicode.BigEndian, "id;name\n1;a\n"), Config{Encoding: "utf-16"}, nil, "it has no byte order mark and looks like utf-16be: set encoding: utf-16be"},
		"utf-16 that is UTF-8 is an error":                 {"id;name\n1;a\n", Config{Encoding: "utf-16"}, nil, "it has no byte order mark of UTF-16"},
		"the other order than that of the mark is one":     {"\xFF\xFE" + wide(unicode.LittleEndian, "id\n"), Config{Encoding: "utf-16be"}, nil, "it begins with the byte order mark of utf-16le, but encoding is utf-16be"},
		"the other order is one":                           {wide(unicode.LittleEndian, "id;name\n"), Config{Encoding: "utf-16be"}, nil, "it has no byte order mark and looks like utf-16le"},
		"UTF-8 that is said to be UTF-16 is an error":      {"id;name\n1;a\n", Config{Encoding: "utf-16le"}, nil, "it looks like UTF-8, but encoding is utf-16le"},
		"UTF-16 that is said to be UTF-8 is an error":      {"\xFF\xFE" + wide(unicode.LittleEndian, "id\n"), Config{Encoding: "utf-8"}, nil, "byte order mark of utf-16le, but encoding is utf-8"},
		"half a pair is held":                              {wide(unicode.LittleEndian, "id;name\n1;a") + "\x3D\xD8" + wide(unicode.LittleEndian, "\n2;b\n"), Config{Encoding: "utf-16le"}, []string{`2 bad: employees.csv:2:4: "name" has half a character`, "3 2|b"}, ""},
		"its other half alone is held":                     {wide(unicode.LittleEndian, "id;name\n1;a") + "\x00\xDE" + wide(unicode.LittleEndian, "\n2;b\n"), Config{Encoding: "utf-16le"}, []string{`2 bad: "name" has half a character`, "3 2|b"}, ""},
		"half a character at the end is torn":              {wide(unicode.LittleEndian, "id;name\n1;a\n2;b") + "c", Config{Encoding: "utf-16le"}, nil, "it ends within a character: the file is torn"},
		"half a pair at the end is torn":                   {wide(unicode.LittleEndian, "id;name\n1;a") + "\x3D\xD8", Config{Encoding: "utf-16le"}, nil, "it ends within a character: the file is torn"},
		"UTF-32 is an error":                               {"\xFF\xFE\x00\x00i\x00\x00\x00", Config{}, nil, "it is UTF-32"},
		"bytes of Shift JIS that look like ASCII are none": {sjis, Config{Encoding: "shift_jis"}, []string{"2 1|表計算ソ", "3 2|b"}, ""},
		"what is no Shift JIS is held":                     {"id|name\n1|a\xFFb\n2|b\n", Config{Encoding: "shift_jis"}, []string{`2 bad: "name" has something that is not shift_jis`, "3 2|b"}, ""},
		"half of it at the end is torn":                    {"id|name\n1|a\x95", Config{Encoding: "shift_jis"}, nil, `"name" ends within a character`},
		"EBCDIC is read":                                   {ebcdic, Config{Encoding: "ibm037"}, []string{"2 1|a"}, ""},
		"an empty file is empty in every encoding":         {"", Config{Encoding: "utf-16"}, nil, "it is empty"},
		"a mark alone too":                                 {"\xFF\xFE", Config{}, nil, "it is empty"},
		"a trailer is decoded":                             {"id;name\n1;a\nS\xE4tze 1\n", Config{Encoding: "windows-1252", Trailer: regexp.MustCompile(`^Sätze (\d+)$`)}, []string{"2 1|a"}, ""},
		"gzip under another name is an error":              {"\x1F\x8B\x08\x00", Config{}, nil, "it is gzip; have it named .gz"},
		"a spreadsheet is an error":                        {"PK\x03\x04", Config{}, nil, "it is a zip, or a spreadsheet"},
	})
}

// many is n times one thing.
func many(n int, text string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}
