package jitsudo

import (
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Steps takes a change apart into its requests. Whoever is to be switched off is so before anything else is changed, and whoever is
// to be switched on gets the present roles first.
//
//	change                          steps
//	create, inactive                create, as the target does: active; switch off
//	what else changes, switch on    update; switch on
//	switch off, what else changes   switch off; update
//	everything else                 itself
func (s *Sink) Steps(c plan.Change) []plan.Change {
	on, said := c.After.Lookup(active)
	rest := c.After.Without(active)
	if !said || on.Kind() != record.Bool || len(rest) == 0 || c.Action == plan.Create && on.True() {
		return []plan.Change{c}
	}
	first, second := c, c
	second.Action, second.After = actionOf(on), record.Attrs{{Name: active, Value: on}}
	if c.Action == plan.Create {
		created := record.Attr{Name: active, Value: record.BoolOf(true)}
		first.After = append(rest, created).Sort()
		second.Before = record.Attrs{created}
		return []plan.Change{first, second}
	}
	first.Action, first.Before, first.After = plan.Update, c.Before.Without(active), rest
	if was, known := c.Before.Lookup(active); known {
		second.Before = record.Attrs{{Name: active, Value: was}}
	} else {
		second.Before = nil
	}
	if on.True() {
		return []plan.Change{first, second}
	}
	return []plan.Change{second, first}
}

func actionOf(on record.Value) plan.Action {
	if on.True() {
		return plan.Reactivate
	}
	return plan.Deactivate
}
