package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

var (
	schema = record.Schema{Natural: "email", Active: "on", Reference: "ref", Attributes: []record.Attribute{
		{Name: "email"}, {Name: "name"}, {Name: "badge", CreateOnly: true}, {Name: "pin", WriteOnly: true}, {Name: "on", Type: record.TypeBool}, {Name: "ref", CreateOnly: true}}}
	now = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
)

// attrs reads "email=a name=b on=1": ? is unknown, 0 and 1 of on are truth values.
func attrs(s string) record.Attrs {
	var out record.Attrs
	for _, f := range strings.Fields(s) {
		name, value, _ := strings.Cut(f, "=")
		v := record.TextOf(value)
		switch {
		case value == "?":
			v = record.UnknownValue()
		case name == "on":
			v = record.BoolOf(value == "1")
		}
		out = append(out, record.Attr{Name: name, Value: v})
	}
	return out.Sort()
}

// said writes a verdict as a line: "update name", "held invalid", "absent".
func said(v Verdict) string {
	switch v.Outcome {
	case Changed:
		var names []string
		for _, a := range v.Change.After {
			names = append(names, a.Name)
		}
		return fmt.Sprintf("%s %s", v.Change.Action, strings.Join(names, ","))
	case IsHeld:
		return "held " + string(v.Held.Reason)
	}
	return map[Outcome]string{Unchanged: "unchanged", NotNeeded: "not needed", AbsentKept: "absent", OutKept: "out of scope", Nothing: "nothing"}[v.Outcome]
}

func in(s string) Want { return Want{Scope: InScope, Attrs: attrs(s), Origin: "f:1"} }
func out() Want        { return Want{Scope: OutOfScope, Origin: "f:9"} }
func broken(s string) Want {
	return Want{Scope: Broken, Attrs: attrs(s), Origin: "f:2", Reason: "email: is empty"}
}

func active(s string) *Known {
	return &Known{ID: 1, Owner: "hr", Status: Active, RemoteID: "7", Attrs: attrs(s)}
}
func inactive(s string) *Known {
	return &Known{ID: 1, Owner: "hr", Status: Inactive, RemoteID: "7", Attrs: attrs(s)}
}

func TestJudge(t *testing.T) {
	const ann = "email=a name=ann on=1 ref=1"
	owned := active(ann)
	owned.Owner = "other"
	ageing := active(ann)
	ageing.AbsentReads, ageing.AbsentSince = 1, now.Add(-25*time.Hour)
	for _, c := range []struct {
		promise string
		known   *Known
		wants   []Want
		twin    *Twin
		set     func(*Rules, *Case)
		want    string
	}{
		{"who is unknown is created", nil, []Want{in(ann)}, nil, nil, "create email,name,on,ref"},
		{"who is unknown and inactive is not needed", nil, []Want{in("email=a name=ann on=0")}, nil, nil, "not needed"},
		{"unless inactive ones are created", nil, []Want{in("email=a name=ann on=0")}, nil, func(r *Rules, _ *Case) { r.CreateInactive = true }, "create email,name,on"},
		{"an unknown inactive one with a defect is not needed either", nil, []Want{broken("on=0")}, nil, nil, "not needed"},
		{"what was last applied is unchanged", active(ann), []Want{in(ann)}, nil, nil, "unchanged"},
		{"only what differs is sent", active(ann), []Want{in("email=a name=anna on=1 ref=1")}, nil, nil, "update name"},
		{"what the mapping clears is cleared", active(ann + " dept=it"), []Want{in(ann)}, nil, nil, "update dept"},
		{"what the mapping does not name stays", active(ann + " lang=en"), []Want{in(ann)}, nil, nil, "unchanged"},
		{"a create-only attribute never holds the rest", active(ann + " badge=1"), []Want{in("email=a name=anna badge=2 on=1 ref=1")}, nil, nil, "update name"},
		{"what was never shown is sent once", active("email=a name=? on=1 ref=1"), []Want{in(ann)}, nil, nil, "update name"},
		{"a write-only attribute that was never shown is not", active(ann + " pin=?"), []Want{in(ann + " pin=3")}, nil, nil, "unchanged"},

		{"leaving is a deactivation alone", active(ann), []Want{in("email=b name=anna on=0 ref=1")}, nil, nil, "deactivate on"},
		{"leaving wins over a defect", active(ann), []Want{broken("on=0")}, nil, nil, "deactivate on"},
		{"a defect alone is held", active(ann), []Want{broken("on=1")}, nil, nil, "held invalid"},
		{"a defect that hides the active attribute is held", active(ann), []Want{broken("email=a")}, nil, nil, "held invalid"},
		{"attributes of the inactive wait", inactive("email=a name=ann on=0 ref=1"), []Want{in("email=a name=anna on=0 ref=1")}, nil, nil, "unchanged"},
		{"unless they are updated too", inactive("email=a name=ann on=0 ref=1"), []Want{in("email=a name=anna on=0 ref=1")}, nil, func(r *Rules, _ *Case) { r.UpdateInactive = true }, "update name"},
		{"a defect of the inactive is of no concern", inactive("email=a name=ann on=0 ref=1"), []Want{broken("on=0")}, nil, nil, "unchanged"},
		{"back again is one reactivation with what differs", inactive("email=a name=ann on=0 ref=1"), []Want{in("email=a name=anna on=1 ref=1")}, nil, nil, "reactivate name,on"},
		{"a doubtful deactivation is taken back", active("email=a name=ann on=? ref=1"), []Want{in(ann)}, nil, nil, "reactivate on"},
		{"a doubtful reactivation is taken back", inactive("email=a name=ann on=? ref=1"), []Want{in("email=a name=ann on=0 ref=1")}, nil, nil, "deactivate on"},

		{"equal entries of one key are one", active(ann), []Want{in(ann), in(ann)}, nil, nil, "unchanged"},
		{"different entries of one key are held", active(ann), []Want{in(ann), in("email=a name=anna on=1 ref=1")}, nil, nil, "held duplicate"},
		{"they are held if they disagree about leaving", active(ann), []Want{in(ann), in("email=a name=ann on=0 ref=1")}, nil, nil, "held duplicate"},
		{"if all say leaving, it wins", active(ann), []Want{in("email=a name=ann on=0"), broken("on=0")}, nil, nil, "deactivate on"},
		{"entries out of scope take no part", active(ann), []Want{in(ann), out()}, nil, nil, "unchanged"},
		{"an unchanged twin counts", active(ann), []Want{in("email=a name=anna on=1 ref=1")}, &Twin{Origin: "f:5"}, nil, "held duplicate"},
		{"an unchanged twin that says the same does not", active(ann), []Want{in(ann)}, &Twin{Origin: "f:5"}, nil, "unchanged"},
		{"an unchanged inactive twin of somebody unknown counts", &Known{ID: 3}, []Want{in(ann)}, &Twin{Origin: "f:5"}, nil, "held duplicate"},
		{"a twin out of scope takes no part", active(ann), []Want{in("email=a name=anna on=1 ref=1")}, &Twin{Origin: "f:5", Out: true}, nil, "update name"},
		{"a twin in scope outweighs an entry out of scope", active(ann), []Want{out()}, &Twin{Origin: "f:5"}, nil, "unchanged"},

		{"out of scope is kept", active(ann), []Want{out()}, nil, nil, "out of scope"},
		{"out of scope acts at once if so configured", active(ann), []Want{out()}, nil, func(r *Rules, _ *Case) { r.DeactivateOut = true }, "deactivate on"},
		{"who is unknown and out of scope is nobody", nil, []Want{out()}, nil, nil, "nothing"},
		{"who is inactive and out of scope stays so", inactive(ann), []Want{out()}, nil, nil, "unchanged"},

		{"the first absence only counts", active(ann), nil, nil, nil, "absent"},
		{"absence that has aged deactivates", ageing, nil, nil, nil, "deactivate on"},
		{"but not while a held entry has the natural key", ageing, nil, nil, func(_ *Rules, c *Case) { c.Shadowed = true }, "absent"},
		{"nor in a read that does not count, below the number", &Known{ID: 1, Owner: "hr", Status: Active, Attrs: attrs(ann), AbsentReads: 1, AbsentSince: now.Add(-25 * time.Hour)}, nil, nil,
			func(r *Rules, _ *Case) { r.ReadCounts = false }, "absent"},
		{"nor before the time is over", &Known{ID: 1, Owner: "hr", Status: Active, Attrs: attrs(ann), AbsentReads: 5, AbsentSince: now.Add(-23 * time.Hour)}, nil, nil, nil, "absent"},
		{"absence is kept by default", ageing, nil, nil, func(r *Rules, _ *Case) { r.Absent.Deactivate = false }, "absent"},
		{"the protected are never deactivated", ageing, nil, nil, protect, "absent"},
		{"nor updated", active(ann), []Want{in("email=a name=anna on=1 ref=1")}, nil, protect, "unchanged"},
		{"the inactive stay so when absent", inactive(ann), nil, nil, nil, "unchanged"},

		{"a record of another job is held", owned, []Want{in(ann)}, nil, nil, "held owned"},
		{"and never absent here", owned, nil, nil, nil, "nothing"},
		{"nor switched off for being out of scope here", owned, []Want{out()}, nil, func(r *Rules, _ *Case) { r.DeactivateOut = true }, "nothing"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			r := Rules{Job: "hr", Schema: schema, Mapped: []string{"badge", "dept", "email", "name", "on", "pin", "ref"}, Now: now, ReadCounts: true,
				Absent: Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}}
			kase := Case{Key: "1", Known: c.known, Wants: c.wants, Twin: c.twin}
			if c.set != nil {
				c.set(&r, &kase)
			}
			if got := said(r.Judge(kase)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestThePreferredEntryIsSureOrThereIsNone(t *testing.T) {
	old := Want{Attrs: attrs("email=a on=0"), Rank: "d2019"}
	torn := Want{Scope: Broken, Attrs: attrs("email=a"), Reason: "no line ending"}
	text := Want{Attrs: attrs("email=b on=1"), Rank: "tabc"}
	late := Want{Attrs: attrs("email=a name=x on=1"), Rank: "d2021"}
	for _, c := range []struct {
		promise string
		wants   []Want
		want    string
	}{
		{"the highest rank wins", []Want{old, late}, "update name"},
		{"in any order", []Want{late, old}, "update name"},
		{"but not over one whose rank is not known", []Want{old, torn}, "held duplicate"},
		{"in any order", []Want{torn, old}, "held duplicate"},
		{"nor over one that has no order with it", []Want{old, text}, "held duplicate"},
		{"in any order", []Want{text, old}, "held duplicate"},
		{"a tie is nobody's", []Want{old, {Attrs: attrs("email=a on=1"), Rank: "d2019"}}, "held duplicate"},
	} {
		r := Rules{Job: "hr", Schema: schema, Mapped: []string{"email", "name", "on"}, Now: now, Prefer: true}
		if got := said(r.Judge(Case{Key: "1", Known: active("email=a on=1"), Wants: c.wants})); got != c.want {
			t.Errorf("%s: %s, want %s", c.promise, got, c.want)
		}
	}
}

func protect(r *Rules, _ *Case) { r.Protect = map[record.Key]bool{"1": true} }

func TestRefusedIsNotSentAgainUntilItChangesOrTheTimeHasPassed(t *testing.T) {
	r := Rules{Job: "hr", Schema: schema, Mapped: []string{"email", "name", "on"}, Now: now, RetryRefused: 24 * time.Hour}
	first := r.Judge(Case{Key: "1", Wants: []Want{in("email=a name=ann on=1")}})
	known := &Known{Refused: first.Change.Digest("hr"), RefusedUntil: now.Add(time.Hour), RefusedAs: Refused, RefusedWhy: "422 name is rude"}
	if got := said(r.Judge(Case{Key: "1", Known: known, Wants: []Want{in("email=a name=ann on=1")}})); got != "held refused" {
		t.Errorf("the same again: %s", got)
	}
	if got := said(r.Judge(Case{Key: "1", Known: known, Wants: []Want{in("email=a name=anna on=1")}})); got != "create email,name,on" {
		t.Errorf("changed: %s", got)
	}
	r.Now = now.Add(2 * time.Hour)
	if got := said(r.Judge(Case{Key: "1", Known: known, Wants: []Want{in("email=a name=ann on=1")}})); got != "create email,name,on" {
		t.Errorf("later: %s", got)
	}
}

func TestNobodyIsNewlyAbsentWhileAnEntryHasNoKey(t *testing.T) {
	r := Rules{Job: "hr", Schema: schema, Now: now, ReadCounts: true, FreezeNew: true, Absent: Absent{Deactivate: true, Reads: 1}}
	if v := r.Judge(Case{Key: "1", Known: active("on=1")}); v.Outcome != AbsentKept || v.Ageing.Reads != 0 {
		t.Errorf("newly absent: %s, %+v", said(v), v.Ageing)
	}
	k := active("on=1")
	k.AbsentReads, k.AbsentSince = 1, now.Add(-time.Hour)
	if v := r.Judge(Case{Key: "1", Known: k}); said(v) != "deactivate on" {
		t.Errorf("absent before: %s", said(v))
	}
}

func TestBeingSeenOrHeldForgetsTheAbsence(t *testing.T) {
	r := Rules{Job: "hr", Schema: schema, Mapped: []string{"email", "on"}, Now: now, ReadCounts: true, Absent: Absent{Deactivate: true, Reads: 3}}
	for _, w := range [][]Want{{in("email=a on=1")}, {broken("on=1")}, {in("email=a on=1"), in("email=b on=1")}, {out()}} {
		k := active("email=a on=1")
		k.AbsentReads, k.AbsentSince = 2, now.Add(-time.Hour)
		if v := r.Judge(Case{Key: "1", Known: k, Wants: w}); v.Ageing == nil || v.Ageing.Reads != 0 {
			t.Errorf("%s: ageing %+v", said(v), v.Ageing)
		}
	}
}

func TestOnlyAnEntryThatSaysWhatWasAppliedIsSettled(t *testing.T) {
	r := Rules{Job: "hr", Schema: schema, Mapped: []string{"badge", "email", "on"}, Now: now}
	for _, c := range []struct {
		why   string
		known *Known
		want  Want
		is    bool
	}{
		{"unchanged", active("email=a on=1"), in("email=a on=1"), true},
		{"an update makes it so", active("email=a on=1"), in("email=b on=1"), true},
		{"a create-only attribute differs for ever", active("email=a badge=1 on=1"), in("email=a badge=2 on=1"), false},
		{"a deactivation leaves the rest", active("email=a on=1"), in("email=b on=0"), false},
		{"an inactive record whose attributes wait", inactive("email=a on=0"), in("email=b on=0"), false},
		{"an inactive record that is as it says", inactive("email=a on=0"), in("email=a on=0"), true},
		{"not needed", nil, in("email=a on=0"), true},
		{"held", active("email=a on=1"), broken("on=1"), false},
	} {
		if got := r.Judge(Case{Key: "1", Known: c.known, Wants: []Want{c.want}}).Settled; got != c.is {
			t.Errorf("%s: settled %v", c.why, got)
		}
	}
}
