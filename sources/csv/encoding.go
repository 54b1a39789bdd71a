package csv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
)

// codec is how the bytes of a file are text. The zero codec is UTF-8.
//
//	            cut, hashed          decoded
//	UTF-8       as they lie there    never
//	single      as they lie there    the cells that are parsed
//	any other   as UTF-8             all of it, before it is cut
type codec struct {
	name   string
	single *[128]string                // the bytes from 0x80, in UTF-8; "" for one that is no character
	decode func(r io.Reader) io.Reader // bytes to UTF-8; an error of it means that the file is torn
	lossy  bool                        // decode gives U+FFFD for what is no character
}

// CheckEncoding reports whether a file can be read in that encoding: auto (by its byte order mark, else UTF-8), utf-8, utf-16
// (by its mark), utf-16le, utf-16be, and the names that IANA and browsers have for others. "" is auto. A name is taken as
// IANA has it where they differ: iso-8859-1 is not windows-1252.
func CheckEncoding(name string) error {
	switch strings.ToLower(name) {
	case "", auto, utf16Any:
		return nil
	}
	_, err := codecOf(name)
	return err
}

const (
	auto     = "auto"
	utf16Any = "utf-16"
	utf16LE  = "utf-16le"
	utf16BE  = "utf-16be"
)

// codecOf is the codec with that name, which has to say all.
func codecOf(name string) (codec, error) {
	name = strings.ToLower(name)
	switch name {
	case "utf-8":
		return codec{name: name}, nil
	case utf16LE, utf16BE:
		return codec{name: name, decode: func(r io.Reader) io.Reader { return newUTF16(r, name == utf16BE) }}, nil
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		enc, err = htmlindex.Get(name)
	}
	if err != nil {
		return codec{}, fmt.Errorf("unknown encoding %q", name)
	}
	switch known, _ := htmlindex.Name(enc); {
	case enc == nil, known == "replacement", known == "x-user-defined":
		return codec{}, fmt.Errorf("the encoding %q is not supported", name)
	case known == "utf-8", strings.HasPrefix(known, utf16Any):
		return codec{}, fmt.Errorf("unknown encoding %q; utf-8, utf-16, utf-16le and utf-16be are the names of those", name)
	}
	if table := tableOf(enc); table != nil {
		return codec{name: name, single: table}, nil
	}
	return codec{name: name, lossy: true, decode: func(r io.Reader) io.Reader { return enc.NewDecoder().Reader(r) }}, nil
}

// tableOf is the upper half of a character set whose lower half is ASCII, nil for any other. What is no character there, or
// a control character that no feed has, is "".
func tableOf(enc encoding.Encoding) *[128]string {
	set, ok := enc.(*charmap.Charmap)
	if !ok {
		return nil
	}
	var table [128]string
	for i := range 256 {
		c := set.DecodeByte(byte(i))
		switch {
		case i < 0x80 && c != rune(i):
			return nil
		case i >= 0x80 && c > 0x9F && c != utf8.RuneError:
			table[i-0x80] = string(c)
		}
	}
	return &table
}

// append decodes a cell behind the end of text.
func (c *codec) append(text, cell []byte) []byte {
	for {
		n := beyond(cell)
		if n < 0 {
			return append(text, cell...)
		}
		text = append(text, cell[:n]...)
		text = append(text, c.single[cell[n]-utf8.RuneSelf]...)
		cell = cell[n+1:]
	}
}

// text is a line in UTF-8.
func (c *codec) text(line []byte) []byte {
	if c.single == nil {
		return line
	}
	return c.append(nil, line)
}

// undecodable is the first byte of b that is no character or is a NUL, -1 if there is none.
func (c *codec) undecodable(b []byte) int {
	switch {
	case c.single != nil:
		nul := bytes.IndexByte(b, 0)
		for i := 0; ; i++ {
			n := beyond(b[i:])
			if n < 0 {
				return nul
			}
			if i += n; c.single[b[i]-utf8.RuneSelf] == "" {
				return firstOf(nul, i)
			}
		}
	case c.lossy:
		return firstOf(undecodable(b), bytes.Index(b, []byte("\uFFFD")))
	}
	return undecodable(b)
}

// beyond is the first byte beyond ASCII, -1 if there is none.
func beyond(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if high := binary.LittleEndian.Uint64(b[i:]) & 0x8080_8080_8080_8080; high != 0 {
			return i + bits.TrailingZeros64(high)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// firstOf is the smaller of two offsets, of which -1 is none.
func firstOf(a, b int) int {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}
