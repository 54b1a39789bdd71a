package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

func TestIncidentPromise01_WhyAReadCountsAsCompleteIsOnRecord(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce)
	w.feed(people(1, 20))
	w.first(20)
	good := w.said(w.run(exitDone, "runs", "1"), "complete")
	w.feed(people(1, 10)) // half of it is missing
	w.refused("max_shrink")
	bad := w.said(w.run(exitDone, "runs", "2"), "max_shrink")
	w.active(people(1, 20).keys()...)
	tell(t, "none keeps a record of why a read was taken for everything",
		"`rosterd runs 1` says of the first read %s, and of the second, with half of the file, %s; nobody was switched off by it", good, bad)
}

func TestIncidentPromise02_HeldIsNotAbsent(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	f[0][2] = ""                               // no address
	f[1][3] = "five"                           // no number
	f[2][1] = "Jos\xe9"                        // not in the encoding
	f[3] = append(f[3], "one", "cell", "more") // not in shape
	f = append(f, slices.Clone(f[4]))          // twice, and not the same
	f[20][1] = "Somebody Else"                 //
	f[5][2] = "neither"                        // refused by the target
	f = append(f[:6], f[7:]...)                // E0007 is gone indeed
	for range 3 {
		w.feed(f)
		w.run(exitHeld, "sync")
	}
	var on []string
	for _, row := range people(1, 20) {
		if row[0] != "E0007" {
			on = append(on, row[0])
		}
	}
	out := w.run(exitDone, "held")
	reasons := strings.Join([]string{w.said(out, "E0001"), w.said(out, "E0002"), w.said(out, "E0003"), w.said(out, "(no key)"), w.said(out, "E0005"), w.said(out, "E0006")}, "; ")
	kept := w.said(w.run(exitHeld, "sync"), "nobody is newly taken for absent")
	f[3] = f[3][:5]
	w.feed(f)
	w.run(exitHeld, "sync")
	w.active(on...)
	tell(t, "a row that could not be read was a person who was gone",
		"six people whose rows are wrong in six ways kept their accounts in every run, and `rosterd held` lists them: %s. As long as one row could be anyone's even E0007, who is gone, stayed: %s. She was switched off when that row was mended", reasons, kept)
}

func TestIncidentPromise04_AConfigurationChangeFreezesWhatItWouldSwitchOff(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", "    limits: {deactivate: none}\n")
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	w.file("rosterd.yaml", []byte(strings.Replace(string(configOf(w.dir, w.address)), `status == "active"`, `status == "Active"`, 1)))
	f[4][4] = "left"
	w.feed(f)
	out := w.run(exitBlocked, "sync")
	w.active(slices.DeleteFunc(people(1, 20).keys(), func(k string) bool { return k == "E0005" })...)
	waiting := w.said(out, "not sent")
	w.run(exitDone, "approve", "hr-users", "--reject")
	w.file("rosterd.yaml", configOf(w.dir, w.address))
	w.run(exitDone, "sync")
	w.active(slices.DeleteFunc(people(1, 20).keys(), func(k string) bool { return k == "E0005" })...)
	tell(t, "an edit of the configuration acted like 20 people leaving",
		"a typing error in the mapping, and no limit at all: the 19 whom only that would have switched off waited, and the one who left was switched off: %s; %s", w.said(out, "the configuration has changed"), waiting)
}

func TestIncidentPromise05_LimitsPerAttribute(t *testing.T) {
	w := newWorld(t, noFaults)
	f := people(1, 100)
	w.feed(f)
	w.first(100)
	for n := range 83 {
		f[n][3] = "50"
	}
	w.feed(f)
	out := w.run(exitBlocked, "sync")
	w.unasked()
	tell(t, "limits are on removals alone; a column that moved rewrote everybody",
		"the role would change for 83 of 100, because a column had moved. Exit code 4, nothing was sent: %s", w.said(out, "role_id 83", "too many"))
}

func TestIncidentPromise06_AbsenceAges(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", "    absent: {action: deactivate, reads: 3, after: 0s}\n")
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	gone := f[1:]
	for n := range 2 {
		gone[5][1] = fmt.Sprint("Name ", n) // another file each time
		w.feed(gone)
		w.run(exitDone, "sync")
		w.has("E0001", "is_active", "true")
	}
	status := w.said(w.run(exitDone, "status"), "absent")
	w.feed(f) // back again: counted anew
	w.run(exitDone, "sync")
	for n := range 3 {
		w.has("E0001", "is_active", "true")
		gone[5][1] = fmt.Sprint("Other ", n)
		w.feed(gone)
		w.run(exitDone, "sync")
	}
	w.has("E0001", "is_active", "false")
	tell(t, "one bad read was enough to lose everybody in it; a grace period was asked for (authentik#19295)",
		"with `absent: {reads: 3}` two complete reads without her switched nobody off, and `rosterd status` says %s. She was back in the third, so it was counted anew, and three reads in a row without her did it", status)
}

func TestIncidentPromise07_ContinuityVerdicts(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	f[0][1], f[0][2] = "Name Married", "married@example.com" // a rename
	f[1][0] = "N2"                                           // another key for the same address
	f[2][2], f[3][2] = f[3][2], f[2][2]                      // a swap
	f[4][4] = "left"
	w.feed(f)
	out := w.run(exitHeld, "sync")
	w.has("E0001", "email", "married@example.com")
	w.has("E0002", "is_active", "true")
	w.has("E0003", "email", "p0003@example.com")
	rekey, swap := w.said(out, "! N2", "rekey"), w.said(out, "! E0003", "cycle")
	id := w.one("E0005").ID
	f[4][4] = "active" // hired again
	f[2][2], f[3][2] = f[3][2], f[2][2]
	w.run(exitDone, "rekey", "hr-users", "E0002", "N2")
	w.feed(f)
	w.run(exitDone, "sync")
	if u := w.one("E0005"); u.ID != id || !u.Attrs.Get("is_active").True() || len(w.box.Users()) != 20 {
		t.Errorf("%d users, E0005 is %v", len(w.box.Users()), u)
	}
	tell(t, "each of these was a deletion and a creation with a new id",
		"a rename: one update. A new key for an address that is taken: %s; `rosterd rekey` settled it. A swap: %s. Hired again: record %d was switched on again. 20 people, 20 records, all the time", rekey, swap, id)
}

func TestIncidentPromise08_AnIntentJournal(t *testing.T) {
	w := newWorld(t, sandbox.Faults{WritesOnly: true, Seed: 7, CutAfter: 0.2, ErrorAfter: 0.2}, "sink.yaml", "    retry: {attempts: 2}\n", "job.yaml", "    on_conflict: hold\n")
	f := people(1, 60)
	w.feed(f)
	p := w.start("sync", "--first")
	code := p.end()
	unanswered := 0
	for _, n := range w.box.Counts().Faults {
		unanswered += int(n)
	}
	if err := w.box.SetFaults(noFaults); err != nil {
		t.Fatal(err)
	}
	w.run(exitDone, "sync")
	if code != exitDone && code != exitHeld || unanswered == 0 {
		t.Errorf("exit code %d, %d answers lost\n%s", code, unanswered, p.output.String())
	}
	w.whole(f)
	tell(t, "a create whose answer was lost was sent again, and became a second account or a 409 for ever",
		"of 60 creates %d were done and the answer was cut or a 500: each was looked up before anything else, and was known for ours by the journal, even with `on_conflict: hold`: 60 people, 60 records", unanswered)
}

func TestIncidentPromise09_StateMayBeLost(t *testing.T) {
	w := newWorld(t, noFaults)
	f := people(1, 50)
	w.feed(f)
	w.first(50)
	w.lose()
	linked := w.said(w.run(exitDone, "adopt", "hr-users", "--trust"), "linked 50 records")
	w.whole(f)
	drift := w.said(w.run(exitDone, "drift", "hr-users"), "nothing drifted")
	if c := w.box.Counts(); c.Writes != 0 {
		t.Errorf("it wrote %v", c.Methods)
	}
	tell(t, "without its state a program created everybody anew, or met 409s for ever (idp-scim-sync#48)",
		"the state was deleted: %s, nothing was written to the target, and `rosterd drift` says %s", linked, drift)
}

func TestIncidentPromise10_TheDryRunSaysHowLongItTakes(t *testing.T) {
	w := newWorld(t, noFaults)
	w.file("rosterd.yaml", []byte(strings.NewReplacer("rate: 5000/s", "rate: 100/s", "burst: 100", "burst: 1").Replace(string(configOf(w.dir, w.address)))))
	w.feed(people(1, 200))
	forecast := w.said(w.run(exitChanges, "plan"), "forecast:")
	w.unasked()
	began := time.Now()
	w.run(exitDone, "sync", "--first")
	tell(t, "how long a first run takes was known after it, or never (user-sync.py#867)",
		"the dry run, which asked the target nothing, said %s; it took %.1f s with %d requests, the token counted", forecast, time.Since(began).Seconds(), w.box.Counts().Requests)
}
