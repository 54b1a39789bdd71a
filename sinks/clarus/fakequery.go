package clarus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/scanner"
)

// field is one selection of a GraphQL query.
type field struct {
	name   string
	args   map[string]any // int64, string, or map[string]any
	fields []field
}

// parseQuery reads the part of GraphQL that a list needs: nested fields with literal arguments.
func parseQuery(text string) ([]field, error) {
	p := &queryParser{}
	p.s.Init(strings.NewReader(text))
	p.s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanStrings
	p.s.Error = func(*scanner.Scanner, string) { p.bad = true }
	p.next()
	if p.tok == scanner.Ident && p.s.TokenText() == "query" {
		p.next()
	}
	fields, err := p.selection(0)
	if err == nil && (p.bad || p.tok != scanner.EOF) {
		err = errors.New("syntax error in the query")
	}
	return fields, err
}

type queryParser struct {
	s   scanner.Scanner
	tok rune
	bad bool
}

func (p *queryParser) next() { p.tok = p.s.Scan() }

// want takes one token of that kind and returns its text.
func (p *queryParser) want(tok rune) (string, error) {
	if p.tok != tok {
		return "", fmt.Errorf("syntax error at %s: expected %s, got %q", p.s.Pos(), scanner.TokenString(tok), p.s.TokenText())
	}
	text := p.s.TokenText()
	p.next()
	return text, nil
}

func (p *queryParser) selection(depth int) ([]field, error) {
	const deepest = 10
	if _, err := p.want('{'); err != nil || depth > deepest {
		return nil, errors.Join(err, errors.New("a selection of fields is expected"))
	}
	var fields []field
	for p.tok != '}' {
		name, err := p.want(scanner.Ident)
		if err != nil {
			return nil, err
		}
		f := field{name: name}
		if p.tok == '(' {
			p.next()
			if f.args, err = p.members(')'); err != nil {
				return nil, err
			}
		}
		if p.tok == '{' {
			if f.fields, err = p.selection(depth + 1); err != nil {
				return nil, err
			}
		}
		fields = append(fields, f)
	}
	p.next()
	return fields, nil
}

// members are name: value pairs up to that token. Commas are blanks in GraphQL.
func (p *queryParser) members(end rune) (map[string]any, error) {
	out := map[string]any{}
	for p.tok != end {
		if p.tok == ',' {
			p.next()
			continue
		}
		name, err := p.want(scanner.Ident)
		if err != nil {
			return nil, err
		}
		if _, err := p.want(':'); err != nil {
			return nil, err
		}
		if out[name], err = p.value(); err != nil {
			return nil, err
		}
	}
	p.next()
	return out, nil
}

func (p *queryParser) value() (any, error) {
	text := p.s.TokenText()
	switch p.tok {
	case scanner.Int:
		p.next()
		return strconv.ParseInt(text, 10, 64)
	case scanner.String:
		p.next()
		return strconv.Unquote(text)
	case '{':
		p.next()
		return p.members('}')
	}
	return nil, fmt.Errorf("syntax error at %s: a value is expected, got %q", p.s.Pos(), text)
}
