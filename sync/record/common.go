package record

import "strings"

// parseCommon reads the common form of what AppendJSON writes: text without escapes, whole numbers above 0, true and false. Anything
// else is not ok, and is left to encoding/json, which takes ten times as long: a first sync reads a million of these.
// Every text shares the memory of s.
func parseCommon(s string) (Attrs, bool) {
	p := commonParser{rest: strings.TrimPrefix(s, "{")}
	a := make(Attrs, 0, 1+strings.Count(s, ","))
	for last := ""; ; {
		name, ok := p.text()
		if !ok || len(a) > 0 && name <= last || !p.skip(":") {
			return nil, false
		}
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		a, last = append(a, Attr{Name: name, Value: v}), name
		if p.skip(",") {
			continue
		}
		return a, p.rest == "}" && s[0] == '{'
	}
}

// commonParser is what is left to read.
type commonParser struct{ rest string }

func (p *commonParser) skip(prefix string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, prefix)
	return ok
}

func (p *commonParser) text() (string, bool) {
	if !p.skip(`"`) {
		return "", false
	}
	text, rest, ok := strings.Cut(p.rest, `"`)
	if !ok || strings.Contains(text, "\\") {
		return "", false
	}
	p.rest = rest
	return text, true
}

func (p *commonParser) value() (Value, bool) {
	switch {
	case strings.HasPrefix(p.rest, `"`):
		text, ok := p.text()
		return Value{kind: Text, text: text}, ok
	case p.skip("true"):
		return BoolOf(true), true
	case p.skip("false"):
		return BoolOf(false), true
	}
	const mostDigits = 18 // of any int64
	n, i := int64(0), 0
	for ; i < len(p.rest) && i < mostDigits && p.rest[i] >= '0' && p.rest[i] <= '9'; i++ {
		n = n*10 + int64(p.rest[i]-'0')
	}
	if i == 0 || i == mostDigits || p.rest[0] == '0' {
		return Value{}, false
	}
	p.rest = p.rest[i:]
	return IntOf(n), true
}
