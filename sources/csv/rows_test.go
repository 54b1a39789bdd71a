package csv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sources"
)

// collect reads everything as text: of each entry its line and its cells, joined, or why it is bad; then the error. An
// empty cell is ∅.
func collect(rd sources.Reading) (entries []string, last string) {
	for e, err := range rd.Entries(nil) {
		switch {
		case err != nil:
			last = err.Error()
		case e.Bad != nil:
			entries = append(entries, fmt.Sprintf("%d bad: %v", e.At, e.Bad))
		default:
			var cells []string
			for _, f := range e.Fields {
				cell := "∅"
				if len(f) > 0 {
					cell = string(f[0])
				}
				cells = append(cells, cell)
			}
			entries = append(entries, fmt.Sprintf("%d %s", e.At, strings.Join(cells, "|")))
		}
	}
	return entries, last
}

// TestRows is what becomes of rows. Bad entries and errors are given by words that they have to have in them.
func TestRows(t *testing.T) {
	for promise, c := range map[string]struct {
		file string
		want []string
		err  string
	}{
		"a header alone is no entries":                         {"id,name\n", nil, ""},
		"a header without a line ending too":                   {"id,name", nil, ""},
		"rows have the line they begin at":                     {"id,name\n1,a\n2,b\n", []string{"2 1|a", "3 2|b"}, ""},
		"CRLF ends rows":                                       {"id,name\r\n1,a\r\n2,b\r\n", []string{"2 1|a", "3 2|b"}, ""},
		"the last row needs no line ending":                    {"id,name\n1,a\n2,b", []string{"2 1|a", "3 2|b"}, ""},
		"a byte order mark is no part of the header":           {"\xEF\xBB\xBFid,name\n1,a\n", []string{"2 1|a"}, ""},
		"an empty cell has no value":                           {"id,name,x\n1,,\"\"\n,,\n", []string{"2 1|∅|∅", "3 ∅|∅|∅"}, ""},
		"quotes keep delimiters, lines and doubled quotes":     {"id,name\n1,\"a,\"\"b\"\"\nc\"\n2,d\n", []string{"2 1|a,\"b\"\nc", "4 2|d"}, ""},
		"CRLF in quotes is LF, and CR alone is kept":           {"id,name\r\n1,\"a\r\nb\rc\"\r\n2,d\re\r\n", []string{"2 1|a\nb\rc", "4 2|d\re"}, ""},
		"blank lines are nothing but counted":                  {"\n\r\nid,name\n\n1,a\n\r\n\n2,b\n\n", []string{"5 1|a", "8 2|b"}, ""},
		"a header may go over lines":                           {"id,\"the\nname\"\n1,a\n", []string{"3 1|a"}, ""},
		"spaces are kept":                                      {"id,name\n 1 , a\n", []string{"2  1 | a"}, ""},
		"too few fields are held":                              {"id,name\n1\n2,b\n", []string{"2 bad: employees.csv:2: the row has 1 fields, the header has 2", "3 2|b"}, ""},
		"too many fields are held":                             {"id,name\n1,a,x\n2,b\n", []string{"2 bad: employees.csv:2: the row has 3 fields", "3 2|b"}, ""},
		"too many in the last row are held":                    {"id,name\n2,b\n1,a,x", []string{"2 2|b", "3 bad: employees.csv:3: the row has 3"}, ""},
		"too few in the last row are a torn file":              {"id,name\n1,a\n2", []string{"2 1|a"}, "employees.csv:3: the row has 1 fields, the header has 2 (delimiter ','), and it is the last, without a line ending: the file is torn"},
		"quotes open at the end are a torn file":               {"id,name\n1,a\n2,\"b\n3,c\n", []string{"2 1|a"}, "employees.csv:3: the file ends within the quotes"},
		"half a character at the end is a torn file":           {"id,name\n1,a\n2,b\xC3", []string{"2 1|a"}, `employees.csv:3:4: "name" ends within a character, and it is the last`},
		"wrong fields over several lines are an error":         {"id,name\n1,\"a\n2,b\",c\n3,d\n", nil, "employees.csv:2: the row has 3 fields, the header has 2 (delimiter ','), and it goes over several lines"},
		"bytes that are not UTF-8 are held, with their place":  {"id,name\n1,\"a\nM\xFCller\"\n2,b\n", []string{`2 bad: employees.csv:3:2: "name" is not UTF-8 (byte 0xFC)`, "4 2|b"}, ""},
		"such bytes in the last row are held":                  {"id,name\n1,M\xFCller", []string{`2 bad: employees.csv:2:4: "name" is not UTF-8 (byte 0xFC)`}, ""},
		"a NUL is held":                                        {"id,name\n1\x00,b\n2,b\n", []string{`2 bad: employees.csv:2:2: "id" has a NUL byte`, "3 2|b"}, ""},
		"quotes in a field without are held":                   {"id,name\n1,say \"hi\"\n2,b\n", []string{"2 bad: employees.csv:2:7: a quote where none may be", "3 2|b"}, ""},
		"an odd quote in a field without is held":              {"id,name\n1,5\" pipe\n2,b\n3,\"c\"\n", []string{"2 bad: employees.csv:2:4: a quote", "3 2|b", "4 3|c"}, ""},
		"such a quote where fields don't fit is an error":      {"id,name,x\n1, \"b\nc\",d\n2,e,f\n", nil, "employees.csv:2:4: a quote where none may be, in the row that begins at line 2"},
		"quotes not doubled in quotes are held":                {"id,name\n1,\"Dwayne \"The, Rock\" Johnson\"\n2,b\n", []string{"2 bad: employees.csv:2:11: a quote", "3 2|b"}, ""},
		"doubled ones beside them too":                         {"id,name\n1,\"a \"\"b\"\" \"c\" d\"\n2,b\n", []string{"2 bad: employees.csv:2:12: a quote", "3 2|b"}, ""},
		"the same is an error where readers disagree":          {"id,name\n1,\"say \"hi\n2,b\n3,bye\"\n", nil, "employees.csv:2:8: a quote"},
		"a quote that swallows rows is an error":               {"id,name,x\n1,\"a,x\n2,b,y\n3,\"c\",z\n", nil, "employees.csv:4:3: a quote where none may be, in the row that begins at line 2"},
		"a row of the maximum length is read":                  {"id,name\n1," + strings.Repeat("a", 98) + "\r\n", []string{"2 1|" + strings.Repeat("a", 98)}, ""},
		"a longer one is an error":                             {"id,name\n1," + strings.Repeat("a", 99) + "\n2,b\n", nil, "employees.csv:2: the row that begins here is longer than 100 bytes"},
		"a quote that is not closed does not eat the file":     {"id,name\n1,\"a\n" + strings.Repeat("2,b\n", 50) + "3,\"c\"\n", nil, "employees.csv:2: the row that begins here is longer than 100 bytes"},
		"few misshapen rows are held":                          {"id,name\n" + strings.Repeat("1\n", 2) + "2,b\n", []string{"2 bad: the row has 1", "3 bad: the row has 1", "4 2|b"}, ""},
		"many misshapen rows are an error when they are known": {"id,name\n" + strings.Repeat("1\n", 11), slices.Repeat([]string{"bad: "}, 11), "11 of 11 rows don't have the shape of the header"},
	} {
		t.Run(promise, func(t *testing.T) {
			for _, block := range []int{1, 7, 64, defaultBlock} {
				s := sized(write(t, c.file), block, 2)
				s.config.MaxRecord, s.config.Delimiter = 100, ','
				entries, last := collect(open(t, s))
				for i := range min(len(entries), len(c.want)) {
					if strings.Contains(c.want[i], "bad: ") && hasWords(entries[i], c.want[i]) {
						entries[i] = c.want[i]
					}
				}
				if d := cmp.Diff(c.want, entries); d != "" || !strings.Contains(last, c.err) || (c.err == "") != (last == "") {
					t.Errorf("blocks of %d: %s\nerror %q, wanted %q", block, d, last, c.err)
				}
			}
		})
	}
}

// hasWords reports whether the parts of want around "bad: " are in got.
func hasWords(got, want string) bool {
	at, why, _ := strings.Cut(want, "bad: ")
	return strings.HasPrefix(got, at) && strings.Contains(got, why)
}
