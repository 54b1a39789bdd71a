package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// TestWhichChangesAreOverALimit: all that count in a limit that is exceeded, and none that was approved.
func TestWhichChangesAreOverALimit(t *testing.T) {
	was := record.Attrs{{Name: "dept", Value: record.TextOf("it")}, {Name: "name", Value: record.TextOf("Ann")}}
	is := record.Attrs{{Name: "dept", Value: record.TextOf("hr")}, {Name: "name", Value: record.TextOf("Bob")}}
	unseen := record.Attrs{{Name: "dept", Value: record.UnknownValue()}, was[1]}
	exceeded := func(limits ...string) (uses []plan.LimitUse) {
		for _, l := range limits {
			uses = append(uses, plan.LimitUse{Limit: l, Exceeded: true})
		}
		return uses
	}
	for _, c := range []struct {
		name   string
		change plan.Change
		uses   []plan.LimitUse
		want   plan.Over
	}{
		{"no limit exceeded", plan.Change{Action: plan.Update, Before: was, After: is}, []plan.LimitUse{{Limit: "update"}}, plan.Over{}},
		{"its action's", plan.Change{Action: plan.Deactivate}, exceeded("create", "deactivate"), plan.Over{Limit: "deactivate"}},
		{"another action's", plan.Change{Action: plan.Update, Before: was, After: is}, exceeded("deactivate"), plan.Over{}},
		{"an attribute's", plan.Change{Action: plan.Update, Before: was, After: is}, exceeded("attribute dept"),
			plan.Over{Limit: "attribute dept", Attributes: []string{"dept"}}},
		{"an attribute's that it does not change", plan.Change{Action: plan.Update, Before: was[1:], After: is[1:]}, exceeded("attribute dept"), plan.Over{}},
		{"an attribute's whose value was never shown", plan.Change{Action: plan.Update, Before: unseen, After: is}, exceeded("attribute dept"), plan.Over{}},
		{"an attribute's, at a create", plan.Change{Action: plan.Create, After: is}, exceeded("attribute dept"), plan.Over{}},
		{"approved", plan.Change{Action: plan.Deactivate, Approved: "ann", Cause: plan.Configuration}, exceeded("deactivate"), plan.Over{}},
		{"switched off by the configuration", plan.Change{Action: plan.Deactivate, Cause: plan.Configuration}, nil, plan.Over{Limit: plan.OverConfiguration}},
		{"updated by the configuration", plan.Change{Action: plan.Update, Cause: plan.Configuration, Before: was, After: is}, nil, plan.Over{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.change.Exceeds(c.uses)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnAttributeIsLeftOutAndTheRestIsKept: what is split adds up to the change.
func TestAnAttributeIsLeftOutAndTheRestIsKept(t *testing.T) {
	c := plan.Change{Action: plan.Reactivate, Key: "1", RemoteID: "7",
		Before: record.Attrs{{Name: "dept", Value: record.TextOf("it")}, {Name: "on", Value: record.BoolOf(false)}},
		After:  record.Attrs{{Name: "dept", Value: record.TextOf("hr")}, {Name: "on", Value: record.BoolOf(true)}}}
	rest, left := c.Split([]string{"dept"})
	if rest.Action != plan.Reactivate || cmp.Diff([]string{"on"}, rest.After.Names()) != "" || len(rest.Before) != 1 {
		t.Errorf("the rest is %+v", rest)
	}
	if left.Action != plan.Update || cmp.Diff([]string{"dept"}, left.After.Names()) != "" || left.RemoteID != "7" || len(left.Before) != 1 {
		t.Errorf("what is left out is %+v", left)
	}
}
