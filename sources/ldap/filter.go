package ldap

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// FilterError is what is wrong with a filter, and where.
type FilterError struct {
	At     int    // characters before the place
	Reason string // and what to write
}

// Error is the reason.
func (e *FilterError) Error() string { return e.Reason }

// CheckFilter finds what is wrong with a search filter (RFC 4515); the error is a *FilterError. It is stricter than go-ldap, to which
// in (&(a=b(c=d)) the missing ) makes one value of b(c=d, so that another filter than the one that was meant would be asked.
func CheckFilter(text string) error {
	_, err := parseFilter(text)
	return err
}

// parseFilter is CheckFilter, and gives the attributes that the filter compares, as they are written there.
func parseFilter(text string) (names []string, err error) {
	f := &filterText{text: text}
	err = f.whole()
	return f.names, err
}

// whole reads all of the text.
func (f *filterText) whole() error {
	text := f.text
	trimmed := strings.TrimSpace(text)
	if i := strings.IndexFunc(trimmed, unicode.IsControl); i >= 0 && trimmed == text {
		return f.fail(i, `a line break or another control character; as part of a value it is written \ and two hexadecimal digits, such as \0a. A filter may go on in the next line if it is in double quotes and the line ends with \`)
	}
	switch {
	case trimmed == "":
		return f.fail(0, "the filter is empty; such as (objectClass=inetOrgPerson)")
	case trimmed != text:
		return f.fail(0, "a blank or line break around the filter (as > and | leave one in YAML); write %.200s", trimmed)
	case text[0] == '(':
	case CheckFilter("("+text+")") == nil:
		return f.fail(0, "a filter stands in parentheses: write %.200s", "("+text+")")
	default:
		return f.fail(0, "a filter begins with (, such as (objectClass=inetOrgPerson)")
	}
	if err := f.filter(0); err != nil {
		return err
	}
	switch rest := text[f.at:]; {
	case strings.HasPrefix(rest, "("):
		return f.fail(f.at, "another filter begins here; & joins two that both have to hold: write %.200s", "(&"+text+")")
	case strings.HasPrefix(rest, ")"):
		return f.fail(f.at, "one ) too many")
	case rest != "":
		return f.fail(f.at, "the filter ends before this; take it away")
	}
	if _, err := ldap.CompileFilter(text); err != nil {
		return f.fail(0, "no filter: %v", err)
	}
	return nil
}

// filterText is a filter that is read from left to right.
type filterText struct {
	text string
	at   int // bytes
	// names are the attributes so far.
	names []string
}

func (f *filterText) fail(at int, format string, args ...any) error {
	return &FilterError{At: utf8.RuneCountInString(f.text[:at]), Reason: fmt.Sprintf(format, args...)}
}

// next is the byte that comes next, 0 at the end.
func (f *filterText) next() byte {
	if f.at == len(f.text) {
		return 0
	}
	return f.text[f.at]
}

// deepest is how deep filters may be nested.
const deepest = 100

// filter reads one filter, with its parentheses.
func (f *filterText) filter(depth int) error {
	begin := f.at
	if depth > deepest {
		return f.fail(begin, "filters are nested deeper than %d", deepest)
	}
	f.at++ // (
	sign := f.next()
	var err error
	switch sign {
	case '&', '|':
		for f.at++; f.next() == '(' && err == nil; {
			err = f.filter(depth + 1)
		}
	case '!':
		if f.at++; f.next() == '(' {
			err = f.filter(depth + 1)
		} else if f.next() != 0 && f.next() != ' ' {
			err = f.fail(f.at, "after ! stands a filter with parentheses of its own, such as (!(a=b))")
		}
	default:
		err = f.comparison(begin)
	}
	if err != nil {
		return err
	}
	switch c := f.next(); {
	case c == ')':
		f.at++
		return nil
	case c == 0:
		return f.fail(begin, "the ( here is never closed; a ) is missing")
	case c == ' ':
		return f.fail(f.at, `a blank between the parts of a filter; none may be there, as in (&(a=b)(c=d)). In double quotes a filter may go on in the next line if the line ends with \`)
	case c == '(' && sign == '!':
		return f.fail(f.at, "! takes one filter; for none of two write (!(|(a=b)(c=d)))")
	}
	return f.fail(f.at, "a ( or ) is expected here, as in (&(a=b)(c=d))")
}

// comparison reads attribute, operator and value, up to the ) after them.
func (f *filterText) comparison(begin int) error {
	length := strings.IndexByte(f.text[f.at:], ')')
	if length < 0 {
		return f.fail(begin, "the ( here is never closed; a ) is missing")
	}
	from, body := f.at, f.text[f.at:f.at+length]
	name, value, ok := strings.Cut(body, "=")
	switch {
	case body == "":
		return f.fail(from, "there is nothing between ( and )")
	case body[0] == '(':
		return f.fail(from, "a filter stands in one pair of parentheses; take one away")
	case body[0] == ' ':
		return f.fail(from, "a blank after (; take it away")
	case !ok && strings.ContainsAny(body, "<>"):
		return f.fail(from, "of comparisons there are =, >=, <= and ~=; without = at the end there is none")
	case !ok:
		return f.fail(from, "%q compares nothing; write attribute=value, or attribute=* for those that have it", body)
	case strings.HasSuffix(name, "!"):
		return f.fail(from, "not equal is written (!(%.99s=%.99s))", name[:len(name)-1], value)
	}
	f.at += length
	at := from + len(name) + 1 // of the value
	operator := ""
	if name != "" && strings.IndexByte("<>~:", name[len(name)-1]) >= 0 {
		name, operator = name[:len(name)-1], name[len(name)-1:]
	}
	if operator == ":" {
		if err := f.rule(from, name); err != nil {
			return err
		}
	} else if err := CheckAttribute(name); err != nil {
		return f.fail(from, "%v", err)
	} else {
		f.names = append(f.names, name)
	}
	return f.value(at, value, operator)
}

// rule reads what stands before := in a comparison by a matching rule: attribute:dn:rule, of which one may be missing.
func (f *filterText) rule(from int, text string) error {
	name, rules, _ := strings.Cut(text, ":")
	rules = strings.TrimPrefix(strings.TrimPrefix(rules+":", "dn:"), ":")
	rules = strings.TrimSuffix(rules, ":")
	if name == "" && rules == "" || name != "" && !isAttribute.MatchString(name) || rules != "" && !isDescription.MatchString(rules) {
		return f.fail(from, "before := stands an attribute, perhaps with a matching rule, as in userAccountControl:1.2.840.113556.1.4.803:=2")
	}
	if name != "" {
		f.names = append(f.names, name)
	}
	return nil
}

// value reads a value that begins at at. What means something in a filter is written \ and two hexadecimal digits in it.
func (f *filterText) value(at int, value, operator string) error {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '(':
			return f.fail(at+i, `a ( within a value: a ) is missing before it, or it is part of the value and written \28`)
		case c == '*' && operator != "":
			return f.fail(at+i, `* stands for anything only after = alone; as part of the value it is written \2a`)
		case c == '=' && i == 0 && operator == "":
			return f.fail(at, `equal is one =; if the value begins with =, that is written \3d`)
		case c == '\\' && (i+2 >= len(value) || !isHex(value[i+1]) || !isHex(value[i+2])):
			return f.fail(at+i, `a \ is followed by two hexadecimal digits; as part of the value, as in a DN with \, in it, it is written \5c`)
		}
	}
	return nil
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
