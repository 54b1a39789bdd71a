package reconcile_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/sync/plan"
)

// anyLine draws a row: few keys and few e-mails, so that they meet.
func anyLine(t *rapid.T) line {
	key := rapid.SampledFrom(slices.Concat(keys, keys, []string{""})).Draw(t, "key")
	own := "p" + key + "@x"
	return line{key, rapid.SampledFrom([]string{own, own, own, own, "a@x", "b@x", "B@x", "c@x", ""}).Draw(t, "email"), rapid.SampledFrom([]string{"Ann", "Ann", "Bob", "Bob", "Cyd", ""}).Draw(t, "name"),
		rapid.SampledFrom([]string{"", "it", "hr"}).Draw(t, "dept"), rapid.SampledFrom([]string{"1", "1", "1", "0", "?"}).Draw(t, "on"), rapid.SampledFrom([]string{"", "", "", "", "no"}).Draw(t, "scope")}
}

// anySetting draws a configuration.
func anySetting(t *rapid.T) setting {
	often := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	none := plan.Limit{None: true}
	limit := func(label string) plan.Limit {
		return rapid.SampledFrom([]plan.Limit{none, none, none, {AtLeast: 1}, {AtLeast: 2}}).Draw(t, label)
	}
	s := plain()
	s.where = rapid.SampledFrom([]string{s.where, s.where, `dept != "hr"`, ""}).Draw(t, "where")
	s.on = rapid.SampledFrom([]string{s.on, s.on, `lookup("states", on)`}).Draw(t, "on")
	s.name = rapid.SampledFrom([]string{s.name, s.name, "upper(name)"}).Draw(t, "name")
	s.noDept, s.prefer, s.outOff, s.createInactive, s.updateInactive = often("no dept"), often("prefer"), !often("keep who is out"), often("create inactive"), often("update inactive")
	s.withhold, s.hold, s.recreate = rapid.Bool().Draw(t, "withhold"), often("hold"), rapid.Bool().Draw(t, "recreate")
	s.absent = rapid.SampledFrom([]plan.Absent{{Deactivate: true, Reads: 1}, {Deactivate: true, Reads: 2, After: 24 * time.Hour}, {Deactivate: true, Reads: 2}, {Deactivate: true, After: 5 * time.Hour}, {Reads: 1}}).Draw(t, "absent")
	s.limits = plan.Limits{Create: limit("create"), Update: limit("update"), Deactivate: rapid.SampledFrom([]plan.Limit{none, {AtLeast: 1}, {AtLeast: 2}, {}}).Draw(t, "deactivate"), Reactivate: limit("reactivate")}
	if often("attribute") {
		s.limits.Attribute = map[string]plan.Limit{"*": {AtLeast: 1}}
	}
	return s
}
