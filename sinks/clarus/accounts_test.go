package clarus_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sinktest"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

func accounts() clarus.Config {
	cfg := config()
	cfg.Resource = clarus.Accounts
	return cfg
}

func open(n int) plan.Change {
	return plan.Change{Action: plan.Create, Key: record.Key(fmt.Sprintf("K%d", n)), After: attrs(
		"code", fmt.Sprintf("ACME-%d", n), "name", "Acme", "email", "info@acme.example", "is_active", true, "string1", "north",
		"integer1", 42, "datetime1", "2026-01-31T00:00:00+01:00", "boolean1", false, "external_system_reference1", fmt.Sprintf("K%d", n))}
}

func rename(n int, id string) plan.Change {
	return plan.Change{Action: plan.Update, Key: record.Key(fmt.Sprintf("K%d", n)), RemoteID: id,
		Before: attrs("name", "Acme"), After: attrs("name", "Acme & Sons")}
}

func TestAccountsConform(t *testing.T) { sinktest.Run(t, accountsTarget()) }

func FuzzAccountAnswers(f *testing.F) { sinktest.Fuzz(f, accountsTarget()) }

func accountsTarget() sinktest.Target {
	return sinktest.Target{
		Fake: func() http.Handler { return clarus.NewFake(clarus.FakeOptions{}) },
		Sink: func(t *testing.T, url string, timeout time.Duration) sinks.Sink {
			return connect(t, url, timeout, accounts())
		},
		Create: open, Update: rename, Missing: "99999999", Renews: true, Secrets: []string{"sandbox-secret", "Bearer "},
		Read:  func(r *http.Request) bool { return r.URL.Path == "/oauth/token" || r.URL.Path == "/graphql" },
		Every: everyRequestOfAccounts, Golden: "accounts.golden",
	}
}

func everyRequestOfAccounts(ctx context.Context, t *testing.T, s sinks.Sink) {
	id, err := s.Apply(ctx, open(1))
	if err != nil {
		t.Fatal(err)
	}
	null := record.Value{}
	for _, c := range []plan.Change{
		{Action: plan.Update, After: attrs("name", "Acme & Sons", "integer5", 7, "datetime5", "2026-07-01T00:00:00Z", "boolean5", true)},
		{Action: plan.Update, After: attrs("email", null, "string1", null, "integer1", null, "datetime1", null, "boolean1", null)},
		{Action: plan.Deactivate, After: attrs("is_active", false)},
		{Action: plan.Reactivate, After: attrs("is_active", true)},
	} {
		c.RemoteID = id
		if _, err := s.Apply(ctx, c); err != nil {
			t.Errorf("%v: %v", c.Action, err)
		}
	}
	if _, err := s.Lookup(ctx, "K1", attrs("code", `A"1_%`)); err != nil {
		t.Error(err)
	}
	for _, err := range s.(sinks.Lister).List(ctx) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := s.(*clarus.Sink).Confirm(ctx, id, "acme-1"); err != nil {
		t.Error(err)
	}
}

func TestAccountIsWhatThePageSays(t *testing.T) {
	s, err := clarus.New(accounts(), nil)
	if err != nil {
		t.Fatal(err)
	}
	sch := s.Schema()
	if sch.Natural != "code" || sch.Active != "is_active" || sch.Reference != "external_system_reference1" {
		t.Errorf("%+v", sch)
	}
	want := []record.Attribute{{Name: "code", Required: true, Fixed: true}, {Name: "name", Required: true}, {Name: "email"},
		{Name: "is_active", Type: record.TypeBool}}
	for i := 1; i <= 3; i++ {
		want = append(want, record.Attribute{Name: fmt.Sprint("external_system_reference", i), CreateOnly: true})
	}
	for _, slot := range []record.Attribute{{Name: "string"}, {Name: "integer", Type: record.TypeInt},
		{Name: "datetime", Type: record.TypeTime}, {Name: "boolean", Type: record.TypeBool}} {
		for i := 1; i <= 5; i++ {
			want = append(want, record.Attribute{Name: fmt.Sprint(slot.Name, i), Type: slot.Type})
		}
	}
	if diff := cmp.Diff(want, sch.Attributes); diff != "" {
		t.Error(diff)
	}
}

func TestAccountIsLookedUpByItsCodeWithoutCase(t *testing.T) {
	account := func(code, reference string) record.Attrs {
		return attrs("code", code, "name", "N", "external_system_reference1", reference)
	}
	for promise, tc := range map[string]struct {
		there     []record.Attrs
		want      string // the id found
		code      string // of the error
		reference string
	}{
		"none":                              {},
		"another that has it within":        {there: []record.Attrs{account("XACMEX", "")}},
		"in other letters":                  {there: []record.Attrs{account("acme", "K9")}, want: "501", reference: "K9"},
		"two of a tenant that minds case":   {there: []record.Attrs{account("acme", ""), account("ACME", "")}, code: "ambiguous"},
		"the one of two that shows our key": {there: []record.Attrs{account("acme", "K9"), account("ACME", "K1")}, want: "502", reference: "K1"},
		"two that show our key":             {there: []record.Attrs{account("acme", "K1"), account("ACME", "K1")}, code: "ambiguous"},
	} {
		f, s := tenant(t, clarus.FakeOptions{PageSize: 1}, accounts())
		for _, a := range tc.there {
			f.AddAccount(a)
		}
		found, err := s.Lookup(t.Context(), "K1", attrs("code", "Acme"))
		if tc.code != "" {
			if e := asError(t, err); e.Class != sinks.Refused || e.Code != tc.code {
				t.Errorf("%s: %v", promise, err)
			}
			continue
		}
		if err != nil || (found == nil) != (tc.want == "") || found != nil && (found.RemoteID != tc.want || found.Reference != tc.reference) {
			t.Errorf("%s: %+v, %v; want %s with %s", promise, found, err, tc.want, tc.reference)
		}
	}
	_, s := tenant(t, clarus.FakeOptions{}, accounts())
	if _, err := s.Lookup(t.Context(), "K1", attrs("name", "N")); asError(t, err).Code != "no_code" {
		t.Error(err)
	}
}

func TestListOfAccountsShowsWhatAdoptingNeeds(t *testing.T) {
	for slot, want := range map[string]sinks.Found{
		"external_system_reference1": {RemoteID: "501", Reference: "K1", Attrs: attrs("code", "ACME", "name", "Acme")},
		"external_system_reference2": {RemoteID: "501",
			Attrs: attrs("code", "ACME", "external_system_reference1", "K1", "name", "Acme")},
	} {
		cfg := accounts()
		cfg.Reference = slot
		f, s := tenant(t, clarus.FakeOptions{}, cfg)
		f.AddAccount(attrs("code", "ACME", "name", "Acme", "external_system_reference1", "K1"))
		f.AddAccount(attrs("code", "OTHER", "name", "Other"))
		all := listed(t, s)
		if len(all) != 2 || all[1].Reference != "" {
			t.Fatalf("%+v", all)
		}
		if diff := cmp.Diff(want, all[0], cmp.Comparer(record.Value.Equal)); diff != "" {
			t.Errorf("%s: %s", slot, diff)
		}
	}
}

func TestRefusalOfADuplicateCodeIsLookedUp(t *testing.T) {
	for body, want := range map[string]sinks.Class{
		`{"errors":[{"code":"taken","detail":"has already been taken","source":{"pointer":"/data/attributes/code"}}]}`: sinks.Exists,
		`{"errors":{"code":["has already been taken"]}}`:                                                               sinks.Exists,
		`{"error":"Account already exists"}`:                                                                           sinks.Exists,
		`{"errors":{"email":["has already been taken"]}}`:                                                              sinks.Refused,
		`{"errors":{"integer1":["is already in use"]}}`:                                                                sinks.Refused,
		`{"errors":{"code":["is too long"]}}`:                                                                          sinks.Refused,
	} {
		s := connect(t, refusing(t, 422, body), 5*time.Second, accounts())
		if _, err := s.Apply(t.Context(), open(1)); asError(t, err).Class != want {
			t.Errorf("%s: %v, want %v", body, asError(t, err).Class, want)
		}
	}
}

func TestAccountOfAnIDOfTheWrongKindStopsTheSink(t *testing.T) {
	f, s := tenant(t, clarus.FakeOptions{}, accounts())
	f.AddAccount(attrs("code", "ACME", "name", "Acme"))
	f.AddAccount(attrs("code", "OTHER", "name", "Other"))
	if err := s.Confirm(t.Context(), "502", "ACME"); asError(t, err).Class != sinks.Halt || !strings.Contains(asError(t, err).Advice, "account") {
		t.Error(err)
	}
	if err := s.Confirm(t.Context(), "501", "acme"); err != nil {
		t.Error(err)
	}
}
