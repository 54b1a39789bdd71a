package csv

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// afterLetters is what may follow a letter in names and addresses, besides letters: "ß " before a space that does not break, CAFÉ’S.
const afterLetters = "\u00a0´’”“–—…°§®™·"

// garbles is where in a row of an encoding of one byte a character of UTF-8 begins that would surely come out as others: MÃ¼ller. -1 if
// there is none. A row that is not UTF-8 from end to end has none. By chance a row may be UTF-8 all the same: KÓŁKO in windows-1250 is; so
// it is only sure where no word could be written so.
//
//	MÃ¼ller   a sign within a word
//	JosĂŠ     a capital after a small letter
//	WĂłjcik   a capital within a word that goes on with a small letter
//	MÃœLLER   a small letter among capitals
func (c *codec) garbles(rec []byte) int {
	if c.single == nil || !utf8.Valid(rec) {
		return -1
	}
	for i := 0; ; {
		n := beyond(rec[i:])
		if n < 0 {
			return -1
		}
		i += n
		_, size := utf8.DecodeRune(rec[i:])
		if c.unlikely(rec, i, size) {
			return i
		}
		i += size
	}
}

// unlikely reports whether the bytes of one character of UTF-8, at offset i of a row, are no part of any word in the row's own encoding.
func (c *codec) unlikely(rec []byte, i, size int) bool {
	first := c.letter(rec[i])
	var before, after rune
	if i > 0 {
		before = c.letter(rec[i-1])
	}
	if i+size < len(rec) {
		after = c.letter(rec[i+size])
	}
	last := c.letter(rec[i+size-1])
	for _, b := range rec[i+1 : i+size] {
		if r := c.letter(b); !unicode.IsLetter(r) && !strings.ContainsRune(afterLetters, r) {
			return true
		}
	}
	switch within := unicode.IsLetter(before) && unicode.IsUpper(first); {
	case !within:
		return false
	case unicode.IsLower(before), unicode.IsLetter(last) && unicode.IsLower(after):
		return true
	}
	return unicode.IsLower(last) && unicode.IsUpper(after)
}

// letter is one byte as a character.
func (c *codec) letter(b byte) rune {
	if b < utf8.RuneSelf {
		return rune(b)
	}
	r, _ := utf8.DecodeRuneInString(c.single[b-utf8.RuneSelf])
	return r
}
