package main

import (
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

func TestIncidentPromise11_ExplainIsOffline(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	f[2][1] = "Another Name"
	w.feed(f)
	w.sent("update name")
	if err := w.box.SetFaults(sandbox.Faults{HTML: 1}); err != nil {
		t.Fatal(err)
	}
	out := w.run(exitDone, "explain", "hr-users", "E0003")
	w.unasked()
	now, past := w.said(out, "verdict"), w.said(out, "update", "run 2")
	if err := os.Remove(w.path("people.csv")); err != nil {
		t.Fatal(err)
	}
	w.said(w.run(exitDone, "explain", "hr-users", "E0003"), "update", "run 2")
	w.unasked()
	tell(t, "why somebody was switched off could be guessed from logs, if they were still there",
		"`rosterd explain hr-users E0003` with the target out of order: %s, and of the past: %s. Without the file the past is still told. The target was asked nothing", now, past)
}

func TestIncidentPromise13_AContractForFiles(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce, "source.yaml", "    csv: {path: people.csv, max_age: 36h, trailer: '^#EOF;(\\d+)$'}\n    key_pattern: '^E\\d{4}$'\n")
	whole := func(f feed, trailer string) string {
		var b strings.Builder
		for _, row := range append(feed{columns}, f...) {
			b.WriteString(strings.Join(row, ",") + "\n")
		}
		return b.String() + trailer
	}
	good := whole(people(1, 50), "#EOF;50\n")
	w.file("people.csv", []byte(good))
	w.first(50)
	var verdicts []string
	for _, c := range []struct{ what, content, says string }{
		{"a file that broke off", good[:len(good)/2], "trailer"},
		{"rows that are missing", whole(people(1, 45), "#EOF;50\n"), "trailer says 50"},
		{"a delta in place of a full file", whole(people(1, 3), "#EOF;3\n"), "max_shrink"},
		{"an empty file", "", "people.csv"},
		{"a header alone", whole(nil, "#EOF;0\n"), "min_entries"},
		{"keys without their leading letters", strings.ReplaceAll(good, "\nE0", "\n"), "key_pattern"},
		{"a web page", "<html><body>502 Bad Gateway</body></html>\n", "people.csv"},
	} {
		w.file("people.csv", []byte(c.content))
		verdicts = append(verdicts, c.what+": "+w.said(w.refused(c.says), "failed:"))
	}
	w.file("people.csv", []byte(good))
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(w.path("people.csv"), old, old); err != nil {
		t.Fatal(err)
	}
	verdicts = append(verdicts, "a file of the day before yesterday: "+w.said(w.refused("max_age"), "failed:"))
	w.file("people.csv", []byte(good))
	w.repaired()
	w.active(people(1, 50).keys()...)
	tell(t, "whatever lay in the folder was taken for everybody there is",
		"each had a verdict before any difference was looked at; nothing was sent, and all 50 stayed. %s", strings.Join(verdicts, ". "))
}

func TestIncidentPromise13_APackedFileThatBrokeOff(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce, "source.yaml", "    csv: {path: people.csv.gz}\n"+anyShrink)
	var packed strings.Builder
	z := gzip.NewWriter(&packed)
	for _, row := range append(feed{columns}, people(1, 2000)...) {
		_, _ = z.Write([]byte(strings.Join(row, ",") + "\n"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w.file("people.csv.gz", []byte(packed.String()))
	w.first(2000)
	var said string
	for _, cut := range []int{4, 5000, packed.Len() - 30} {
		w.file("people.csv.gz", []byte(packed.String()[:packed.Len()-cut]))
		said = w.said(w.refused("people.csv.gz"), "failed:")
	}
	w.file("people.csv.gz", []byte(packed.String()))
	w.repaired()
	tell(t, "a transfer that broke off left a file that could still be unpacked, for a part of the people",
		"cut in its checksum, in its middle and near its beginning, with no limit on shrinking: refused each time, nothing was sent: %s", said)
}

func TestIncidentPromise14_CanariesAndProtectedRecords(t *testing.T) {
	w := newWorld(t, noFaults, "job.yaml", absentAtOnce+"    require: [E0001, E0020]\n    protect: [E0002]\n", "source.yaml", "    csv: {path: people.csv}\n"+anyShrink)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	w.feed(f[:19])
	canary := w.said(w.refused("E0020"), "failed:")
	w.feed(append(f[:1:1], f[9:]...))
	out := w.run(exitDone, "sync")
	w.active(append([]string{"E0001", "E0002"}, f[9:].keys()...)...)
	tell(t, "nobody could say in the configuration who is surely there, and who must never be touched (zulip#36402)",
		"a canary is missing from the file: %s. And when nine people were gone, the protected one of them stayed: %s", canary, w.said(out, "E0002", "protect"))
}
