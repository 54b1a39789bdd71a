package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// listed puts what a target lists into a view's draft.
func listed(t testing.TB, v *View, all ...Listed) {
	t.Helper()
	err := v.BeginDrift()
	for _, f := range all {
		if err == nil {
			err = v.AddFound(f, schema.Natural)
		}
	}
	if err == nil {
		_, err = v.EndFound()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func jobOf(t testing.TB, v *View) Job {
	t.Helper()
	job, err := v.Job("hr", "", "memory")
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func TestPairsAreTheRecordsOfTheJobBesideWhatIsListed(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "B", "b@x", "2")
	created(t, s, r, "A", "a@x", "1")
	created(t, s, r, "C", "c@x", "3")
	if _, _, err := s.Journal().Intend(r, plan.Change{Action: plan.Update, Key: "B", RemoteID: "2", After: text("email", "bb@x")}); err != nil {
		t.Fatal(err)
	}
	v := viewed(t, path)
	listed(t, v, Listed{RemoteID: "9", Attrs: text("email", "old@x")})
	listed(t, v, Listed{RemoteID: "1", Reference: "C", Attrs: text("email", "A@x")}, Listed{RemoteID: "2", Attrs: text("email", "b@x")}, Listed{RemoteID: "4", Reference: "A"})
	got := ""
	for p, err := range v.Pairs(jobOf(t, v)) {
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprintf("%s=%s listed:%v doubt:%v %s; ", p.Key, p.Known.RemoteID, p.Listed, p.Doubt, p.Found.Attrs.AppendJSON(nil))
	}
	if want := `A=1 listed:true doubt:false {"email":"A@x"}; B=2 listed:true doubt:true {"email":"b@x"}; C=3 listed:false doubt:false {}; `; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	got = ""
	for f, err := range v.Doubles(jobOf(t, v)) {
		if err != nil {
			t.Fatal(err)
		}
		got += f.Reference + "=" + f.RemoteID + " "
	}
	if got != "A=4 C=1 " {
		t.Errorf("doubles %s", got)
	}
}

func TestIDsAreComparedByWhoTheyAre(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "A", "a@x", "1")
	created(t, s, r, "B", "b@x", "2")
	for promise, c := range map[string]struct {
		all             []Listed
		ours, elsewhere int
	}{
		"as they are":             {[]Listed{{RemoteID: "1", Attrs: text("email", "A@X")}, {RemoteID: "2", Attrs: text("email", "b@x")}}, 2, 0},
		"by reference":            {[]Listed{{RemoteID: "1", Reference: "A"}}, 1, 0},
		"each has the other's id": {[]Listed{{RemoteID: "2", Attrs: text("email", "a@x")}, {RemoteID: "1", Attrs: text("email", "b@x")}}, 0, 2},
		"other ids altogether":    {[]Listed{{RemoteID: "7", Attrs: text("email", "a@x")}}, 0, 1},
		"gone":                    {nil, 0, 0},
	} {
		t.Run(promise, func(t *testing.T) {
			v := viewed(t, path)
			listed(t, v, c.all...)
			ours, elsewhere, err := v.SameIDs(jobOf(t, v))
			if err != nil || ours != c.ours || elsewhere != c.elsewhere {
				t.Errorf("%d ours, %d elsewhere, %v; want %d, %d", ours, elsewhere, err, c.ours, c.elsewhere)
			}
		})
	}
}

func TestANotedDriftIsWhatWasLastApplied(t *testing.T) {
	s, path := opened(t)
	r := begun(t, s)
	created(t, s, r, "A", "a@x", "1")
	created(t, s, r, "B", "b@x", "2")
	v := viewed(t, path)
	listed(t, v)
	before := jobOf(t, v)
	for _, d := range []plan.Drift{
		{Kind: plan.SwitchedOff, Key: "A", RemoteID: "1", Told: text("email", "a@x", "on", "1"), Shown: text("email", "z@x", "on", "0")},
		{Kind: plan.GoneThere, Key: "B", RemoteID: "2"},
	} {
		if err := v.AddDrift(d); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.NoteDrift(r, v, time.Now()); n != 1 || err != nil {
		t.Fatalf("%d noted, %v", n, err)
	}
	if err := v.Refresh(); err != nil {
		t.Fatal(err)
	}
	after := jobOf(t, v)
	if after.Active != before.Active-1 || after.Version != before.Version+1 {
		t.Errorf("%d active and version %d, were %d and %d", after.Active, after.Version, before.Active, before.Version)
	}
	k := known(t, v)
	if got := string(k["A"].Attrs.AppendJSON(nil)); got != `{"email":"z@x","on":false}` || k["A"].Status != plan.Inactive || k["B"].Status != plan.Active {
		t.Errorf("%s, %v, %v", got, k["A"].Status, k["B"].Status)
	}
	for past, err := range v.History(after, "A", 1) {
		if err != nil || past.Result != Drifted || past.Action != plan.Deactivate || past.Before.Get("email").Text() != "a@x" || past.Settled.IsZero() {
			t.Errorf("%+v, %v", past, err)
		}
	}
}

func TestADriftOfWhatHasChangedSinceIsNotNotedNorAnyOther(t *testing.T) {
	for promise, d := range map[string]plan.Drift{
		"another id":    {Kind: plan.Differs, Key: "B", RemoteID: "7"},
		"no record":     {Kind: plan.Differs, Key: "Z", RemoteID: "2"},
		"no answer yet": {Kind: plan.Differs, Key: "C", RemoteID: "3"},
		"another job's": {Kind: plan.Differs, Key: "D", RemoteID: "4"},
	} {
		t.Run(promise, func(t *testing.T) {
			s, path := opened(t)
			r := begun(t, s)
			for i, key := range []string{"A", "B", "C"} {
				created(t, s, r, key, key+"@x", fmt.Sprint(i+1))
			}
			other, err := s.Begin("it", "", "memory", schema, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			created(t, s, other, "D", "d@x", "4")
			if _, _, err := s.Journal().Intend(r, plan.Change{Action: plan.Update, Key: "C", RemoteID: "3", After: text("email", "cc@x")}); err != nil {
				t.Fatal(err)
			}
			v := viewed(t, path)
			listed(t, v)
			for _, d := range []plan.Drift{{Kind: plan.Differs, Key: "A", RemoteID: "1", Shown: text("email", "z@x")}, d} {
				if err := v.AddDrift(d); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.NoteDrift(r, v, time.Now()); !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), string(d.Key)) {
				t.Errorf("%v", err)
			}
			if err := v.Refresh(); err != nil {
				t.Fatal(err)
			}
			if got := known(t, v)[record.Key("A")].Attrs.Get("email").Text(); got != "A@x" {
				t.Errorf("the first was noted: %s", got)
			}
		})
	}
}
