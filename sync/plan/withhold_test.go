package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sync/record"
)

// TestWhichChangesAreOverALimit: all that count in a limit that is exceeded, and none that was approved.
func TestWhichChangesAreOverALimit(t *testing.T) {
	was := record.Attrs{{Name: "dept", Value: record.TextOf("it")}, {Name: "name", Value: record.TextOf("Ann")}}
	is := record.Attrs{{Name: "dept", Value: record.TextOf("hr")}, {Name: "name", Value: record.TextOf("Bob")}}
	unseen := record.Attrs{{Name: "dept", Value: record.UnknownValue()}, was[1]}
	exceeded := func(limits ...string) (uses []LimitUse) {
		for _, l := range limits {
			uses = append(uses, LimitUse{Limit: l, Exceeded: true})
		}
		return uses
	}
	for _, c := range []struct {
		name   string
		change Change
		uses   []LimitUse
		want   Over
	}{
		{"no limit exceeded", Change{Action: Update, Before: was, After: is}, []LimitUse{{Limit: "update"}}, Over{}},
		{"its action's", Change{Action: Deactivate}, exceeded("create", "deactivate"), Over{Limit: "deactivate"}},
		{"another action's", Change{Action: Update, Before: was, After: is}, exceeded("deactivate"), Over{}},
		{"an attribute's", Change{Action: Update, Before: was, After: is}, exceeded("attribute dept"),
			Over{Limit: "attribute dept", Attributes: []string{"dept"}}},
		{"an attribute's that it does not change", Change{Action: Update, Before: was[1:], After: is[1:]}, exceeded("attribute dept"), Over{}},
		{"an attribute's whose value was never shown", Change{Action: Update, Before: unseen, After: is}, exceeded("attribute dept"), Over{}},
		{"an attribute's, at a create", Change{Action: Create, After: is}, exceeded("attribute dept"), Over{}},
		{"approved", Change{Action: Deactivate, Approved: "ann", Cause: Configuration}, exceeded("deactivate"), Over{}},
		{"switched off by the configuration", Change{Action: Deactivate, Cause: Configuration}, nil, Over{Limit: OverConfiguration}},
		{"updated by the configuration", Change{Action: Update, Cause: Configuration, Before: was, After: is}, nil, Over{}},
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
	c := Change{Action: Reactivate, Key: "1", RemoteID: "7",
		Before: record.Attrs{{Name: "dept", Value: record.TextOf("it")}, {Name: "on", Value: record.BoolOf(false)}},
		After:  record.Attrs{{Name: "dept", Value: record.TextOf("hr")}, {Name: "on", Value: record.BoolOf(true)}}}
	rest, left := c.Split([]string{"dept"})
	if rest.Action != Reactivate || cmp.Diff([]string{"on"}, rest.After.Names()) != "" || len(rest.Before) != 1 {
		t.Errorf("the rest is %+v", rest)
	}
	if left.Action != Update || cmp.Diff([]string{"dept"}, left.After.Names()) != "" || left.RemoteID != "7" || len(left.Before) != 1 {
		t.Errorf("what is left out is %+v", left)
	}
}
