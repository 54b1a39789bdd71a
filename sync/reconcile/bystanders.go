package reconcile

import (
	"fmt"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// present notes the values of everybody who has an entry: as it is now, and of a record also as it was last applied. broken are the keys of
// entries with something wrong about them, by their natural keys.
func (r *rekeyer) present(attribute string) (broken map[string]record.Key, err error) {
	rules, natural := r.p.rules(), r.p.Job.Sink.Schema().Natural
	broken = map[string]record.Key{}
	for c, err := range r.p.view.Cases(r.p.known, r.p.reading.Origin) {
		if err != nil {
			return nil, err
		}
		role := state.Bystander
		w, _, clear := rules.Sole(c.Wants)
		recorded := c.Known != nil && c.Known.Status != plan.Ghost
		switch {
		case recorded:
			if err := r.bears(c.Key, c.Known.Attrs.Get(attribute), role); err != nil {
				return nil, err
			}
		case clear && w.Scope == plan.InScope:
			role = state.Comer
			c.Wants = []plan.Want{w}
		}
		for _, w := range c.Wants {
			if w.Scope == plan.Broken {
				r.doubt(c.Key, w, attribute)
				broken[record.Fold(w.Attrs.Get(natural).Text())] = c.Key
			}
			if err := r.bears(c.Key, w.Attrs.Get(attribute), role); err != nil {
				return nil, err
			}
		}
	}
	delete(broken, "")
	keyless, err := r.p.view.WantsOf("", r.p.reading.Origin) // all out of scope, else nothing would be paired
	for _, w := range keyless {
		if err == nil {
			err = r.bears(record.Key(w.Origin), w.Attrs.Get(attribute), state.Bystander)
		}
	}
	return broken, err
}

// doubt notes an entry whose value can't be told.
func (r *rekeyer) doubt(key record.Key, w plan.Want, attribute string) {
	if r.nobody == "" && w.Attrs.Get(attribute).Kind() == record.Unknown {
		r.nobody = fmt.Sprintf("%s (%s): %s", key, w.Origin, w.Reason)
	}
}

// other is what is known of an entry that makes no record of its own, and may say who somebody is all the same: it has the value of the
// attribute that keys are paired by, unknown where that can't be computed. The mapping leaves it out, or could not go so far.
func (p *Plan) other(bound *mapping.Bound, e *record.Entry, out mapping.Outcome) record.Attrs {
	value := record.UnknownValue()
	for _, x := range bound.Explain(e) {
		if x.Where == "map."+p.pairing && x.Problem == "" && value.UnmarshalJSON([]byte(x.Value)) != nil {
			value = record.UnknownValue()
		}
	}
	return out.Attrs.Merge(record.Attrs{{Name: p.pairing, Value: value}})
}

// bears notes that a key has a value. Nothing, and what is not known, is no value.
func (r *rekeyer) bears(k record.Key, v record.Value, role state.Role) error {
	text := ""
	switch v.Kind() {
	case record.Text:
		text = record.Fold(v.Text())
	case record.Int:
		text = v.String()
	}
	if text == "" {
		return nil
	}
	return r.p.view.AddBearer(state.Bearer{Value: text, Key: k, Role: role})
}
