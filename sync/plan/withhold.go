package plan

import (
	"slices"

	"github.com/rosterd/rosterd/sync/record"
)

// What else than the name of a limit keeps a change from being sent.
const (
	OverConfiguration = "configuration" // it switches somebody off whom only another configuration would switch off
	OverOrder         = "order"         // it takes a natural key over from a record whose own change waits
	OverRest          = "blocked"       // other changes of the plan are over a limit, and nothing is sent then but what was approved
)

// Over is the limit that a change is over, "" for none. Of an attribute's, Attributes are those of the change that are over theirs: the rest
// of it is not.
//
// Once a limit is exceeded, every change that counts in it is over it, not only those beyond a number: nobody can tell which of them are the
// wrong ones; and of what is sent run by run up to a limit, in the end everything is sent.
type Over struct {
	Limit      string
	Attributes []string
}

// Exceeds finds the limit that a change is over. What was approved is over none.
func (c Change) Exceeds(uses []LimitUse) Over {
	if c.Approved != "" {
		return Over{}
	}
	if c.Action == Deactivate && c.Cause == Configuration {
		return Over{Limit: OverConfiguration}
	}
	var over Over
	for _, u := range uses {
		if !u.Exceeded {
			continue
		}
		if u.Limit == c.Action.String() || u.Limit == takeOvers && c.TakesOver != "" {
			return Over{Limit: u.Limit}
		}
		if name, ok := u.attribute(); ok && c.counts(name) {
			over.Limit = u.Limit
			over.Attributes = append(over.Attributes, name)
		}
	}
	return over
}

// counts reports whether a change counts in an attribute's limit: of a record that exists, and whose value was known.
func (c Change) counts(attribute string) bool {
	_, changes := c.After.Lookup(attribute)
	return changes && (c.Action == Update || c.Action == Reactivate) && c.Before.Get(attribute).Kind() != record.Unknown
}

// Split takes attributes out of a change. left is an update of them alone, for what else the change does is done by rest; rest is nothing if
// its After is empty.
func (c Change) Split(attributes []string) (rest, left Change) {
	out := func(a record.Attrs, in bool) (some record.Attrs) {
		for _, at := range a {
			if slices.Contains(attributes, at.Name) == in {
				some = append(some, at)
			}
		}
		return some
	}
	rest, left = c, c
	rest.Before, rest.After = out(c.Before, false), out(c.After, false)
	left.TakesOver, left.Giver = "", "" // the rest has it by then
	left.Action, left.Before, left.After = Update, out(c.Before, true), out(c.After, true)
	return rest, left
}
