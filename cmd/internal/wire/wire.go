// Package wire makes jobs of a configuration. It is the one place that knows every kind of source and sink, and the only one
// that puts the gate under them.
package wire

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/schedule"
	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/httpapi"
	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sources/csv"
	"github.com/rosterd/rosterd/sources/ldap"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// Wiring is a configuration, ready to run.
type Wiring struct {
	Jobs     []*reconcile.Job // in the order of the configuration
	Warnings []config.Problem
	// Schedules are those of the jobs that have one, by name.
	Schedules map[string]schedule.Schedule

	config  *config.Config
	version string
	log     zerolog.Logger
	sources map[string]sources.Source        // by name
	gates   map[string]*httpapi.Gate         // by address and tenant: one target, one gate
	limits  map[*httpapi.Gate]httpapi.Limits // what gates are to be set to when nothing is wrong with the configuration
	clients map[string]*httpapi.Client
	pingers map[string]sinks.Pinger // likewise by the name of the sink
}

// Wire makes a configuration's jobs. An error is a *config.Error with everything that is wrong with their mappings.
//
// previous is what is wired already in this process, nil for nothing: its gates are taken over, for a target must not be asked more
// often, nor sooner than it wished, for the sake of a configuration that was read again. What is wired with it goes on, at the
// new limits. If there is an error, nothing has changed.
func Wire(c *config.Config, version string, log zerolog.Logger, previous *Wiring) (*Wiring, error) {
	w := &Wiring{config: c, version: version, log: log, Warnings: c.Warnings, Schedules: map[string]schedule.Schedule{},
		sources: map[string]sources.Source{}, gates: map[string]*httpapi.Gate{}, clients: map[string]*httpapi.Client{}, pingers: map[string]sinks.Pinger{},
		limits: map[*httpapi.Gate]httpapi.Limits{}}
	if previous != nil {
		w.gates = maps.Clone(previous.gates) // those without a job too: it may come back
	}
	var problems []config.Problem
	for _, cj := range c.Jobs {
		if slices.ContainsFunc(c.Jobs, func(other config.Job) bool { return cj.Was != "" && other.Name == cj.Was }) {
			problems = append(problems, c.Problem([]string{"jobs", cj.Name, "was"}, -1, "job "+cj.Was+" is still there; `was` takes the records of a job that is not"))
		}
		j, found, err := w.job(cj)
		problems = append(problems, found...)
		if err != nil {
			problems = append(problems, c.Problem([]string{"sinks", cj.Sink}, -1, err.Error()))
		}
		w.Jobs = append(w.Jobs, j)
		if cj.Schedule != "" {
			if w.Schedules[cj.Name], err = schedule.Parse(string(cj.Schedule), cj.Timezone); err != nil {
				problems = append(problems, c.Problem([]string{"jobs", cj.Name, "schedule"}, -1, err.Error()))
			}
		}
	}
	if len(problems) > 0 {
		w.Close()
		return nil, (&config.Error{}).With(problems)
	}
	for gate, limits := range w.limits {
		if err := gate.Adjust(limits); err != nil {
			return nil, err // not after NewGate took them
		}
	}
	return w, nil
}

// Problems is what is wrong with the mappings of a configuration that is wrong besides, as far as it could be read: everything is to
// be told at once.
func Problems(c *config.Config) []config.Problem {
	w := &Wiring{config: c}
	var all []config.Problem
	for _, cj := range c.Jobs {
		cs, ok := c.Sinks[cj.Sink]
		if !ok {
			continue
		}
		if sink, err := target(cs, cj.Resource).sink(nil); err == nil {
			_, found := w.mapping(cj, sink.Schema())
			all = append(all, found...)
		}
	}
	return all
}

// Close drops the connections.
func (w *Wiring) Close() {
	for _, c := range w.clients {
		c.Close()
	}
}

// Login is how a target took our credential.
type Login struct {
	Asked bool // no: it is sent as it is, and only a request would show whether it is right
	Err   error
}

// Authenticate shows every target our credential, by the name of its sink: asks for a token or, where there are none, reads something.
func (w *Wiring) Authenticate(ctx context.Context) map[string]Login {
	out := map[string]Login{}
	for name, c := range w.clients {
		asked, err := c.Authenticate(ctx)
		if p, ok := w.pingers[name]; ok && err == nil {
			asked, err = true, p.Ping(ctx)
		}
		out[name] = Login{asked, err}
	}
	return out
}

// State is the path of the state.
func (w *Wiring) State() string { return string(w.config.State) }

// Requests is how many requests were sent so far, to all targets.
func (w *Wiring) Requests() (n int64) {
	for _, g := range w.gates {
		n += g.Requests()
	}
	return n
}

func (w *Wiring) job(cj config.Job) (*reconcile.Job, []config.Problem, error) {
	cs := w.config.Sinks[cj.Sink]
	sink, target, err := w.sink(cj.Sink, cs, cj.Resource)
	if err != nil {
		return nil, nil, err
	}
	m, problems := w.mapping(cj, sink.Schema())
	if m == nil {
		return nil, problems, nil
	}
	problems = append(problems, w.unreachable(cj, m.Need())...)
	source := w.config.Sources[cj.Source]
	return &reconcile.Job{
		Name: cj.Name, Was: cj.Was, Target: target, State: string(w.config.State), Source: w.sourceOf(cj.Source), Selection: selection(source), Mapping: m, Sink: sink,
		Rules: plan.Rules{Mapped: m.Attributes(), Clocked: m.Clocked(), DeactivateOut: cj.OutOfScope == "deactivate",
			Absent:       plan.Absent{Deactivate: cj.Absent.Action == "deactivate", Reads: cj.Absent.Reads, After: cj.Absent.After},
			TakeOverSame: cj.SameNaturalKey == "take_over", Prefer: cj.Prefer != "", NeverTouch: never(cs, cj.Resource), CreateInactive: cj.CreateInactive, UpdateInactive: cj.UpdateInactive, Protect: set(cj.Protect)},
		Withhold: cj.OnLimit == "withhold",
		Limits: plan.Limits{Create: limit(cj.Limits.Create), Update: limit(cj.Limits.Update), Deactivate: limit(cj.Limits.Deactivate),
			Reactivate: limit(cj.Limits.Reactivate), TakeOver: limit(cj.Limits.TakeOver), Attribute: limits(cj.Limits.Attribute)},
		Contract: contract(source, cj),
		Delivery: reconcile.Delivery{Workers: cs.MaxInFlight, Rate: cs.Rate.PerSecond(), Attempts: cs.Retry.Attempts, MaxWait: cs.Retry.MaxWait,
			Adopt: cj.OnConflict == "adopt", Recreate: cj.Recreate, RetryRefused: cj.RetryRefused},
		Log: w.log, Now: time.Now,
	}, problems, nil
}

// sourceOf makes a source, one for all its jobs: standard input can be read only once.
func (w *Wiring) sourceOf(name string) sources.Source {
	if s, ok := w.sources[name]; ok {
		return s
	}
	if l := w.config.Sources[name].LDAP; l != nil {
		w.sources[name] = ldap.New(directory(l, w.log.With().Str("source", name).Logger()))
	} else {
		w.sources[name] = csv.New(feed(w.config.Sources[name].CSV))
	}
	return w.sources[name]
}

func contract(c config.Source, cj config.Job) reconcile.Contract {
	out := reconcile.Contract{MinEntries: int64(c.MinEntries), MaxShrink: int64(c.MaxShrink), KeyPattern: c.KeyPattern}
	for _, k := range cj.Require {
		out.Require = append(out.Require, record.Key(k))
	}
	return out
}

// mapping compiles a job's expressions and finds the places of what is wrong with them.
func (w *Wiring) mapping(cj config.Job, sch record.Schema) (*mapping.Mapping, []config.Problem) {
	spec := mapping.Spec{Key: expression(cj.Key), Where: expression(cj.Where), Prefer: expression(cj.Prefer), Zone: cj.Timezone}
	for _, a := range cj.Map {
		e := expression(a.Expression)
		if a.Const != nil {
			e = mapping.Expression{Const: *a.Const, IsConst: true}
		}
		spec.Map = append(spec.Map, mapping.Field{Attribute: a.Name, Expression: e})
	}
	m, found := mapping.Compile(spec, sch, tables(w.config.Tables))
	var problems []config.Problem
	for _, p := range found {
		place := w.config.Problem(pathOf(cj.Name, p.Where), p.Offset, p.Message)
		if p.Warning {
			w.Warnings = append(w.Warnings, place)
		} else {
			problems = append(problems, place)
		}
	}
	return m, problems
}

func expression(e config.Expression) mapping.Expression { return mapping.Expression{Text: string(e)} }

// pathOf is where in the configuration a mapping's problem stands.
func pathOf(job, where string) []string {
	const inMap, inTables = "map.", "tables."
	switch {
	case len(where) > len(inMap) && where[:len(inMap)] == inMap:
		return []string{"jobs", job, "map", where[len(inMap):]}
	case len(where) > len(inTables) && where[:len(inTables)] == inTables:
		return []string{"tables", where[len(inTables):]}
	default:
		return []string{"jobs", job, where}
	}
}

func tables(in map[string]config.Table) mapping.Tables {
	out := mapping.Tables{}
	for name, t := range in {
		out[name] = mapping.Table{}
		for key, v := range t.Values {
			out[name][key] = plainOf(v)
		}
	}
	return out
}

// plainOf is a table's value as expressions see it.
func plainOf(v record.Value) any {
	switch v.Kind() {
	case record.Int:
		return v.Int()
	case record.Bool:
		return v.True()
	case record.Text:
		return v.Text()
	default:
		return nil
	}
}

// neverTouch are the patterns, in text: an id may be a number.
func neverTouch(in map[string][]record.Value) plan.NeverTouch {
	out := plan.NeverTouch{}
	for name, patterns := range in {
		for _, p := range patterns {
			out[name] = append(out[name], fmt.Sprint(plainOf(p)))
		}
	}
	return out
}

func limit(l config.Limit) plan.Limit {
	return plan.Limit{None: l.None, Percent: int64(l.Percent), AtLeast: l.AtLeast}
}

func limits(in map[string]config.Limit) map[string]plan.Limit {
	out := map[string]plan.Limit{}
	for name, l := range in {
		out[name] = limit(l)
	}
	return out
}

func set(keys []string) map[record.Key]bool {
	out := map[record.Key]bool{}
	for _, k := range keys {
		out[record.Key(k)] = true
	}
	return out
}

// Pick gives the named jobs, all of them for no name, in the order of the configuration.
func (w *Wiring) Pick(names []string) ([]*reconcile.Job, error) {
	if len(names) == 0 {
		return w.Jobs, nil
	}
	var out []*reconcile.Job
	var have []string
	for _, j := range w.Jobs {
		have = append(have, j.Name)
		if slices.Contains(names, j.Name) {
			out = append(out, j)
		}
	}
	for _, name := range names {
		if !slices.Contains(have, name) {
			return nil, fmt.Errorf("there is no job %q in the configuration; it has %q", name, have)
		}
	}
	return out, nil
}
