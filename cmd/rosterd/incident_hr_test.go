package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

var noFaults sandbox.Faults

func TestIncidentHR_AnEmptyCellClearsTheAttribute(t *testing.T) {
	w := newWorld(t, noFaults)
	f := people(1, 10)
	w.feed(f)
	w.first(10)
	f[0][3] = ""
	w.feed(f)
	w.sent("update role_id")
	w.has("E0001", "role_id", "null")
	w.whole(append(feed{{"E0001", f[0][1], f[0][2], "null", "active"}}, f[1:]...))
	tell(t, "null cleared nothing: who lost a role in HR kept it in the target (Microsoft Entra, inbound HR)",
		"a cell that became empty was sent as null once, and the target's attribute is empty; the next run sent nothing")
}

func TestIncidentHR_WhatCanBeSetAtCreationOnlyIsListed(t *testing.T) {
	w := fourWorld(t, "")
	f := people(1, 3)
	w.feed(f)
	w.run(exitDone, "sync", "--first", "approvers", "accounts")
	f[0][2] = "new@example.com"
	w.feed(f)
	var said string
	for range 3 {
		w.box.Forget()
		said = w.said(w.run(exitDone, "sync", "approvers"), "email", "new@example.com")
		if c := w.box.Counts(); c.Writes != 0 {
			t.Errorf("it wrote %v", c.Methods)
		}
	}
	tell(t, "mail could be set at creation only; later changes in HR were dropped without a word (Microsoft Entra, inbound HR)",
		"every run lists it under \"can't be applied\" for an administrator, exit code 0, and tries nothing in vain: %s", said)
}

func TestIncidentHR_ATerminationTakesEffectOnItsDayInItsZone(t *testing.T) {
	active := map[string]bool{}
	for _, office := range []struct{ zone, local string }{{"Asia/Tokyo", "2027-07-01 00:10"}, {"America/Los_Angeles", "2027-06-30 08:10"}} { // one moment
		w := newWorld(t, noFaults)
		f := people(1, 3)
		f[0][4], f[1][4], f[2][4] = "2027-06-30", "", ""
		w.feed(f)
		w.clock(office.zone, "2027-06-30 07:00")
		w.endsOn(office.zone, lasts[0])
		w.first(3)
		w.clock(office.zone, office.local)
		active[office.zone] = w.on("E0001")
	}
	if active["Asia/Tokyo"] || !active["America/Los_Angeles"] {
		t.Errorf("active: %v", active)
	}
	tell(t, "terminations arrived 12 to 18 hours late in Asia-Pacific, because the HR system's account lived in Pacific time; the answer was a 24 h look-ahead (Microsoft Entra, Workday)",
		"one file, last day 30 June: when it is 00:10 on 1 July in Tokyo the job with `timezone: Asia/Tokyo` has switched her off, and at the same moment, 08:10 on 30 June, the one with America/Los_Angeles has not")
}

func TestIncidentHR_ATerminationIsSentAfterMidnightByTheDaemon(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", "    schedule: \"@every 1s\"\n")
	f := people(1, 3)
	f[0][4], f[1][4], f[2][4] = "2027-03-15", "", ""
	w.feed(f)
	w.clock("Test/Office", "2027-03-15 12:00")
	w.endsOn("Test/Office", lasts[0])
	w.first(3)
	now := w.clock("Test/Office", "2027-03-15 23:59:56")
	d := w.daemon()
	d.until("she is switched off", func() bool { return !w.one("E0001").Attrs.Get("is_active").True() }, func() string { return "" })
	d.signal(syscall.SIGTERM)
	if code := d.end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	var after time.Duration
	for _, r := range w.box.Requests() {
		if strings.HasPrefix(kindOf(r), "update") {
			after = r.At.Sub(now.Add(4 * time.Second))
		}
	}
	if after < -time.Second || len(w.box.Requests()) != 2 {
		t.Errorf("%s after midnight, %d requests", after, len(w.box.Requests()))
	}
	tell(t, "a termination waits for the next change of the person's row, or for a full sync (Microsoft Entra)",
		"a file that nobody touched, last day 15 March: the daemon sent nothing before midnight, and her suspension %.1f s after it", after.Seconds())
}

func TestIncidentHR_ADayThatBeginsWithoutMidnight(t *testing.T) {
	// As in Santiago and Beirut: clocks go from 23:59:59 to 01:00, and back from 23:59:59 to 23:00.
	on := []shift{{midnight("2027-04-04"), time.Hour, false}}
	passed := []shift{{midnight("2027-04-04"), time.Hour, true}}
	days(t, "2027-04-03", []moment{{"2027-04-03 23:50", true, on}, {"2027-04-04 01:10", false, passed}})
	days(t, "2027-04-04", []moment{{"2027-04-03 12:00", true, on}, {"2027-04-04 01:10", true, passed}, {"2027-04-04 23:50", true, passed}, {"2027-04-05 00:10", false, passed}})
	back := []shift{{midnight("2027-10-03"), -time.Hour, false}}
	gone := []shift{{midnight("2027-10-03"), -time.Hour, true}}
	days(t, "2027-10-02", []moment{{"2027-10-02 23:50", true, back}, {"2027-10-02 23:10", true, gone}, {"2027-10-03 00:10", false, gone}})
	tell(t, "days that are 23 or 25 hours long end a day early or late where days are counted in hours",
		"where clocks change at midnight, a last day ended with its day: not before, not an hour later, and in the hour that comes twice nobody was switched off and on again")
}

func TestIncidentHR_ALeapDayIsADay(t *testing.T) {
	days(t, "2028-02-28", []moment{{"2028-02-28 23:50", true, nil}, {"2028-02-29 00:10", false, nil}})
	days(t, "2028-02-29", []moment{{"2028-02-28 23:50", true, nil}, {"2028-02-29 00:10", true, nil}, {"2028-02-29 23:50", true, nil}, {"2028-03-01 00:10", false, nil}})
	days(t, "2027-12-31", []moment{{"2027-12-31 23:50", true, nil}, {"2028-01-01 00:10", false, nil}})
	tell(t, "a leap day and a year's end are where day arithmetic goes wrong",
		"last days 28 February, 29 February and 31 December of such years: each was worked to its end, and access ended ten minutes after midnight at the latest")
}

func TestIncidentHR_AManagerWhoComesIntoScopeLaterIsSet(t *testing.T) {
	w := newWorld(t, noFaults, "more.yaml", "tables:\n  managers: {file: managers.csv, key: id, value: name}\n")
	w.file("rosterd.yaml", []byte(strings.Replace(string(configOf(w.dir, w.address)), "      name: name\n", "      name: name\n      string1: lookup(\"managers\", role, \"\")\n", 1)))
	w.file("managers.csv", []byte("id,name\n2,Ada Two\n"))
	w.feed(people(1, 7)) // the manager of E0001 is 2, that of E0002 is 3
	w.first(7)
	w.has("E0001", "string1", "Ada Two")
	w.has("E0002", "string1", "null")
	w.file("managers.csv", []byte("id,name\n2,Ada Two\n3,Eve Three\n"))
	w.sent("update string1")
	w.has("E0002", "string1", "Eve Three")
	w.repaired()
	tell(t, "a manager was not set when he came into scope later, because the person's own row had not changed (Microsoft Entra)",
		"a manager was missing from the list when E0002 was created. When he came into it, the next run set him, with one request, though the row of E0002 was the same")
}

func TestIncidentHR_EveryRunIsAFullOne(t *testing.T) {
	w := newWorld(t, noFaults)
	f := people(1, 50)
	w.feed(f)
	w.first(50)
	var said []string
	for column, attribute := range map[int]string{1: "name", 2: "email", 3: "role_id", 4: "is_active"} {
		f[column*10][column] = map[int]string{1: "Other", 2: "other@example.com", 3: "50", 4: "left"}[column]
		w.feed(f)
		w.sent("update " + attribute)
		said = append(said, attribute)
	}
	w.whole(f)
	tell(t, "incremental runs missed attributes that the HR log does not track, so a full one was needed every week or month (Microsoft Entra)",
		"every run compares every row: %d changes, each of another column only, were each sent by the next run", len(said))
}
