// Package mapping turns an entry into a record: expressions (expr-lang) are compiled once against a sink's schema, bound
// to the columns of one read, and then evaluated for every entry. It does no I/O, does not log, and reads no clock.
//
//	Spec + Schema + Tables ── Compile ──► Mapping ── Bind(layout, now) ──► Bound ── Map(entry) ──► Outcome
//
//	every entry:   key ──► where ──► the active attribute ──► the rest
//
// What goes wrong with an expression at run time holds one record and says why; it never ends the run.
//
// A column that is taken as it is takes 50 ns, an expression 200 to 500 ns, nearly all of it expr's machine and the strings it makes; so plain
// columns and constants bypass it (program.go), and cells are made strings only where an expression names them.
package mapping

import (
	"slices"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Expression is the text of an expression or a constant, as the configuration gives it.
type Expression struct {
	Text    string
	Const   record.Value // used if IsConst: text, a whole number, a truth value or a list
	IsConst bool
}

// empty reports whether the configuration gives nothing at all.
func (x Expression) empty() bool { return !x.IsConst && x.Text == "" }

// Field gives one attribute of the target its expression.
type Field struct {
	Attribute  string // the target's own name, nested ones with a dot
	Expression Expression
}

// Spec is the part of a job's configuration that says what becomes of an entry.
type Spec struct {
	Key   Expression
	Where Expression // empty: every entry is in scope
	// Prefer decides between entries of one key: the one with the highest value is the record. Empty: none is preferred.
	Prefer Expression
	Map    []Field
	Zone   *time.Location // of today(), now(), valid() and date(); nil: the machine's
}

// Tables are what lookup reads, by name. Values are string, int, int64, bool, or nil for null.
type Tables map[string]Table

// Table is one look-up table.
type Table map[string]any

// Mapping is a Spec that has been found to be right. It never changes and may be used from any goroutine.
type Mapping struct {
	spec    Spec
	schema  record.Schema
	tables  map[string]table
	key     *program
	where   *program // nil: every entry is in scope
	prefer  *program // nil: no entry is preferred
	fields  []field  // sorted by attribute, without the reference
	names   []string // of attributes, sorted, with the reference
	columns []string // sorted
	used    []string // tables, sorted
	day     bool     // today() or valid() is asked
	clock   bool     // now() is asked
}

// field is one attribute with its compiled expression.
type field struct {
	attribute  record.Attribute
	expression Expression
	program    *program
	at         int // its place among Mapping.names
}

// Need returns the names of the columns that the expressions use, sorted and never nil.
func (m *Mapping) Need() []string { return slices.Clone(m.columns) }

// Attributes returns the names of the attributes that a record can have, sorted: what map names, and the reference.
func (m *Mapping) Attributes() []string { return slices.Clone(m.names) }

// Volatile reports whether now() is asked: every entry has to be evaluated at every run.
func (m *Mapping) Volatile() bool { return m.clock }

// Clocked returns the names of the attributes whose values may be made by the clock, so that each run may give another one. True and false are no such values: they
// are another decision.
func (m *Mapping) Clocked() (names []string) {
	for _, f := range m.fields {
		if (f.program.clock || f.program.day) && f.attribute.Type != record.TypeBool {
			names = append(names, f.attribute.Name)
		}
	}
	return names
}

// programs gives every compiled expression.
func (m *Mapping) programs() []*program {
	all := []*program{m.key}
	if m.where != nil {
		all = append(all, m.where)
	}
	if m.prefer != nil {
		all = append(all, m.prefer)
	}
	for i := range m.fields {
		all = append(all, m.fields[i].program)
	}
	return all
}
