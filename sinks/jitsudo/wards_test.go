package jitsudo_test

import (
	"testing"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/jitsudo"
	"github.com/rosterd/rosterd/sync/plan"
)

func TestOwnerAndOwnUserAreNeverAdoptedAndNeverWritten(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{Owner: "Boss@example.com"})
	jane := f.Add(attrs("email", "jane@example.com", "name", "Jane", "roles", []string{"user"}))
	f.Add(attrs("email", "strange@example.com", "name", "S", "roles", []string{"auditor", "user"}))
	f.Add(attrs("email", "other@example.com", "name", "O", "roles", []string{"user"}, "auth_provider", "scim"))
	var listed []sinks.Found
	for found, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, found)
	}
	for _, u := range listed {
		if (u.Foreign == "") != (u.RemoteID == jane) {
			t.Errorf("%+v: only Jane is ours", u)
		}
	}
	if len(listed) != 5 {
		t.Errorf("%d listed", len(listed))
	}
	for _, mail := range []string{"boss@example.com", "ROSTERD@example.com", "strange@example.com", "other@example.com"} {
		if found, err := s.Lookup(t.Context(), "E1", attrs("email", mail)); found == nil || found.Foreign == "" || err != nil {
			t.Errorf("%s: %+v %v", mail, found, err)
		}
	}
	before := f.Users()
	for _, u := range before[:2] {
		for _, c := range []plan.Change{off(u.ID), on(u.ID), update(1, u.ID)} {
			_, err := s.Apply(t.Context(), c)
			if e := asError(t, err); e.Class != sinks.Refused || e.Code != "foreign" {
				t.Errorf("%v of %s: %v", c.Action, u.ID, e)
			}
		}
	}
	for i, u := range f.Users() {
		if string(u.Attrs.AppendJSON(nil)) != string(before[i].Attrs.AppendJSON(nil)) {
			t.Errorf("%s has changed", u.ID)
		}
	}
}

func TestWhoAnAnswerShowsAsOwnerIsNotWrittenAgain(t *testing.T) {
	sent := 0
	s := answering(t, 200, `{"id":"7","is_owner":true}`, &sent)
	if _, err := s.Apply(t.Context(), update(1, "7")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), off("7")); asError(t, err).Code != "foreign" || sent != 1 {
		t.Errorf("%v after %d requests", err, sent)
	}
}

func TestWhoIsNoOwnerAnyMoreIsWrittenAgain(t *testing.T) {
	f, s := tenant(t, jitsudo.FakeOptions{})
	id := f.Users()[0].ID
	_, _ = s.Lookup(t.Context(), "E1", attrs("email", "nobody@example.com"))
	if _, err := s.Apply(t.Context(), off(id)); asError(t, err).Code != "foreign" {
		t.Error(err)
	}
	f.SetOwner(f.Add(attrs("email", "heir@example.com", "name", "Heir", "roles", []string{"admin"})))
	for _, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Apply(t.Context(), off(id)); err != nil {
		t.Error(err)
	}
}
