package reconcile_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// setting is what of a job's configuration the machine alters.
type setting struct {
	where, on, name                          string // expressions of the mapping
	noDept                                   bool   // dept is not mapped
	prefer                                   bool   // by name
	outOff                                   bool   // out_of_scope: deactivate
	createInactive, updateInactive, withhold bool
	hold, recreate                           bool // on_conflict: hold; recreate
	absent                                   plan.Absent
	limits                                   plan.Limits
}

// plain is a setting without limits, under which everything is sent.
func plain() setting {
	none := plan.Limit{None: true}
	return setting{where: `scope != "no"`, on: `on == "1"`, name: "name", outOff: true, absent: plan.Absent{Deactivate: true, Reads: 1},
		limits: plan.Limits{Create: none, Update: none, Deactivate: none, Reactivate: none, TakeOver: none}}
}

// mapping compiles the expressions.
func (s setting) mapping() *mapping.Mapping {
	expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
	spec := mapping.Spec{Key: expr("key"), Where: expr(s.where), Zone: time.UTC, Map: []mapping.Field{{Attribute: "email", Expression: expr("email")},
		{Attribute: "name", Expression: expr(s.name)}, {Attribute: "on", Expression: expr(s.on)}}}
	if !s.noDept {
		spec.Map = append(spec.Map, mapping.Field{Attribute: "dept", Expression: expr("dept")})
	}
	if s.prefer {
		spec.Prefer = expr("name")
	}
	m, problems := mapping.Compile(spec, movable, mapping.Tables{"states": {"1": true, "0": false}})
	if m == nil {
		panic(problems[0].Message)
	}
	return m
}

// entry is what the reference model makes of a row of person, by its own lights and not by expressions.
type entry struct {
	scope    plan.Scope
	on, sure bool              // whether it says active, and whether it says so at all
	attrs    map[string]string // but for the active one; a null is not in it
	why      string            // what is wrong with it
	rank     string
}

func (s setting) entry(p line) entry {
	if s.where == `scope != "no"` && p.scope == "no" || s.where == `dept != "hr"` && p.dept == "hr" {
		return entry{scope: plan.OutOfScope}
	}
	e := entry{on: p.on == "1", sure: true, attrs: map[string]string{"ref": p.key}}
	if s.on != plain().on && p.on == "?" {
		e.sure, e.why = false, "on "
	}
	set := func(attribute, value string, required bool) {
		if value != "" {
			e.attrs[attribute] = value
		} else if required {
			e.why += attribute + " "
		}
	}
	set("email", p.email, true)
	if s.name == "upper(name)" {
		set("name", strings.ToUpper(p.name), true)
	} else {
		set("name", p.name, true)
	}
	if !s.noDept {
		set("dept", p.dept, false)
	}
	if e.rank = p.name; e.why != "" {
		e.scope = plan.Broken
	}
	return e
}

func (e entry) same(o entry) bool {
	return e.scope == o.scope && e.why == o.why && e.on == o.on && maps.Equal(e.attrs, o.attrs)
}

// is is what a key is to a job.
type is byte

const (
	missing is = iota // no entry
	outside           // all of its entries are out of scope
	leaving           // whoever speaks for it says inactive
	present           // one record, and active
	held              // seen, and nobody can tell what it should be
)

// judged is what the reference model says of a key: its entry where it has one record, else none of its attributes may be sent.
func (s setting) judged(lines []line, key string) (is, entry) {
	var in []entry
	seen := false
	for _, l := range lines {
		if l.key != key {
			continue
		}
		seen = true
		if e := s.entry(l); e.scope != plan.OutOfScope {
			in = append(in, e)
		}
	}
	switch {
	case !seen:
		return missing, entry{}
	case len(in) == 0:
		return outside, entry{}
	}
	e, agreed := s.speaks(in)
	switch {
	case !agreed && slices.ContainsFunc(in, func(e entry) bool { return e.on || !e.sure }):
		return held, entry{}
	case !agreed:
		return leaving, entry{scope: plan.Broken}
	case e.sure && !e.on:
		return leaving, e
	case e.scope == plan.Broken:
		return held, entry{}
	}
	return present, e
}

// speaks is the entry that speaks for all of a key: they say the same, or one is preferred.
func (s setting) speaks(in []entry) (entry, bool) {
	agreed := !slices.ContainsFunc(in, func(e entry) bool { return !e.same(in[0]) })
	if agreed || !s.prefer {
		return in[0], agreed
	}
	best := slices.MaxFunc(in, func(a, b entry) int { return strings.Compare(a.rank, b.rank) })
	for _, e := range in {
		if e.scope == plan.Broken && e.rank == "" || e.rank == best.rank && !e.same(best) {
			return entry{}, false
		}
	}
	return best, true
}

// sends says what is wrong with sending a change of a key that is so, by its action and its values; "" for nothing.
func (s setting) sends(c plan.Change, what is, e entry, stepwise bool) string {
	switch {
	case what == held:
		return "it is held"
	case c.Action == plan.Deactivate && what == present:
		return "it is there and active"
	case c.Action == plan.Deactivate:
		return ""
	case what == missing || what == outside:
		return "no entry of it is in scope"
	case what == leaving && c.Action == plan.Reactivate:
		return "it says inactive"
	case what == leaving && e.scope == plan.Broken:
		return "it is leaving and has a defect"
	case what == leaving && c.Action == plan.Create && !s.createInactive:
		return "it is inactive and not needed"
	case what == leaving && c.Action == plan.Update && !s.updateInactive && !c.Part:
		return "it is inactive and waits for its reactivation"
	}
	for _, a := range c.After {
		want := record.TextOf(e.attrs[a.Name])
		if a.Name == movable.Active {
			if want = record.BoolOf(what == present); stepwise && c.Action == plan.Create {
				want = record.BoolOf(true) // switched off by the next request
			}
		} else if e.attrs[a.Name] == "" {
			want = record.Value{}
		}
		if !a.Value.Equal(want) {
			return a.Name + " should be " + want.String() + ", and not " + a.Value.String()
		}
	}
	return ""
}
