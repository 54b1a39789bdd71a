package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// RekeyBy pairs each new key of the source with the one record of the job that is absent from it and was last told the same value of an
// attribute, without case, and gives that record the new key. A value that anybody else has, of this job or another, in scope or out of it,
// tells nothing: it is listed and left out, and so is every one while the value of an entry can't be told. Nothing is the same as nothing
// else.
func (j *Job) RekeyBy(ctx context.Context, attribute string, o RekeyOptions) (*Rekeying, error) {
	if err := j.tells(attribute); err != nil {
		return nil, err
	}
	if o.Ahead {
		return nil, errors.New("pair keys: only a source that has the new keys already can be paired with")
	}
	return j.rekey(ctx, o, attribute, func(r *rekeyer) ([]Move, error) { return r.pairs(attribute) })
}

// tells reports whether an attribute can tell who is meant.
func (j *Job) tells(attribute string) error {
	sch := j.Sink.Schema()
	a, known := sch.Lookup(attribute)
	var fit []string
	for _, name := range j.Rules.Mapped {
		if m, _ := sch.Lookup(name); name != sch.Reference && !m.WriteOnly && (m.Type == record.TypeText || m.Type == record.TypeInt || m.Type == record.TypeTime) {
			fit = append(fit, name)
		}
	}
	switch {
	case slices.Contains(fit, attribute):
		return nil
	case known && attribute == sch.Reference:
		return fmt.Errorf("attribute %s is the key itself", attribute)
	case known && slices.Contains(j.Rules.Mapped, attribute):
		return fmt.Errorf("attribute %s is %s%s and does not tell who somebody is; it can be one of %s", attribute, a.Type, writeOnly(a), strings.Join(fit, ", "))
	}
	return fmt.Errorf("attribute %q is not in `map` of job %s, which has %s%s", attribute, j.Name, strings.Join(fit, ", "), near.Suggest(attribute, fit))
}

func writeOnly(a record.Attribute) string {
	if a.WriteOnly {
		return " that is never shown"
	}
	return ""
}

// pairs finds who has which value, then the values that one new key and one absent record have, and nobody else.
func (r *rekeyer) pairs(attribute string) (moves []Move, err error) {
	p := r.p
	if p.freeze || p.unreadables > 0 {
		why := p.unreadable1
		if why == "" {
			why = "its last row may be torn"
		}
		return nil, fmt.Errorf("pair keys: an entry of the source could be anyone, so nobody is surely absent: %s", why)
	}
	if err := p.view.BeginBearers(); err != nil {
		return nil, err
	}
	broken, err := r.present(attribute)
	if err != nil {
		return nil, err
	}
	natural := p.Job.Sink.Schema().Natural
	for _, gone := range []struct {
		role  state.Role
		cases func(func(plan.Case, error) bool)
	}{{state.Leaver, p.missing(nil)}, {state.Bystander, p.view.Others(p.known)}} {
		for c, err := range gone.cases {
			if err == nil && c.Known.Status != plan.Ghost {
				err = r.bears(c.Key, c.Known.Attrs.Get(attribute), gone.role)
				if by, shadowed := broken[record.Fold(c.Known.Attrs.Get(natural).Text())]; err == nil && shadowed && gone.role == state.Leaver {
					err = r.bears(by, c.Known.Attrs.Get(attribute), state.Bystander) // who may be the leaver under a new key
				}
			}
			if err != nil {
				return nil, err
			}
		}
	}
	var group []state.Bearer
	for b, err := range p.view.Bearers() {
		if err != nil {
			return nil, err
		}
		if len(group) > 0 && group[0].Value != b.Value {
			moves = append(moves, r.pair(attribute, group)...)
			group = group[:0]
		}
		group = append(group, b)
	}
	if len(group) > 0 {
		moves = append(moves, r.pair(attribute, group)...)
	}
	slices.SortFunc(moves, func(a, b Move) int { return strings.Compare(string(a.New), string(b.New)) })
	slices.SortFunc(r.out.Unclear, func(a, b Unclear) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return moves, nil
}

// pair decides on everybody who has one value, comers first, then leavers.
func (r *rekeyer) pair(attribute string, group []state.Bearer) []Move {
	by := map[state.Role][]string{}
	for _, b := range group {
		by[b.Role] = append(by[b.Role], string(b.Key))
	}
	comers, leavers, others := by[state.Comer], by[state.Leaver], by[state.Bystander]
	switch {
	case len(leavers) == 0:
		r.out.Unmatched += len(comers)
		return nil
	case len(comers) == 1 && len(leavers) == 1 && len(others) == 0 && r.nobody == "":
		return []Move{{Old: record.Key(leavers[0]), New: record.Key(comers[0])}}
	}
	detail := fmt.Sprintf("%s %s is that of %s, gone from the source", attribute, group[0].Value, few(leavers))
	if len(comers) > 1 {
		detail += "; of the new keys " + few(comers)
	}
	if len(others) > 0 {
		detail += "; and of " + few(others)
	}
	if r.nobody != "" {
		detail += "; an entry can't be read, so it could be anybody's: " + r.nobody
	}
	for _, k := range comers {
		r.out.Unclear = append(r.out.Unclear, Unclear{record.Key(k), detail})
	}
	return nil
}

// few names some of what could be many.
func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
