package mapping

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// parseDN reads a DN (RFC 4514), with what older ones may have (RFC 2253, 4): spaces around separators, a semicolon for a
// comma, quotes around a value, OID. before a number. It gives the first value.
func parseDN(dn string) (first attributeValue, err error) {
	p := dnParser{rest: dn}
	first, err = p.attribute()
	for err == nil && p.rest != "" {
		p.rest = p.rest[1:] // a separator: attribute stops nowhere else
		_, err = p.attribute()
	}
	return first, err
}

// attributeValue is a value in a DN: text, or bytes of BER that the DN gives in hexadecimal.
type attributeValue struct {
	text string
	ber  bool
}

// dnParser is what is left to read.
type dnParser struct{ rest string }

// attribute reads type=value, up to a separator or the end.
func (p *dnParser) attribute() (attributeValue, error) {
	kind, rest, ok := strings.Cut(p.rest, "=")
	if !ok {
		return attributeValue{}, fmt.Errorf("%s has no = after an attribute's name", quote(p.rest))
	}
	if kind = strings.Trim(kind, " "); !isAttributeType(kind) {
		return attributeValue{}, fmt.Errorf("%s is no attribute's name", quote(kind))
	}
	p.rest = strings.TrimLeft(rest, " ")
	read := p.plain
	switch {
	case strings.HasPrefix(p.rest, "#"):
		read = p.hexadecimal
	case strings.HasPrefix(p.rest, `"`):
		read = p.quoted
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest != "" && !isSeparator(p.rest[0]) {
		return value, fmt.Errorf("%s follows a value, where a comma is needed", quote(p.rest))
	}
	return value, nil
}

// plain reads a value up to a separator, without the spaces at its end that are not escaped.
func (p *dnParser) plain() (attributeValue, error) {
	var out []byte
	keep := 0
	for p.rest != "" && !isSeparator(p.rest[0]) {
		c := p.rest[0]
		switch {
		case c == '\\':
			b, err := p.escaped()
			if err != nil {
				return attributeValue{}, err
			}
			out = append(out, b)
			keep = len(out)
			continue
		case strings.IndexByte("\"<>\x00", c) >= 0:
			return attributeValue{}, fmt.Errorf(`%s has to be written \%02X`, quote(string(c)), c)
		}
		out, p.rest = append(out, c), p.rest[1:]
		if c != ' ' {
			keep = len(out)
		}
	}
	return attributeValue{text: string(out[:keep])}, nil
}

// quoted reads a value between quotes, in which only quotes and backslashes mean something.
func (p *dnParser) quoted() (attributeValue, error) {
	p.rest = p.rest[1:]
	var out []byte
	for p.rest != "" && p.rest[0] != '"' {
		c := p.rest[0]
		if c != '\\' {
			out, p.rest = append(out, c), p.rest[1:]
			continue
		}
		b, err := p.escaped()
		if err != nil {
			return attributeValue{}, err
		}
		out = append(out, b)
	}
	if p.rest == "" {
		return attributeValue{}, errors.New("a quote is not closed")
	}
	p.rest = p.rest[1:]
	return attributeValue{text: string(out)}, nil
}

// escaped reads a backslash and what it escapes: a character that would mean something, or a byte in hexadecimal.
func (p *dnParser) escaped() (byte, error) {
	if s := p.rest; len(s) > 1 && strings.IndexByte(` "#+,;<=>\`, s[1]) >= 0 {
		p.rest = s[2:]
		return s[1], nil
	} else if len(s) > 2 {
		if b, err := hex.DecodeString(s[1:3]); err == nil {
			p.rest = s[3:]
			return b[0], nil
		}
	}
	return 0, fmt.Errorf("%s: a backslash escapes a special character or two hexadecimal digits", quote(p.rest))
}

// hexadecimal reads #04024869: the value in BER, for attributes that have no form as text.
func (p *dnParser) hexadecimal() (attributeValue, error) {
	p.rest = p.rest[1:]
	digits := p.rest[:len(p.rest)-len(strings.TrimLeft(p.rest, "0123456789abcdefABCDEF"))]
	b, err := hex.DecodeString(digits)
	if err != nil || digits == "" {
		return attributeValue{}, errors.New("after # pairs of hexadecimal digits are needed")
	}
	p.rest = p.rest[len(digits):]
	return attributeValue{text: string(b), ber: true}, nil
}

func isSeparator(c byte) bool { return c == ',' || c == ';' || c == '+' }

// isAttributeType reports whether s names an attribute: cn, or 2.5.4.3 (RFC 4512, 1.4).
func isAttributeType(s string) bool {
	const oid = "OID."
	if len(s) > len(oid) && strings.EqualFold(s[:len(oid)], oid) {
		s = s[len(oid):]
	}
	if s == "" {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' {
		for arc := range strings.SplitSeq(s, ".") {
			if !allDigits(arc) || len(arc) > 1 && arc[0] == '0' {
				return false
			}
		}
		return strings.Contains(s, ".")
	}
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || s[i] != '-' && (s[i] < '0' || s[i] > '9')) {
			return false
		}
	}
	return true
}
