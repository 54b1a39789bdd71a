package jitsudo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// told is a list of steps in one line.
func told(steps []plan.Change) string {
	var all []string
	for _, c := range steps {
		all = append(all, fmt.Sprintf("%v %s %s", c.Action, c.Before.AppendJSON(nil), c.After.AppendJSON(nil)))
	}
	return strings.Join(all, " | ")
}

func TestEveryStepIsOneRequestInAnOrderThatGivesNobodyTooMuch(t *testing.T) {
	for _, tc := range []struct {
		action        plan.Action
		before, after record.Attrs
		want          string
	}{
		{plan.Create, nil, attrs("email", "a@b", "active", true), `create {} {"active":true,"email":"a@b"}`},
		{plan.Create, nil, attrs("email", "a@b"), `create {} {"email":"a@b"}`},
		{plan.Create, nil, attrs("email", "a@b", "active", false),
			`create {} {"active":true,"email":"a@b"} | deactivate {"active":true} {"active":false}`},
		{plan.Update, attrs("name", "A"), attrs("name", "B"), `update {"name":"A"} {"name":"B"}`},
		{plan.Update, attrs("name", "A"), attrs("name", "B", "roles", []string{"user"}), `update {"name":"A"} {"name":"B","roles":["user"]}`},
		{plan.Deactivate, attrs("active", true), attrs("active", false), `deactivate {"active":true} {"active":false}`},
		{plan.Reactivate, attrs("active", false), attrs("active", true), `reactivate {"active":false} {"active":true}`},
		{plan.Reactivate, attrs("active", false, "name", "A"), attrs("active", true, "name", "B"),
			`update {"name":"A"} {"name":"B"} | reactivate {"active":false} {"active":true}`},
		{plan.Update, attrs("name", "A"), attrs("active", false, "name", "B"),
			`deactivate {} {"active":false} | update {"name":"A"} {"name":"B"}`},
	} {
		_, s := tenant(t, jitsudo.FakeOptions{})
		c := plan.Change{Action: tc.action, Key: "E1", RemoteID: "7", Before: tc.before, After: tc.after, Wave: 3, Origin: "line 2"}
		was := told([]plan.Change{c})
		steps := s.Steps(c)
		if got := told(steps); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", was, got, tc.want)
		}
		if told([]plan.Change{c}) != was || s.Requests(c) != len(steps) {
			t.Errorf("%s: became %s, forecast %d", was, told([]plan.Change{c}), s.Requests(c))
		}
		for _, step := range steps {
			if step.Key != c.Key || step.RemoteID != c.RemoteID || step.Wave != c.Wave || step.Origin != c.Origin {
				t.Errorf("%s: a step lost where it belongs: %+v", was, step)
			}
			if again := s.Steps(step); len(again) != 1 {
				t.Errorf("%s: a step has steps: %s", was, told(again))
			}
		}
	}
}

func TestFalseSwitchesOffAndTrueSwitchesOn(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{})
	id, err := s.Apply(t.Context(), create(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []plan.Change{off(id), off(id), on(id), on(id), off(id)} {
		if _, err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := f.Users()[2].Attrs.Get("active").True(); got != (c.Action == plan.Reactivate) {
			t.Errorf("after %v, active is %v", c.Action, got)
		}
	}
}

func TestUserCreatedInactiveIsSuspended(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{})
	c := create(1)
	c.After = c.After.Merge(attrs("active", false))
	id := ""
	for _, step := range s.Steps(c) {
		step.RemoteID = id
		got, err := s.Apply(t.Context(), step)
		if err != nil {
			t.Fatal(err)
		}
		if step.Action == plan.Create {
			id = got
		}
	}
	if u := f.Users()[2]; u.Attrs.Get("active").True() || u.ID != id {
		t.Errorf("%+v, want %s suspended", u, id)
	}
}

func TestPutCarriesWhatStaysToo(t *testing.T) {
	for _, tc := range []struct {
		after record.Attrs
		want  string
	}{
		{attrs("name", "New"), `"New" ["approver","user"]`},
		{attrs("roles", []string{"user"}), `"Jane <Doe> & \"Sons\"" ["user"]`},
		{attrs("name", "New", "roles", []string{"admin"}), `"New" ["admin"]`},
	} {
		f, s := tenant(t, jitsudo.FakeOptions{})
		id, err := s.Apply(t.Context(), create(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(t.Context(), plan.Change{Action: plan.Update, RemoteID: id, After: tc.after, Have: create(1).After}); err != nil {
			t.Fatal(err)
		}
		u := f.Users()[2].Attrs
		if got := u.Get("name").String() + " " + u.Get("roles").String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.after.AppendJSON(nil), got, tc.want)
		}
	}
}
