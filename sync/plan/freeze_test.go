package plan

import (
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// TestWhatAChangeComesFrom: from the data what both configurations would send, all else from the configuration.
func TestWhatAChangeComesFrom(t *testing.T) {
	sch := record.Schema{Natural: "email", Active: "on", Attributes: []record.Attribute{{Name: "email"}, {Name: "name"}, {Name: "on", Type: record.TypeBool}}}
	now := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	as := func(name string, on bool) record.Attrs {
		return record.Attrs{{Name: "email", Value: record.TextOf("a@x")}, {Name: "name", Value: record.TextOf(name)}, {Name: "on", Value: record.BoolOf(on)}}
	}
	in := func(name string, on bool) Want { return Want{Attrs: as(name, on)} }
	out, broken := Want{Scope: OutOfScope}, Want{Scope: Broken, Reason: "email is empty"}
	absent := func(cause Cause) Known {
		return Known{AbsentReads: 1, AbsentSince: now.Add(-48 * time.Hour), AbsentCause: cause}
	}
	for _, c := range []struct {
		name                  string
		frozen, frozenAbsence bool
		want                  *Want // nil: no entry
		former                *Want // nil: not known
		known                 Known
		action                Action
		cause                 Cause
	}{
		{"the same configuration", false, false, &out, nil, Known{}, Deactivate, Data},
		{"out of scope by both", true, false, &out, &out, Known{}, Deactivate, Data},
		{"in scope before", true, false, &out, ptr(in("Ann", true)), Known{}, Deactivate, Configuration},
		{"inactive before, out of scope now", true, false, &out, ptr(in("Ann", false)), Known{}, Deactivate, Data},
		{"inactive by both", true, false, ptr(in("Ann", false)), ptr(in("Ann", false)), Known{}, Deactivate, Data},
		{"active before", true, false, ptr(in("Ann", false)), ptr(in("Ann", true)), Known{}, Deactivate, Configuration},
		{"held before", true, false, ptr(in("Ann", false)), &broken, Known{}, Deactivate, Configuration},
		{"it can't be told", true, false, ptr(in("Ann", false)), nil, Known{}, Deactivate, Configuration},
		{"the same update by both", true, false, ptr(in("Bob", true)), ptr(in("Bob", true)), Known{}, Update, Data},
		{"another update before", true, false, ptr(in("Bob", true)), ptr(in("Ann", true)), Known{}, Update, Configuration},
		{"absent", false, false, nil, nil, absent(Absence), Deactivate, Absence},
		{"absent, and the mapping is another", true, false, nil, nil, absent(Absence), Deactivate, Absence},
		{"absent, and the selection is another", true, true, nil, nil, absent(Absence), Deactivate, Configuration},
		{"absent since the selection was another", false, false, nil, nil, absent(Configuration), Deactivate, Configuration},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Rules{Job: "hr", Schema: sch, Mapped: []string{"email", "name", "on"}, DeactivateOut: true, Now: now, ReadCounts: true,
				Absent: Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}, Frozen: c.frozen, FrozenAbsence: c.frozenAbsence}
			k := c.known
			k.ID, k.Owner, k.Status, k.RemoteID, k.Attrs = 1, "hr", Active, "7", as("Ann", true)
			one := Case{Key: "1", Known: &k}
			if c.want != nil {
				w := *c.want
				w.Former = c.former
				one.Wants = []Want{w}
			}
			v := r.Judge(one)
			if v.Change == nil || v.Change.Action != c.action || v.Change.Cause != c.cause {
				t.Errorf("it is %+v, want %s by %s", v.Change, c.action, c.cause)
			}
		})
	}
}

func ptr(w Want) *Want { return &w }
