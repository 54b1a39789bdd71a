package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shift is a change of a zone's clocks: when they show wall, they are put on by a jump, or back.
type shift struct {
	wall   time.Time
	jump   time.Duration
	passed bool // it has happened before now
}

// clock makes a time zone in which it is a given moment now, for programs started from now on: it writes a file of the zone database
// (RFC 8536) into a folder that $ZONEINFO names.
func (w *world) clock(zone, local string, shifts ...shift) (at time.Time) {
	w.t.Helper()
	local += ":00"
	wall, err := time.Parse("2006-01-02 15:04:05", local[:len("2006-01-02 15:04:05")])
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now()
	offset := wall.Sub(now).Round(time.Second)
	before := offset // of the clocks before the shift
	for _, s := range shifts {
		if s.passed {
			before -= s.jump
		}
	}
	file := append([]byte("TZif"), make([]byte, 16)...)
	for _, count := range []int{0, 0, 0, len(shifts), 1 + len(shifts), 4} {
		file = binary.BigEndian.AppendUint32(file, uint32(count))
	}
	for _, s := range shifts {
		file = binary.BigEndian.AppendUint32(file, uint32(s.wall.Add(-before).Unix()))
	}
	for i := range shifts {
		file = append(file, byte(i+1))
	}
	after := before
	for i := range 1 + len(shifts) {
		if i > 0 {
			after += shifts[i-1].jump
		}
		file = append(binary.BigEndian.AppendUint32(file, uint32(int32(after/time.Second))), 0, 0)
	}
	w.t.Setenv("ZONEINFO", w.path("zones"))
	path := w.path(filepath.Join("zones", zone))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, append(file, "XXX\x00"...), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return wall.Add(-offset)
}

// endsOn makes the last column the last day of a contract, which an expression reads, in a time zone.
func (w *world) endsOn(zone, active string) {
	w.t.Helper()
	w.file("rosterd.yaml", []byte(strings.NewReplacer(`status == "active"`, active, "timezone: UTC", "timezone: "+zone).Replace(string(configOf(w.dir, w.address)))))
}

// on reports whether somebody is active in the target, after another run.
func (w *world) on(reference string) bool {
	w.t.Helper()
	w.run(exitDone, "sync")
	return w.one(reference).Attrs.Get("is_active").True()
}

// lasts are two ways to write that a contract ends with a day.
var lasts = []string{`valid("", status)`, `valid("", date(status, "YYYY-MM-DD"))`, `status == "" || date(status, "YYYY-MM-DD") >= today()`}

// days walks through moments and demands who is still active.
func days(t *testing.T, last string, moments []moment) {
	t.Helper()
	for _, active := range lasts {
		w := newWorld(t, noFaults)
		f := people(1, 3)
		f[0][4], f[1][4], f[2][4] = last, "", ""
		w.feed(f)
		w.clock("Test/Office", moments[0].local, moments[0].shifts...)
		w.endsOn("Test/Office", active)
		w.first(3)
		for _, m := range moments {
			w.clock("Test/Office", m.local, m.shifts...)
			if got := w.on("E0001"); got != m.on {
				t.Errorf("%s, last day %s: at %s she is active: %v", active, last, m.local, got)
			}
			w.box.Forget()
			w.repaired()
		}
		w.has("E0002", "is_active", "true")
	}
}

// moment is a time on the office's clock, and whether the contract still runs.
type moment struct {
	local  string
	on     bool
	shifts []shift
}

// midnight of a day, as a wall shows it.
func midnight(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}
