package ldap

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// appendCanonical appends to b what all spellings of one DN have in common (RFC 4514): types by one name and values without case, as nearly all
// naming attributes match them, single spaces, no space around separators, values in Unicode's NFC, the parts of an RDN sorted. What
// means something in a DN is written \2c within a value, so that a comma is always a separator. Text that is no DN stays as it is,
// but for its case.
func appendCanonical(b, dn []byte) []byte {
	start, value, edge := len(b), false, true // in a value; beside a separator
	typed := start                            // where the type begins
	for i := 0; i < len(dn); i++ {
		switch c := dn[i]; {
		case c == ' ':
			// Of several spaces one is significant, beside a separator none.
			if last := i+1 == len(dn); edge || last || dn[i+1] == ' ' || dn[i+1] == ',' || dn[i+1] == '=' && !value {
				continue
			}
			b = append(b, c)
		case c == '=' && !value && edge:
			return appendParsed(b[:start], dn) // it has no type
		case c == ',', c == '=' && !value:
			if c == '=' {
				b = append(b[:typed], typeName(b[typed:])...)
			}
			b, value, edge = append(b, c), c == '=', true
			typed = len(b)
			continue
		case c == '\\':
			meant, size := unescape(dn[i+1:])
			if size == 0 || meant <= ' ' || meant >= 0x80 || meant == '#' || !value {
				return appendParsed(b[:start], dn)
			}
			if b, i = append(b, meant|lowerBit(meant)), i+size; isSpecial(meant) {
				b = append(b[:len(b)-1], '\\', "0123456789abcdef"[meant>>4], "0123456789abcdef"[meant&15])
			}
		case c >= 0x80:
			r, size := utf8.DecodeRune(dn[i:])
			switch i += size - 1; {
			case r == 'ß':
				b = append(b, "ss"...) // as Unicode folds it
			case isPlainLetter(r):
				b = utf8.AppendRune(b, unicode.ToLower(r))
			default:
				return appendParsed(b[:start], dn)
			}
		case c == '#' && edge, c == 0, c != '#' && isSpecial(c):
			return appendParsed(b[:start], dn)
		default:
			b = append(b, c|lowerBit(c))
		}
		edge = false
	}
	return b
}

// lowerBit is what makes an upper-case letter of ASCII a lower-case one.
func lowerBit(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return 0x20
	}
	return 0
}

// isSpecial reports whether a character means something in a DN, or is written as if it did in a canonical one.
func isSpecial(c byte) bool { return strings.IndexByte("\\,+;\"<>", c) >= 0 }

// unescape is the character that follows a backslash, and how many bytes it takes; 0: none that is allowed.
func unescape(after []byte) (meant byte, size int) {
	switch {
	case len(after) > 0 && strings.IndexByte(` "#+,;<=>\`, after[0]) >= 0:
		return after[0], 1
	case len(after) > 1 && isHex(after[0]) && isHex(after[1]):
		var out [1]byte
		_, _ = hex.Decode(out[:], after[:2]) // looked at above
		return out[0], 2
	}
	return 0, 0
}

// isPlainLetter reports whether a letter is composed, and has one lower-case form that is its folded one: most of those of Europe.
func isPlainLetter(r rune) bool {
	return r >= 'À' && r < 'ſ' && r != 'ß' && r != 'İ' && r != 'ŉ'
}

// appendParsed is appendCanonical for any DN, at a hundred times the cost.
func appendParsed(b, dn []byte) []byte {
	parsed, err := ldap.ParseDN(string(dn))
	if err != nil || !utf8.Valid(dn) || slices.ContainsFunc(parsed.RDNs, isStrange) {
		return append(b, dn...)
	}
	for i, rdn := range parsed.RDNs {
		if i > 0 {
			b = append(b, ',')
		}
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			parts[j] = string(typeName([]byte(strings.ToLower(a.Type)))) + "=" + canonicalValue(a.Value)
		}
		slices.Sort(parts)
		b = append(b, strings.Join(parts, "+")...)
	}
	return b
}

// isStrange reports whether a part has a type that is neither name nor OID.
func isStrange(rdn *ldap.RelativeDN) bool {
	return slices.ContainsFunc(rdn.Attributes, func(a *ldap.AttributeTypeAndValue) bool {
		return strings.ContainsFunc(a.Type, func(r rune) bool {
			return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
		})
	})
}

// canonicalValue is a value as a canonical DN has it; of one that is no text, every byte is escaped: after a # would be BER.
func canonicalValue(value string) string {
	if !utf8.ValidString(value) {
		var b strings.Builder
		for _, c := range []byte(value) {
			fmt.Fprintf(&b, `\%02x`, c)
		}
		return b.String()
	}
	value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' }), " ")
	value = strings.NewReplacer(`\`, `\5c`, `,`, `\2c`, `+`, `\2b`, `;`, `\3b`, `"`, `\22`, `<`, `\3c`, `>`, `\3e`, "\x00", `\00`).Replace(record.Fold(value))
	if strings.HasPrefix(value, "#") {
		value = `\23` + value[1:]
	}
	return value
}

// canonical is appendCanonical for text.
func canonical(dn string) string { return string(appendCanonical(nil, []byte(dn))) }

// isUnder reports whether a DN is another one or lies below it, both canonical. Everything lies below the empty one.
func isUnder(dn []byte, base string) bool {
	if base == "" || string(dn) == base {
		return true
	}
	above, ok := bytes.CutSuffix(dn, []byte(base))
	return ok && above[len(above)-1] == ','
}

// dnSet is a set of DNs, by hashes of their canonical forms: a group may have a million members.
type dnSet map[[16]byte]struct{}

func (s dnSet) add(canonical []byte)      { s[xxh3.Hash128(canonical).Bytes()] = struct{}{} }
func (s dnSet) has(canonical []byte) bool { _, ok := s[xxh3.Hash128(canonical).Bytes()]; return ok }

// parentOf is a DN without its first part.
func parentOf(dn string) string {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',', ';':
			return strings.TrimSpace(dn[i+1:])
		}
	}
	return dn
}
