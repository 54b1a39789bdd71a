package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/record"
)

func TestIncident10_ProtectedAccountsAreLeftAndBlockNothing(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentSoon+"    protect: [E0001, E0002]\n")
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	f[1][4], f[4][1] = "left", "Another Name"
	f = slices.Concat(f[1:2], f[3:]) // the owner is gone from the file, and so is somebody else
	w.feed(f)
	out := w.run(exitDone, "sync")
	w.has("E0001", "is_active", "true")
	w.has("E0002", "is_active", "true")
	w.has("E0003", "is_active", "false")
	w.has("E0005", "name", "Another Name")
	tell(t, "a guard \"would have deactivated all owners, rolling back\" saved them, but stopped everything else too, for one local owner (zulip#36402)",
		"with `protect: [E0001, E0002]` one owner was gone from the file and one had status left: both kept their access, the leaver beside them was switched off and a new name sent: %s; %s",
		w.said(out, "! E0001"), w.said(out, "! E0002"))
}

func TestIncident10_NeverTouchedRecordsAreLeftAndBlockNothing(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "sink.yaml", "    never_touch: {email: [\"*@ops.example.com\"]}\n")
	w.another("", "root@ops.example.com", "Root")
	before := fmt.Sprint(w.box.Users()[0])
	f := append(people(1, 10), []string{"R1", "Somebody", "root@ops.example.com", "1", "active"})
	w.feed(f)
	out := w.run(exitHeld, "sync", "--first")
	f[10][4] = "left"
	w.feed(f)
	w.run(exitDone, "sync")
	if n := len(w.box.Users()); n != 11 || fmt.Sprint(w.box.Users()[0]) != before {
		t.Errorf("%d users, the first is %v", n, w.box.Users()[0])
	}
	tell(t, "a guard for owners blocked every run because a local owner was in its way (zulip#36402)",
		"`never_touch: {email: [\"*@ops.example.com\"]}`: the emergency account has a row in the file, active at first and then left. It is as it was, and the other ten were created: %s", w.said(out, "! R1"))
}

// approver is the JITSudo user with an address.
func (w *world) approver(email string) record.Attrs {
	w.t.Helper()
	for _, u := range w.box.Jitsudo().Users() {
		if strings.EqualFold(u.Attrs.Get("email").Text(), email) {
			return u.Attrs
		}
	}
	w.t.Fatalf("there is no %s", email)
	return nil
}

func TestIncident10_TheOwnerAndOurOwnUserAreLeftAndBlockNothing(t *testing.T) {
	w := fourWorld(t, "")
	both := func() string { return fmt.Sprint(w.approver("owner@example.com"), w.approver("rosterd@example.com")) }
	before := both()
	f := append(people(1, 3), []string{"O1", "The Owner", "owner@example.com", "2", "active"}, []string{"O2", "Own", "rosterd@example.com", "2", "active"})
	w.feed(f)
	out := w.run(exitHeld, "sync", "--first", "approvers")
	f[0][4], f[3][4], f[4][4] = "left", "left", "left"
	w.feed(f)
	w.run(exitDone, "sync", "approvers")
	if after := both(); after != before {
		t.Errorf("they are %s, were %s", after, before)
	}
	if w.approver("p0001@example.com").Get("active").True() || !w.approver("p0002@example.com").Get("active").True() {
		t.Error("the others are not as the file says")
	}
	tell(t, "protected accounts must be known as such, or a guard blocks everything for them (zulip#36402)",
		"the tenant's owner and the user that rosterd logs in as had rows in the file, active at first and then left: nobody wrote to either, and the three others were created, one of them suspended later: %s; %s",
		w.said(out, "! O1"), w.said(out, "! O2"))
}
