package main

import (
	"fmt"
	"testing"

	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

// another puts a user into the target as another program does.
func (w *world) another(reference, email, name string) {
	w.box.Clarus().Add(record.Attrs{{Name: slot, Value: record.TextOf(reference)}, {Name: "email", Value: record.TextOf(email)},
		{Name: "name", Value: record.TextOf(name)}, {Name: "is_active", Value: record.BoolOf(true)}}.Sort())
}

func TestIncident07_RecordsThatOthersCreatedAreNeverRemoved(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce+"    on_conflict: hold\n", "source.yaml", "    csv: {path: people.csv}\n"+anyShrink)
	for n := range 30 {
		w.another(fmt.Sprintf("CT-%d", n), fmt.Sprintf("ct%d@example.com", n), "Control Tower")
	}
	w.another("", "local@example.com", "Local")
	others := func() (all []clarus.FakeRecord) {
		for _, u := range w.box.Users() {
			if name := u.Attrs.Get("name").Text(); name == "Control Tower" || name == "Local" {
				all = append(all, u)
			}
		}
		return all
	}
	before := fmt.Sprint(others())
	w.feed(people(1, 10))
	w.first(41)
	// One stays, and one comes whose address is that of a record of another program.
	f := append(people(1, 1), []string{"N1", "Newcomer", "ct7@example.com", "1", "active"})
	w.feed(f)
	out := w.run(exitHeld, "sync")
	on := 0
	for _, u := range w.box.Users() {
		if u.Attrs.Get("is_active").True() {
			on++
		}
	}
	if after := fmt.Sprint(others()); after != before || on != 32 {
		t.Errorf("%d are active; the others are %s, were %s", on, after, before)
	}
	tell(t, "a sync deleted groups that Control Tower, and not the tool, had created; every account had to be enrolled again (ssosync#88, #179)",
		"nine of its own ten users left, and with no limit at all they were switched off. The 30 users of another program and a local one are as they were, byte for byte. "+
			"A newcomer with the address of one of them is held, by `on_conflict: hold`: %s", w.said(out, "! N1"))
}
