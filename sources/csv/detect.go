package csv

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// sample is how many bytes are looked at to tell an encoding.
const sample = 512

var bom = []byte("\xEF\xBB\xBF")

// detect finds the codec of a file that begins with these bytes and whose encoding is set to want, and refuses what
// surely is in another.
func detect(first []byte, want string) (codec, error) {
	want = strings.ToLower(want)
	if want == "" {
		want = auto
	}
	mark, wide := markOf(first), wideOf(first)
	isWide := want == utf16LE || want == utf16BE
	switch {
	case len(first) == 0:
		return codec{name: "utf-8"}, nil // the header says that it is empty
	case bytes.HasPrefix(first, []byte(gzipMagic)):
		return codec{}, errors.New("it is gzip; have it named .gz, or .zip if that is what comes out of it")
	case bytes.HasPrefix(first, []byte(zipMagic)):
		return codec{}, errors.New("it is a zip, or a spreadsheet; have an archive named .zip, and a spreadsheet exported as CSV")
	case mark == "utf-32":
		return codec{}, errors.New("it is UTF-32, which can't be read; export it as UTF-8")
	case mark != "" && (want == auto || want == mark || want == utf16Any && mark != "utf-8"):
		return codecOf(mark)
	case mark != "":
		return codec{}, fmt.Errorf("it begins with the byte order mark of %s, but encoding is %s: set encoding: auto", mark, want)
	case isWide && wide != "" && wide != want, want == utf16Any && wide != "":
		return codec{}, fmt.Errorf("it has no byte order mark and looks like %s: set encoding: %s", wide, wide)
	case want == utf16Any:
		return codec{}, errors.New("it has no byte order mark of UTF-16: set encoding to what it is in, such as utf-8 or utf-16le")
	case isWide && wide == "" && undecodable(first) < 0 && likely(first) == "":
		return codec{}, fmt.Errorf("it looks like UTF-8, but encoding is %s: set encoding: auto", want)
	case want == auto:
		return codecOf("utf-8")
	}
	return codecOf(want)
}

// markOf is the encoding whose byte order mark comes first, "" without one.
func markOf(first []byte) string {
	for _, m := range []struct{ mark, name string }{
		{"\xEF\xBB\xBF", "utf-8"}, {"\xFF\xFE\x00\x00", "utf-32"}, {"\x00\x00\xFE\xFF", "utf-32"}, {"\xFF\xFE", utf16LE}, {"\xFE\xFF", utf16BE},
	} {
		if bytes.HasPrefix(first, []byte(m.mark)) {
			return m.name
		}
	}
	return ""
}

// wideOf is the UTF-16 that bytes look like, in which one byte of each ASCII character is NUL, "" if they don't.
func wideOf(first []byte) string {
	var nul [2]int
	for i, b := range first {
		if b == 0 {
			nul[i%2]++
		}
	}
	switch {
	case nul[0]+nul[1] < len(first)/4 || nul[0] == nul[1]:
		return ""
	case nul[1] > nul[0]:
		return utf16LE
	}
	return utf16BE
}

// likely is the encoding of a line that is not UTF-8, as far as it can be told: that in which every byte is a letter, or
// what else stands in names and addresses. "" if it can't.
func likely(line []byte) string {
	var high []byte
	for _, b := range line {
		if b >= 0x80 {
			high = append(high, b)
		}
	}
	for _, set := range []struct {
		name  string
		table *charmap.Charmap
	}{{"windows-1252", charmap.Windows1252}, {"ibm850", charmap.CodePage850}} {
		if len(high) > 0 && !slices.ContainsFunc(high, func(b byte) bool {
			c := set.table.DecodeByte(b)
			return !unicode.IsLetter(c) && !strings.ContainsRune("\u00a0´’–€°§", c)
		}) {
			return set.name
		}
	}
	return ""
}

// surelyUTF8 reports whether a line is UTF-8 with two different characters beyond ASCII: in no other encoding are there such
// words. With a single one there are: OGÓŁEM in windows-1250.
func surelyUTF8(line []byte) bool {
	if !utf8.Valid(line) {
		return false
	}
	var first rune
	for _, c := range string(line) {
		if c < utf8.RuneSelf || c == first {
			continue
		}
		if first != 0 {
			return true
		}
		first = c
	}
	return false
}

// wrong says what is wrong with a row that has no character at offset at, and what to do about it.
func (c *codec) wrong(rec []byte, at int) string {
	name := likely(rec)
	switch {
	case rec[at] == 0:
		return "has a NUL byte; mend the row"
	case c.lossy:
		return fmt.Sprintf("has something that is not %s; mend the row, or set encoding to what the export writes", c.name)
	case c.decode != nil:
		return "has half a character, a surrogate without its pair; mend the row"
	case c.single == nil && name != "":
		return fmt.Sprintf("is not UTF-8 (byte 0x%02X); the file looks like %s: set encoding: %s", rec[at], name, name)
	case c.single == nil:
		return fmt.Sprintf("is not UTF-8 (byte 0x%02X); set encoding to what the export writes, or have it write UTF-8", rec[at])
	case utf8.Valid(rec):
		return fmt.Sprintf("is not %s (byte 0x%02X); the file looks like UTF-8: set encoding: auto", c.name, rec[at])
	case name != "" && name != c.name:
		return fmt.Sprintf("is not %s (byte 0x%02X); the file looks like %s: set encoding: %s", c.name, rec[at], name, name)
	}
	return fmt.Sprintf("is not %s (byte 0x%02X); set encoding to what the export writes", c.name, rec[at])
}
