package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/record"
)

// expression reads an expression: any one value, for `5` and `true` are expressions too. What YAML made of it before it
// got here is found out: brackets that became lists and maps, an end that became a comment.
func (d *decoder) expression(n *yaml.Node, _ []string, _ field) (any, error) {
	if n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode {
		if n.Style&yaml.FlowStyle != 0 {
			return nil, fmt.Errorf("expected an expression, but to YAML this is %s, because it begins with a bracket; quote the whole expression", kindOf(n))
		}
		return nil, fmt.Errorf("expected an expression, found %s", kindOf(n))
	}
	if err := single(n); err != nil {
		if isNull(n) {
			return nil, errors.New("there is no expression; an attribute that shall be empty is mapped to nil")
		}
		return nil, err
	}
	if strings.TrimSpace(n.Value) == "" {
		return nil, errors.New("the expression is empty")
	}
	if d.cutByComment(n) && isOpen(n.Value) {
		return nil, errors.New("to YAML a # after a blank begins a comment, so the expression ends before it; quote the whole expression")
	}
	return Expression(strings.TrimRight(n.Value, "\n")), nil
}

// cutByComment reports whether a comment follows an unquoted value.
func (d *decoder) cutByComment(n *yaml.Node) bool {
	if n.Style != 0 || n.Line < 1 || n.Line > len(d.file.lines) {
		return false
	}
	line := []rune(d.file.lines[n.Line-1])
	after := n.Column - 1 + utf8.RuneCountInString(n.Value)
	return after <= len(line) && strings.HasPrefix(strings.TrimLeft(string(line[after:]), " \t"), "#")
}

// isOpen reports whether an expression ends within a text or bracket.
func isOpen(text string) bool {
	depth, quote := 0, rune(0)
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case quote != 0:
			escaped = r == '\\' && quote != '`'
			if r == quote {
				quote = 0
			}
		case strings.ContainsRune("\"'`", r):
			quote = r
		case strings.ContainsRune("([{", r):
			depth++
		case strings.ContainsRune(")]}", r):
			depth--
		}
	}
	return depth > 0 || quote != 0
}

// attribute reads an expression, or {const: value}.
func (d *decoder) attribute(n *yaml.Node, path []string, f field) (any, error) {
	if n.Kind != yaml.MappingNode {
		e, err := d.expression(n, path, f)
		if err != nil {
			return nil, err
		}
		return Attribute{Expression: e.(Expression)}, nil
	}
	known := names(fieldsOf(reflect.TypeFor[constant]()))
	isConstant := slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return near.Nearest(c.Value, known) != "" })
	if !isConstant {
		return nil, errors.New("expected an expression or {const: value}; an expression that begins with { has to be quoted")
	}
	var c constant
	if !d.whole(&c, n, path) {
		return nil, errTold
	}
	return Attribute{Const: &c.Const}, nil
}

// whole reads a mapping into a struct and reports whether nothing was wrong with it.
func (d *decoder) whole(into any, n *yaml.Node, path []string) bool {
	before := len(d.problems)
	d.fields(reflect.ValueOf(into).Elem(), n, path)
	return len(d.problems) == before
}

var errNoConstant = errors.New("there is no value; an attribute that shall be empty is mapped to the expression nil")

// constant reads a value that is the same for every record.
func (d *decoder) constant(n *yaml.Node, path []string, f field) (any, error) {
	if n.Kind == yaml.SequenceNode && f.list {
		list := []string{}
		for _, c := range n.Content {
			if !d.bare(c) {
				return nil, errTold
			}
			text, err := d.word(c, path, field{need: true})
			if err != nil {
				return nil, fmt.Errorf("in the list: %w", err)
			}
			list = append(list, text.(string))
		}
		return record.ListOf(list), nil
	}
	if isNull(n) {
		return nil, errNoConstant
	}
	if err := single(n); err != nil {
		return nil, err
	}
	switch n.Tag {
	case "!!str", "!!timestamp":
		if n.Value == "" {
			return nil, errNoConstant
		}
		return record.TextOf(n.Value), nil
	case "!!int":
		got, err := plainInt(n)
		if err != nil {
			return nil, fmt.Errorf("%w; or quote it if it is a text", err)
		}
		return record.IntOf(got), nil
	case "!!bool":
		truth, err := d.truth(n, path, field{})
		if err != nil {
			return nil, err
		}
		return record.BoolOf(truth.(bool)), nil
	}
	return nil, fmt.Errorf("expected a text, a whole number, true or false, found %s; quote it if it is a text", kindOf(n))
}

// limit reads a number, a percentage, {percent, at_least}, or none.
func (d *decoder) limit(n *yaml.Node, path []string, f field) (any, error) {
	if n.Kind == yaml.MappingNode {
		var r relative
		if !d.whole(&r, n, path) {
			return nil, errTold
		}
		return Limit{Percent: r.Percent, AtLeast: r.AtLeast}, nil
	}
	if err := single(n); err != nil {
		return nil, err
	}
	switch {
	case n.Value == "none":
		return Limit{None: true}, nil
	case n.Tag == "!!int":
		count, err := d.number(n, path, field{min: "0"})
		if err != nil {
			return nil, err
		}
		return Limit{AtLeast: count.(int)}, nil
	case strings.HasSuffix(n.Value, "%"):
		p, err := parsePercent(d, n.Value, f)
		return Limit{Percent: p, AtLeast: atLeast}, err
	}
	return nil, fmt.Errorf("%q is no limit: a number, a percentage such as 10%%, {percent: 10, at_least: 5}, or none%s", n.Value, near.Suggest(n.Value, []string{"none"}))
}
