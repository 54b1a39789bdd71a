package plan

import (
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sync/record"
)

func TestOnlyWhatIsCertainIsTakenOver(t *testing.T) {
	schema := record.Schema{Natural: "email", Active: "on", Attributes: []record.Attribute{{Name: "email"}, {Name: "name"}, {Name: "on", Type: record.TypeBool}}}
	attrs := func(name string, on bool) record.Attrs {
		return record.Attrs{{Name: "email", Value: record.TextOf("a@x")}, {Name: "name", Value: record.TextOf(name)}, {Name: "on", Value: record.BoolOf(on)}}
	}
	for _, c := range []struct {
		promise string
		do      func(*Rules, *Succession)
		want    string // the action and what it sends; else what is in the way
	}{
		{"an absent record only gets its key, if nothing differs", nil, "update "},
		{"what differs is sent", func(_ *Rules, s *Succession) { s.Wants[0].Attrs = attrs("New", true) }, "update name"},
		{"a record that is off is switched on again", func(_ *Rules, s *Succession) {
			s.Old.Known.Status, s.Old.Known.Attrs = Inactive, attrs("Ann", false)
			s.Absent = false
		}, "reactivate on"},
		{"who leaves by the new entry is switched off", func(_ *Rules, s *Succession) { s.Wants[0].Attrs = attrs("New", false) }, "deactivate on"},
		{"not one that has its entry", func(_ *Rules, s *Succession) { s.Absent = false }, "O is not absent"},
		{"not one that is not there any more", func(_ *Rules, s *Succession) { s.Old.Known = nil }, "O has no record any more"},
		{"not one of several", func(_ *Rules, s *Succession) { s.Several = true }, "several records"},
		{"not one in doubt", func(_ *Rules, s *Succession) { s.Doubtful = true }, "no answer yet"},
		{"not while another is held who may be meant", func(_ *Rules, s *Succession) { s.Shadowed = true }, "another entry that is held"},
		{"not one that is changed itself", func(_ *Rules, s *Succession) { s.Busy = true }, "the next run looks again"},
		{"not one that would lose its protection", func(r *Rules, _ *Succession) { r.Protect = map[record.Key]bool{"O": true} }, "put N there"},
		{"one that keeps it gets its key, and no more", func(r *Rules, s *Succession) {
			r.Protect = map[record.Key]bool{"O": true, "N": true}
			s.Wants[0].Attrs = attrs("New", true)
		}, "update "},
		{"not one in never_touch", func(r *Rules, _ *Succession) { r.NeverTouch = NeverTouch{"email": {"*@x"}} }, "never_touch"},
		{"not while an entry could be anyone", func(r *Rules, _ *Succession) { r.FreezeNew = true }, "could be that of O"},
		{"though it was missed before that", func(r *Rules, s *Succession) { r.FreezeNew, s.Old.Known.AbsentReads = true, 1 }, "update "},
		{"not one that another configuration misses", func(r *Rules, _ *Succession) { r.FrozenAbsence = true }, "the configuration was changed"},
		{"however long ago that began", func(_ *Rules, s *Succession) { s.Old.Known.AbsentReads, s.Old.Known.AbsentCause = 9, Configuration }, "the configuration was changed"},
		{"not one that somebody else switched off", func(_ *Rules, s *Succession) { s.Old.Known.Status = InactiveThere }, "somebody else switched it off"},
		{"not one whose entry would make another", func(_ *Rules, s *Succession) {
			s.Old.Wants = []Want{{Attrs: attrs("Ann", true), Origin: "feed:2"}}
		}, "still in the source (feed:2)"},
	} {
		t.Run(c.promise, func(t *testing.T) {
			r := &Rules{Job: "hr", Schema: schema, Mapped: []string{"email", "name", "on"}}
			s := Succession{Case: Case{Key: "N", Wants: []Want{{Attrs: attrs("Ann", true), Origin: "feed:1"}}}, Job: "hr", Absent: true,
				Old: Case{Key: "O", Known: &Known{ID: 1, Owner: "hr", Status: Active, RemoteID: "7", Attrs: attrs("Ann", true)}}}
			if c.do != nil {
				c.do(r, &s)
			}
			v := r.TakeOver(s)
			if v.Change == nil {
				if v.Held == nil || !strings.Contains(v.Held.Detail, c.want) {
					t.Errorf("%+v, want %q", v.Held, c.want)
				}
				return
			}
			got := v.Change.Action.String() + " " + strings.Join(v.Change.After.Names(), ",")
			if got != c.want || v.Change.TakesOver != "O" || v.Change.RemoteID != "7" || v.Change.Key != "N" {
				t.Errorf("%s of %+v, want %q", got, v.Change, c.want)
			}
		})
	}
}
