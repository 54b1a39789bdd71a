package mapping

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lost stands where a program could not read or write a character: whatever name it was in is damaged.
const lost = string(utf8.RuneError)

// misread is what comes after Ã where UTF-8 was read in windows-1252 or ISO-8859-1: MÃ¼ller. None of it follows that letter in any
// language; what may (a space that does not break, a dash, a closing quote) is not here.
const misread = "¡¢£¤¥¦¨©ª«¬¯±²³µ¶¸¹º¼½¾¿‚ƒ„†‡ˆ‰Š‹ŒŽšžœŸ"

// misreadWithin is what may come after Ã at the end of a word in capitals (IRMÃ´S), and not after one within small letters: FranÃ§ois, GarcÃ-a.
const misreadWithin = "§®°´·»\u00ad"

// garbled finds text of which a part was destroyed before it came here: such a name is held, not sent.
func garbled(s string) error {
	if strings.Contains(s, lost) {
		return fmt.Errorf("has U+FFFD in it, where the export has lost a character: %s", quote(s))
	}
	for rest := s; ; {
		before, after, found := strings.Cut(rest, "Ã")
		if !found {
			return nil
		}
		r, _ := utf8.DecodeRuneInString(after)
		last, _ := utf8.DecodeLastRuneInString(before)
		if strings.ContainsRune(misread, r) || r >= 0x80 && r < 0xA0 || unicode.IsLower(last) && strings.ContainsRune(misreadWithin, r) {
			return fmt.Errorf("looks like UTF-8 that was read in another encoding, before or by `encoding`: %s", quote(s))
		}
		rest = after
	}
}
