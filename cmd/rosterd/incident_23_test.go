package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sources/ldap/ldaptest"
)

func TestIncident23_AccentsAreSentOnce(t *testing.T) {
	d := newSlapd(t, ldaptest.SlapdOptions{People: 2})
	w := newReading(t, d)
	w.first(2)
	for _, name := range []string{"Zoe\u0301 Mu\u0308ller", "Zo\u00e9 M\u00fcller", "\u0418\u0432\u0430\u043d"} { // decomposed, composed, Cyrillic
		w.changed("dn: " + d.slapd.Options.Person(0).DN + "\nchangetype: modify\nreplace: cn\ncn:: " + base64.StdEncoding.EncodeToString([]byte(name)) + "\n")
		w.run(exitDone, "sync")
		w.box.Forget()
		w.repaired()
	}
	tell(t, "accents differed for ever: the same update in each run (user-sync.py#167)",
		"names with accents, composed and decomposed, and in Cyrillic: each was sent at most once, and the next run sent nothing")
}

// windows1252 writes a text as old systems do; every letter of it has one byte there.
func windows1252(t *testing.T, text string) []byte {
	t.Helper()
	b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestIncident23_OneByteStopsNobodyElse(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
	f := people(1, 20)
	w.feed(f)
	w.first(20)
	f[4][1], f[9][1] = "Jos\xe9", "Another Name" // é of Windows-1252 in a file of UTF-8
	w.feed(f)
	out := w.run(exitHeld, "sync")
	w.has("E0005", "name", "Name 5")
	w.has("E0005", "is_active", "true")
	w.has("E0010", "name", "Another Name")
	tell(t, "one byte of Windows-1252 in a file, and the whole run died (user-sync.py#430)",
		"of 20 people one has such a byte: he is held as he was, and somebody else's new name was sent: %s", w.said(out, "! E0005"))
}

func TestIncident23_AByteInTheKeyCouldBeAnybody(t *testing.T) {
	for _, key := range []string{"key: id\n", "key: id + \"-\" + role\n", "key: 'role == \"\" ? id : id + \"-\" + role'\n"} {
		w := newWorld(t, sandbox.Faults{}, "job.yaml", absentAtOnce)
		w.file("rosterd.yaml", []byte(strings.Replace(string(configOf(w.dir, w.address)), "key: id\n", key, 1)))
		f := people(1, 20)
		w.feed(f)
		w.first(20)
		broken := 3
		if key == "key: id\n" {
			broken = 0
		}
		f[4][broken] = "5\xe9"
		w.feed(f[:19])
		w.said(w.run(exitHeld, "sync"), "(no key)", "people.csv:6")
		w.unsent()
	}
	tell(t, "one byte, and the whole run died (user-sync.py#430)",
		"the byte stands in the key, or in one of two columns that make it: that row could be anybody's, so even the one who is gone from the file was not switched off while it was there")
}

// unsent demands that nothing was written.
func (w *world) unsent() {
	w.t.Helper()
	if c := w.box.Counts(); c.Writes != 0 {
		w.t.Errorf("it wrote: %v", c.Methods)
	}
}

func TestIncident23_AnEncodingIsOfItsFileAlone(t *testing.T) {
	w := newWorld(t, sandbox.Faults{}, "source.yaml", "    csv: {path: people.csv, encoding: windows-1252}\n",
		"job.yaml", "    absent: {action: keep}\n")
	w.file("rosterd.yaml", []byte(strings.Replace(string(configOf(w.dir, w.address)), "name: name\n", "name: row[\"Größe, Büro\"]\n", 1)))
	const file = "id,\"Größe, Büro\",email,role,status\nE1,José Müller – €,jose@example.com,1,active\n"
	w.file("people.csv", windows1252(t, file))
	w.first(1)
	w.has("E1", "name", "José Müller – €")
	w.repaired()
	w.file("people.csv", []byte(file))
	out := w.refused("looks like UTF-8")
	tell(t, "the encoding of the configuration and that of the CSV are two settings, and one was taken for both (user-sync.py#213)",
		"a column “Größe, Büro” in a configuration of UTF-8 was found in a file of Windows-1252, and “José Müller – €” arrived as such. When the file came in UTF-8 one day, nobody got a wrong name: %s", w.said(out, "failed:"))
}

func TestIncident23_OneNameInTwoFormsIsSentOnceEach(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	f := people(1, 5)
	for _, name := range []string{"Zoe\u0301", "Zo\u00e9", "Zoe\u0301"} {
		f[0][1] = name
		w.feed(f)
		w.run(exitDone, "sync", "--first")
		w.box.Forget()
		w.feed(f) // another file, with the same in it
		w.repaired()
	}
	tell(t, "the directory had a name composed, the target decomposed, and the same update was sent in every run (user-sync.py#167)",
		"what counts is what the target was last told: whichever form the file has, it is sent once, and a file with the same form again sends nothing")
}
