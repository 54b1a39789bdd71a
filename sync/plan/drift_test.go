package plan

import (
	"fmt"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

func TestWhatOthersChangedIsDriftAndNothingElseIs(t *testing.T) {
	sch := record.Schema{Natural: "email", Active: "on", Reference: "ref", Attributes: []record.Attribute{
		{Name: "email"}, {Name: "name"}, {Name: "dept"}, {Name: "since", Type: record.TypeTime}, {Name: "roles", Type: record.TypeTexts, Set: true},
		{Name: "list", Type: record.TypeTexts}, {Name: "pin", WriteOnly: true}, {Name: "on", Type: record.TypeBool}, {Name: "ref", CreateOnly: true}}}
	rules := Rules{Job: "hr", Schema: sch, Mapped: []string{"email", "name", "since", "roles", "list", "pin", "on", "ref"}}
	known := Known{Status: Active, RemoteID: "7"}
	for promise, c := range map[string]struct {
		status     Status // 0: active
		told       string
		shown      string
		reference  string
		references bool
		foreign    string
		want       string
	}{
		"the same is none":                                 {told: `{"name":"Ann","on":true}`, shown: `{"name":"Ann","on":true}`},
		"another value is":                                 {told: `{"name":"Ann"}`, shown: `{"name":"Bea"}`, want: `differs {"name":"Ann"} {"name":"Bea"}`},
		"what is not shown is not":                         {told: `{"name":"Ann","since":"2026-01-01T00:00:00Z"}`, shown: `{"name":"Ann"}`},
		"an emptied value is":                              {told: `{"name":"Ann"}`, shown: `{"name":null}`, want: `differs {"name":"Ann"} {"name":null}`},
		"a value where we told none is":                    {told: `{}`, shown: `{"name":"Ann"}`, want: `differs {"name":null} {"name":"Ann"}`},
		"nothing and an empty text are the same":           {told: `{}`, shown: `{"name":null}`},
		"nothing and an empty list are the same":           {told: `{"roles":[]}`, shown: `{"roles":null}`},
		"an unverified value is not":                       {told: `{"name":{"unknown":true}}`, shown: `{"name":"Ann"}`},
		"an attribute that is not mapped is not":           {told: `{"dept":"it"}`, shown: `{"dept":"hr"}`},
		"what is never shown is not":                       {told: `{}`, shown: `{"pin":"1234"}`},
		"another case of the natural key is not":           {told: `{"email":"Ann@x"}`, shown: `{"email":"ann@X"}`},
		"another case of anything else is":                 {told: `{"name":"Ann"}`, shown: `{"name":"ann"}`, want: `differs {"name":"Ann"} {"name":"ann"}`},
		"another natural key is":                           {told: `{"email":"a@x"}`, shown: `{"email":"b@x"}`, want: `differs {"email":"a@x"} {"email":"b@x"}`},
		"another order of a set is not":                    {told: `{"roles":["a","b"]}`, shown: `{"roles":["b","a"]}`},
		"another member of a set is":                       {told: `{"roles":["a"]}`, shown: `{"roles":["a","b"]}`, want: `differs {"roles":["a"]} {"roles":["a","b"]}`},
		"another order of a list is":                       {told: `{"list":["a","b"]}`, shown: `{"list":["b","a"]}`, want: `differs {"list":["a","b"]} {"list":["b","a"]}`},
		"the same moment in another zone is not":           {told: `{"since":"2026-01-01T01:00:00+01:00"}`, shown: `{"since":"2026-01-01T00:00:00Z"}`},
		"another moment is":                                {told: `{"since":"2026-01-01T00:00:00Z"}`, shown: `{"since":"2026-01-02T00:00:00Z"}`, want: `differs {"since":"2026-01-01T00:00:00Z"} {"since":"2026-01-02T00:00:00Z"}`},
		"switched off by others is":                        {told: `{"on":true}`, shown: `{"on":false}`, want: `switched_off {"on":true} {"on":false}`},
		"switched on by others is":                         {status: Inactive, told: `{"on":false}`, shown: `{"on":true}`, want: `switched_on {"on":false} {"on":true}`},
		"who was never told to be on is on by being there": {told: `{}`, shown: `{"on":false}`, want: `switched_off {"on":true} {"on":false}`},
		"an unverified switch is not":                      {told: `{"on":{"unknown":true}}`, shown: `{"on":false}`},
		"who was found switched off is not":                {status: InactiveThere, told: `{"on":false}`, shown: `{"on":false}`},
		"the switch names the kind, whatever value differs": {told: `{"name":"Ann","on":true}`, shown: `{"name":"Bea","on":false}`,
			want: `switched_off {"name":"Ann","on":true} {"name":"Bea","on":false}`},
		"whose it is outweighs how it is": {told: `{"name":"Ann","on":true}`, shown: `{"name":"Bea","on":false}`, reference: "K9",
			want: `reference {"name":"Ann","on":true,"ref":null} {"name":"Bea","on":false,"ref":"K9"}`},
		"what the target marks as none of ours is, as it is": {told: `{"name":"Ann"}`, shown: `{"name":"Ann"}`, foreign: "built in", want: `foreign {} {}`},
		"and outweighs all":                           {told: `{"ref":"K1","on":true}`, shown: `{"on":false}`, reference: "K9", foreign: "built in", want: `foreign {"on":true,"ref":"K1"} {"on":false,"ref":"K9"}`},
		"our reference is none":                       {told: `{"ref":"K1"}`, reference: "K1", references: true},
		"another reference is":                        {told: `{"ref":"K1"}`, reference: "K9", want: `reference {"ref":"K1"} {"ref":"K9"}`},
		"another reference where ours was unverified": {told: `{"ref":{"unknown":true}}`, reference: "K9", want: `reference {"ref":{"unknown":true}} {"ref":"K9"}`},
		"another reference that is known already":     {told: `{"ref":"K9"}`, reference: "K9"},
		"a reference that was taken away is":          {told: `{"ref":"K1"}`, references: true, want: `reference {"ref":"K1"} {"ref":null}`},
		"a reference that is not shown is not":        {told: `{"ref":"K1"}`},
		"a reference that never was is not":           {told: `{}`, references: true},
	} {
		t.Run(promise, func(t *testing.T) {
			k := known
			if c.status != 0 {
				k.Status = c.status
			}
			k.Attrs = attrsOf(t, c.told)
			got := ""
			if d, drifted := rules.Drift("K1", &k, Seen{Attrs: attrsOf(t, c.shown), Reference: c.reference, References: c.references, Foreign: c.foreign}); drifted {
				got = fmt.Sprintf("%s %s %s", d.Kind, d.Told.AppendJSON(nil), d.Shown.AppendJSON(nil))
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func attrsOf(t *testing.T, text string) record.Attrs {
	t.Helper()
	a, err := record.ParseAttrs([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
