package mapping

import (
	"fmt"
	"slices"
	"time"

	"github.com/expr-lang/expr/vm"

	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/record"
)

// Bound is a mapping for the columns of one read. It is used by one goroutine at a time; others take a Clone.
type Bound struct {
	mapping *Mapping
	layout  record.Layout
	row     *row
	machine vm.VM
	key     *program
	where   *program
	prefer  *program
	steps   []step           // the active attribute first
	natural int              // its step, -1 if map does not name it
	active  int              // likewise
	slot    int              // of the reference among the mapping's names, -1 if the target has none
	refer   record.Attribute // the reference
	values  []record.Value   // by place among the mapping's names, of the entry at hand
	wrong   []string         // what is wrong with the entry at hand
}

// step is one attribute to be evaluated.
type step struct {
	field
	fixed record.Value // of a constant
}

// Zone is the job's time zone: that of today() and valid().
func (m *Mapping) Zone() *time.Location { return m.spec.Zone }

// Bind finds the columns in a layout. now is the run's: now() answers it in whole seconds, today() its day in the zone.
// A problem is a column that the layout lacks, or has twice; the Bound is nil then.
func (m *Mapping) Bind(l record.Layout, now time.Time) (*Bound, []Problem) {
	now = now.In(m.spec.Zone).Truncate(time.Second)
	r := &row{now: now, today: midnight(now.Year(), now.Month(), now.Day(), m.spec.Zone), day: civil(now), zone: m.spec.Zone}
	b := &Bound{mapping: m, layout: l, row: r, natural: -1, active: -1, slot: -1, values: make([]record.Value, len(m.names))}
	env := newEnvironment(r, m.tables)
	problems := m.missing(l)
	compile := func(where string, x Expression) *program {
		p, more := env.compile(where, x)
		problems = append(problems, more...)
		return p
	}
	b.key = compile("key", m.spec.Key)
	if m.where != nil {
		b.where = compile("where", m.spec.Where)
	}
	if m.prefer != nil {
		b.prefer = compile("prefer", m.spec.Prefer)
	}
	for _, f := range m.fields {
		f.program = compile(f.program.where, f.expression)
		b.steps = append(b.steps, step{field: f})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	b.prepare(env)
	return b, nil
}

// Clone gives another goroutine a Bound of its own.
func (b *Bound) Clone() *Bound {
	c, _ := b.mapping.Bind(b.layout, b.row.now)
	return c
}

// missing finds the names that the layout lacks, once for each expression.
func (m *Mapping) missing(l record.Layout) []Problem {
	count := make(map[string]int, len(l.Columns))
	for _, name := range l.Columns {
		count[name]++
	}
	var problems []Problem
	for _, p := range m.programs() {
		for _, u := range p.uses {
			_, group := record.GroupOf(u.name)
			switch n := count[u.name]; {
			case n == 0 && group:
				problems = append(problems, Problem{Where: p.where, Offset: u.offset, Message: "in_group asks a directory who is in a group; " +
					"this source has no groups, so compare one of its columns instead"})
			case n == 0:
				problems = append(problems, Problem{Where: p.where, Offset: u.offset, Message: fmt.Sprintf(
					"column %s is not in the header%s", u.name, near.Suggest(u.name, l.Columns))})
			case n > 1:
				problems = append(problems, Problem{Where: p.where, Offset: u.offset, Message: fmt.Sprintf(
					"column %s stands %d times in the header, so it can't be told which is meant", u.name, n)})
			}
		}
	}
	return problems
}

// prepare lays out the row, the order of evaluation and the constants.
func (b *Bound) prepare(env *environment) {
	m, r := b.mapping, b.row
	n := len(env.slots)
	r.names, r.columns, r.text, r.boxed = make([]string, n), make([]int, n), make([]string, n), make([]any, n)
	for name, slot := range env.slots {
		r.names[slot], r.columns[slot] = name, slices.Index(b.layout.Columns, name)
	}
	if i := slices.IndexFunc(b.steps, func(s step) bool { return s.attribute.Name == m.schema.Active }); i > 0 {
		active := b.steps[i]
		b.steps = slices.Insert(slices.Delete(b.steps, i, i+1), 0, active)
	}
	for i := range b.steps {
		s := &b.steps[i]
		if s.attribute.Name == m.schema.Natural {
			b.natural = i
		}
		if s.attribute.Name == m.schema.Active {
			b.active = i
		}
		if s.program.form == constant {
			s.fixed, _ = s.program.constant(&s.attribute, r.zone) // Compile has seen that it fits
		}
	}
	if m.schema.Reference != "" {
		b.slot, _ = slices.BinarySearch(m.names, m.schema.Reference)
		b.refer, _ = m.schema.Lookup(m.schema.Reference)
	}
}
