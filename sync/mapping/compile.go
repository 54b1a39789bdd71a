package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/record"
)

// Compile finds everything that is wrong with a spec without having seen an entry. The mapping is nil if there are
// problems that are not warnings.
func Compile(s Spec, sch record.Schema, t Tables) (*Mapping, []Problem) {
	if s.Zone == nil {
		s.Zone = time.Local
	}
	s.Map = slices.Clone(s.Map)
	sch.Attributes = slices.Clone(sch.Attributes)
	tables, problems := readTables(t)
	c := &compilation{Mapping: &Mapping{spec: s, schema: sch, tables: tables}, problems: problems}
	c.env = newEnvironment(&row{}, tables)
	c.compileKey()
	c.compileWhere()
	c.compilePrefer()
	c.compileMap()
	c.demand()
	c.check()
	if slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning }) {
		return nil, c.problems
	}
	c.collect()
	return c.Mapping, c.problems
}

// compilation is a mapping in the making.
type compilation struct {
	*Mapping
	env      *environment
	problems []Problem
}

func (c *compilation) problem(where, format string, args ...any) {
	c.problems = append(c.problems, Problem{Where: where, Offset: -1, Message: fmt.Sprintf(format, args...)})
}

// compile reports whether an expression has no problem of its own, so that it makes sense to look on.
func (c *compilation) compile(where string, x Expression) (*program, bool) {
	p, problems := c.env.compile(where, x)
	c.problems = append(c.problems, problems...)
	return p, len(problems) == 0
}

func (c *compilation) compileKey() {
	if c.spec.Key.empty() {
		c.problem("key", "there is no key; it is the expression that tells records apart")
		return
	}
	p, ok := c.compile("key", c.spec.Key)
	c.key = p
	if !ok {
		return
	}
	if p.password {
		c.problem("key", "the key can't be a password")
		return
	}
	if p.day || p.clock {
		c.problem("key", "the key may not ask the clock: it has to stay the same for ever")
	}
	if len(p.uses) == 0 {
		c.problem("key", "the key names no column, so every entry would have the same")
	} else if why := misfit(record.TypeText, shapeOfType(p.result)); why != "" {
		c.problem("key", "the key %s", why)
	} else if shapeOfType(p.result) == shapeTime {
		c.problem("key", "the key is a date where text is needed; use the column as it is")
	}
}

func (c *compilation) compilePrefer() {
	if c.spec.Prefer.empty() {
		return
	}
	p, ok := c.compile("prefer", c.spec.Prefer)
	c.prefer = p
	if !ok {
		return
	}
	switch s := p.shape(); {
	case p.password:
		c.problem("prefer", "a random value can't say which entry is preferred")
	case s != shapeText && s != shapeInt && s != shapeFloat && s != shapeTime && s != shapeBool && s != shapeAny:
		c.problem("prefer", "prefer is %s, and has to be a text, a number, a date, or true or false", s)
	}
}

func (c *compilation) compileWhere() {
	if c.spec.Where.empty() {
		return
	}
	p, ok := c.compile("where", c.spec.Where)
	c.where = p
	if !ok {
		return
	}
	switch s := p.shape(); s {
	case shapeBool:
	case shapeAny:
	default:
		c.problem("where", "where is %s, and has to be true or false", s)
	}
}

func (c *compilation) compileMap() {
	seen := map[string]bool{}
	for _, f := range c.spec.Map {
		where := "map." + f.Attribute
		if seen[f.Attribute] {
			c.problem(where, "%s is mapped twice", f.Attribute)
			continue
		}
		seen[f.Attribute] = true
		a, known := c.schema.Lookup(f.Attribute)
		switch {
		case f.Attribute == c.schema.Reference && f.Attribute != "":
			c.problem(where, "%s is the slot that holds the key, and gets it by itself", f.Attribute)
		case !known:
			c.problem(where, "the target has no attribute %q%s", f.Attribute, near.Suggest(f.Attribute, c.attributes()))
		}
		p, ok := c.compile(where, f.Expression)
		if ok && known {
			c.fit(where, a, p)
		}
		c.fields = append(c.fields, field{attribute: a, expression: f.Expression, program: p})
	}
	slices.SortFunc(c.fields, func(x, y field) int { return strings.Compare(x.attribute.Name, y.attribute.Name) })
}

// fit finds what can't become that attribute, as far as it is known before there are values.
func (c *compilation) fit(where string, a record.Attribute, p *program) {
	switch {
	case p.password && (!a.CreateOnly || !a.WriteOnly):
		c.problem(where, "password is for an attribute that is sent with a create only and never shown, which %s is not", a.Name)
	case p.password && (a.Type != record.TypeText || a.MaxLen > 0 && p.given.Int() > int64(a.MaxLen)):
		c.problem(where, "password(%d) does not fit: the target takes %s, at most %d characters", p.given.Int(), a.Type, a.MaxLen)
	case p.password:
	case a.WriteOnly && !p.isNothing():
		c.problem(where, "%s is never shown and must not be stored: map it to password(%d)", a.Name, passwordFor(a))
	case p.form == constant:
		if v, err := p.constant(&a, c.spec.Zone); err != nil {
			c.problem(where, "%s %v", a.Name, err)
		} else if v.IsNull() && a.Required {
			c.problem(where, "%s is required, and would always be empty", a.Name)
		}
	default:
		if why := misfit(a.Type, shapeOfType(p.result)); why != "" {
			c.problem(where, "%s %s", a.Name, why)
		}
	}
}

// passwordFor is the length that is advised for a password.
func passwordFor(a record.Attribute) int {
	const advised = 16
	if a.MaxLen > 0 {
		return min(a.MaxLen, advised)
	}
	return advised
}

// check asks the target's own rules about the values that are the same for everybody.
func (c *compilation) check() {
	if c.schema.Check == nil || slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning }) {
		return
	}
	var attrs record.Attrs
	for _, f := range c.fields {
		v := record.UnknownValue()
		if f.program.form == constant {
			v, _ = f.program.constant(&f.attribute, c.spec.Zone) // fit has seen that it fits
		}
		if !v.IsNull() {
			attrs = append(attrs, record.Attr{Name: f.attribute.Name, Value: v})
		}
	}
	if err := c.schema.Check(attrs.Sort()); err != nil {
		where := "map"
		if wrong, ok := errors.AsType[*record.AttributeError](err); ok && c.maps(wrong.Name) {
			where = "map." + wrong.Name
		}
		c.problem(where, "%v", err)
	}
}

// demand finds what map leaves out.
func (c *compilation) demand() {
	for _, a := range c.schema.Attributes {
		switch {
		case a.Name == c.schema.Reference, c.maps(a.Name):
		case a.Required:
			c.problem("map", "%s is missing: the target requires it", a.Name)
		case a.Advised:
			c.problems = append(c.problems, Problem{Where: "map", Offset: -1, Warning: true,
				Message: fmt.Sprintf("%s is not mapped; the target accepts that, but it is hardly meant", a.Name)})
		}
	}
}

// maps reports whether map names that attribute.
func (c *compilation) maps(name string) bool {
	return slices.ContainsFunc(c.spec.Map, func(f Field) bool { return f.Attribute == name })
}

// collect gathers what a mapping without problems is asked about.
func (c *compilation) collect() {
	for _, f := range c.fields {
		c.names = append(c.names, f.attribute.Name)
	}
	if c.schema.Reference != "" {
		c.names = append(c.names, c.schema.Reference)
	}
	slices.Sort(c.names)
	for i := range c.fields {
		c.fields[i].at, _ = slices.BinarySearch(c.names, c.fields[i].attribute.Name)
	}
	c.columns = []string{}
	for _, p := range c.programs() {
		for _, u := range p.uses {
			c.columns = append(c.columns, u.name)
		}
		c.used = append(c.used, p.tables...)
		c.day = c.day || p.day
		c.clock = c.clock || p.clock
	}
	slices.Sort(c.columns)
	c.columns = slices.Compact(c.columns)
	slices.Sort(c.used)
	c.used = slices.Compact(c.used)
}

// attributes are the names that map can name, for suggestions.
func (c *compilation) attributes() []string {
	names := make([]string, 0, len(c.schema.Attributes))
	for _, a := range c.schema.Attributes {
		if a.Name != c.schema.Reference {
			names = append(names, a.Name)
		}
	}
	return names
}
