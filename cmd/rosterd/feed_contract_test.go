package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/state"
)

// staff is a feed of n people whose keys are numbers, as HR numbers people; the last one has no address, and is held.
func staff(n int) string {
	var b strings.Builder
	b.WriteString("id,name,email,role,status\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "%05d,Name %d,p%d@example.com,%d,active\n", i*7, i, i, i%7+1)
	}
	fmt.Fprintf(&b, "%05d,Name %d,,1,active\n", n*7, n)
	return b.String()
}

// every replaces a pattern in all lines of a feed but the header.
func every(pattern, by string) func(string) string {
	return func(feed string) string {
		head, rows, _ := strings.Cut(feed, "\n")
		return head + "\n" + regexp.MustCompile(`(?m)`+pattern).ReplaceAllString(rows, by)
	}
}

func replaced(old, by string) func(string) string {
	return func(feed string) string { return strings.Replace(feed, old, by, 1) }
}

func always(feed string) func(string) string { return func(string) string { return feed } }

const hour = time.Hour

// packed is a text as gzip, but for its last bytes.
func packed(text string, torn int) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // into memory
	_ = z.Close()
	return string(b.Bytes()[:b.Len()-torn])
}

// rejects are feeds that break their contract: what becomes of a good one, how old it is (the good one is 2 hours old), what of the source's
// configuration makes it so, and what is said.
var rejects = map[string]struct {
	feed   func(string) string
	age    time.Duration
	csv    string // more keys of csv
	source string // more keys of the source
	want   string
}{
	"still arriving":               {feed: every("Name 3,", "Name three,"), csv: "settle: 1h", want: "settle is 1h0m0s, so it may still be arriving; a later run reads it"},
	"stale":                        {feed: every("Name 3,", "Name three,"), age: 30 * hour, csv: "max_age: 24h", want: "max_age is 24h0m0s, so it is a stale feed"},
	"older than the last one read": {feed: every("Name 3,", "Name three,"), age: 3 * hour, want: `people.csv of .* is older than .*people.csv of .*, which was read last.*: touch it`},
	"torn in a row":                {feed: func(f string) string { return f[:len(f)-9] }, want: `people.csv:41: the row has 4 fields, .*the file is torn; have it delivered again`},
	"torn within quotes":           {feed: replaced("Name 3,", `"Name 3,`), want: `people.csv:4.*quote`},
	"fewer rows than its trailer says": {feed: func(f string) string { return every("^00021.*\n", "")(f) + "#EOF;40\n" }, csv: `trailer: '^#EOF;(\d+)$'`,
		want: "its trailer says 40 rows, but there are 39"},
	"without its trailer":        {feed: every("Name 3,", "Name three,"), csv: `trailer: '^#EOF;(\d+)$'`, want: "so its end is missing: have it delivered again"},
	"empty":                      {feed: always(""), want: "it is empty, without even a header; the export has probably failed"},
	"a header alone":             {feed: always("id,name,email,role,status\n"), want: "0 entries, fewer than min_entries 1"},
	"a needed column is missing": {feed: replaced("email", "e_mail"), want: `map.email: column email is not in the header; did you mean "e_mail"\?`},
	"a needed column is there twice": {feed: func(f string) string { return every("$", ",x")(strings.Replace(f, "status", "status,email", 1)) },
		want: `the header has "email" twice, in columns 3 and 6`},
	"no header":             {feed: func(f string) string { return f[strings.Index(f, "\n")+1:] }, want: "the first line looks like somebody's row, not like a header"},
	"a header with columns": {feed: every("Name 3,", "Name three,"), csv: "columns: [id, name, email, role, status]", want: "the first row has the names of the columns: leave columns out and set header: true"},
	"columns that are not as many": {feed: func(f string) string { return strings.ReplaceAll(f[strings.Index(f, "\n")+1:], ",active", "") }, csv: "columns: [id, name, email, role, status]",
		want: "the first row has 4 fields, and columns names 5"},
	"most rows with more columns":    {feed: every("active$", "active,x"), want: `40 of 40 rows don't have the shape of the header, .*is ',' its delimiter`},
	"far fewer rows":                 {feed: func(f string) string { return staff(20) }, want: `20 entries, where the last complete read had 40: more than max_shrink 20% are gone; .*a delta in place of a full one`},
	"keys without zeros":             {feed: every("^0+", ""), want: `keys came without their leading zeros.*the first: 00007 came as 7 \(people.csv:2\).*rosterd rekey hr-users --file map.csv`},
	"keys as fractions":              {feed: every("^0*([0-9]+)", "$1.0"), want: `keys came without their leading zeros or as fractions.*the first: 00007 came as 7.0 \(people.csv:2\)`},
	"keys as powers of ten":          {feed: every("^0*([0-9])[0-9]*", "$1.2E+04"), want: `40 entries have only 9 different keys, where the last complete read had 40: more than max_shrink 20% are gone; has a spreadsheet rounded them \(1.2E\+04\)`},
	"keys that miss their pattern":   {feed: every("^0+", ""), source: `key_pattern: '^\d{5}$'`, want: `40 of 40 keys do not match key_pattern; has a spreadsheet taken their leading zeros\? The first: people.csv:2: "7"`},
	"another encoding":               {feed: every("Name ", "N\xe4me "), want: `40 of 40 rows can't be decoded, so the file has another encoding.*people.csv:2:8.*set encoding: windows-1252`},
	"UTF-8 in another encoding":      {feed: every("Name ", "Näme "), csv: "encoding: windows-1252", want: `so the file has another encoding.*people.csv:2:8: "name" looks like UTF-8`},
	"two encodings":                  {feed: func(f string) string { return replaced("Name 3,", "Ötzi,")(replaced("Name 4,", "Müller,")(f)) }, csv: "encoding: windows-1252", want: "the file has two encodings: 1 new rows are UTF-8 for sure and 1 may be"},
	"another delimiter":              {feed: func(f string) string { return strings.ReplaceAll(f, ",", ";") }, csv: `delimiter: ","`, want: `the header is one column, .*set delimiter: ";"`},
	"two exports joined":             {feed: func(f string) string { return f + f }, want: `people.csv:42: the row has the names of the columns: two files were joined`},
	"most keys twice, and differing": {feed: func(f string) string { return f + every("Name", "Nome")(f)[len("id,name,email,role,status\n"):] }, want: `keys have several entries that differ, of 80 entries in all.*the first: 00007, .*people.csv:42, people.csv:2`},
	"not gzip":                       {feed: always(packed(staff(40), 0)), want: "it is gzip; have it named .gz"},
	"a spreadsheet":                  {feed: always("PK\x03\x04..."), want: "it is a zip, or a spreadsheet; have an archive named .zip, and a spreadsheet exported as CSV"},
}

// contractWorld is a world in which one record ages, another is held, and the good feed is 2 hours old.
func contractWorld(t *testing.T, now time.Time) *world {
	w := newWorld(t, sandbox.Faults{}, "job.yaml", "    absent: {action: deactivate, reads: 9, after: 0s}\n")
	w.lay(staff(42), now.Add(-4*hour))
	w.run(exitHeld, "sync", "--first")
	w.lay(staff(40), now.Add(-2*hour))
	w.run(exitHeld, "sync")
	w.box.Forget()
	return w
}

// lay puts a feed there as of a time.
func (w *world) lay(text string, at time.Time) {
	w.t.Helper()
	w.file("people.csv", []byte(text))
	if err := os.Chtimes(w.path("people.csv"), at, at); err != nil {
		w.t.Fatal(err)
	}
}

// standing is all that a run may alter of a job.
func (w *world) standing() string {
	w.t.Helper()
	v, err := state.OpenView(w.path("state.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.Close()
	job, err := v.Job("hr-users", "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	out := fmt.Sprintf("%+v", job)
	for h, err := range v.Held(job) {
		out += fmt.Sprintf("\n%+v %v", h, err)
	}
	for a, err := range v.Ageing(job, 100) {
		out += fmt.Sprintf("\n%+v %v", a, err)
	}
	return out
}

// TestARejectedFeedLeavesEverythingAsItWas: each breach has its own verdict before anything is compared, and the next good feed works at once.
func TestARejectedFeedLeavesEverythingAsItWas(t *testing.T) {
	now := time.Now()
	for name, c := range rejects {
		t.Run(name, func(t *testing.T) {
			w := contractWorld(t, now)
			before := w.standing()
			source := "    csv: {path: people.csv"
			if c.csv != "" {
				source += ", " + c.csv
			}
			w.file("source.yaml", []byte(source+"}\n"))
			if c.source != "" {
				w.file("source.yaml", []byte(source+"}\n    "+c.source+"\n"))
			}
			w.file("rosterd.yaml", configOf(w.dir, w.address))
			w.lay(c.feed(staff(40)), now.Add(-c.age))
			want := regexp.MustCompile(c.want)
			for _, command := range [][]string{{"plan"}, {"sync"}} {
				if said := w.run(exitFailed, command...); !want.MatchString(said) {
					t.Errorf("%s:\n%s\nwanted %s", command, said, c.want)
				}
			}
			for _, command := range [][]string{{"status"}, {"runs", "3"}} {
				if said := w.run(exitDone, command...); !want.MatchString(said) || command[0] == "runs" && !strings.Contains(said, "not complete") {
					t.Errorf("%s:\n%s\nwanted %s", command, said, c.want)
				}
			}
			if after := w.standing(); after != before {
				t.Errorf("the state was\n%s\nand is\n%s", before, after)
			}
			if err := os.Remove(w.path("source.yaml")); err != nil {
				t.Fatal(err)
			}
			w.file("rosterd.yaml", configOf(w.dir, w.address))
			w.lay(staff(40), now)
			w.run(exitHeld, "sync")
			if n := w.box.Counts().Requests; n != 0 {
				t.Errorf("the target got %d requests", n)
			}
		})
	}
}

// TestWhatDoesNoHarmInAFeedIsNoted: it is read, and said.
func TestWhatDoesNoHarmInAFeedIsNoted(t *testing.T) {
	now := time.Now()
	swapped := func(f string) string {
		return regexp.MustCompile(`(?m)^(.*?),(.*?),`).ReplaceAllString(f, "$2,$1,")
	}
	for name, c := range map[string]struct {
		feed func(string) string
		age  time.Duration
		want string
	}{
		"the same file":         {feed: replaced("", ""), age: 2 * hour, want: "the same file as last time"},
		"the same bytes later":  {feed: replaced("", ""), want: `the same content as last time \(.*people.csv of `},
		"the same bytes, older": {feed: replaced("", ""), age: 9 * hour, want: `the same content as last time \(.*people.csv of `},
		"a column more": {feed: func(f string) string {
			return every("$", ",x")(replaced("status", "status,floor")(f[:len(f)-1])) + "\n"
		},
			want: `columns since the last read: added "floor"`},
		"columns moved": {feed: swapped, want: `columns since the last read: order changed`},
	} {
		t.Run(name, func(t *testing.T) {
			w := contractWorld(t, now)
			w.lay(c.feed(staff(40)), now.Add(-c.age))
			want := regexp.MustCompile(c.want)
			for _, command := range [][]string{{"plan"}, {"sync"}} {
				if said := w.run(exitHeld, command...); !want.MatchString(said) {
					t.Errorf("%s:\n%s\nwanted %s", command, said, c.want)
				}
			}
			if said := w.run(exitDone, "runs", "3"); !want.MatchString(said) || !strings.Contains(said, "complete") {
				t.Errorf("runs 3:\n%s\nwanted %s", said, c.want)
			}
			if n := w.box.Counts().Requests; n != 0 {
				t.Errorf("the target got %d requests", n)
			}
		})
	}
}

// TestAnOlderFileOfAPatternIsNotRead: the newest one has gone, and those before it would put everybody back. A good one after it is read.
func TestAnOlderFileOfAPatternIsNotRead(t *testing.T) {
	for _, ending := range []string{".csv", ".csv.gz"} {
		t.Run(ending, func(t *testing.T) {
			w := newWorld(t, sandbox.Faults{}, "source.yaml", "    csv: {path: 'day-*"+ending+"'}\n")
			day := func(n int, text string) {
				if strings.HasSuffix(ending, ".gz") {
					text = packed(text, 0)
				}
				name, at := fmt.Sprintf("day-%d%s", n, ending), time.Now().Add(time.Duration(n-9)*hour)
				w.file(name, []byte(text))
				if err := os.Chtimes(w.path(name), at, at); err != nil {
					t.Fatal(err)
				}
			}
			day(1, every("Name 3,", "Name three,")(staff(40)))
			day(2, staff(40))
			w.run(exitHeld, "sync", "--first")
			w.box.Forget()
			if err := os.Remove(w.path("day-2" + ending)); err != nil {
				t.Fatal(err)
			}
			want := regexp.MustCompile(`day-1\S+ of .* is older than \S+day-2\S+ of .*, which was read last, and has another content`)
			if said := w.run(exitFailed, "sync"); !want.MatchString(said) {
				t.Errorf("%s\nwanted %s", said, want)
			}
			day(3, staff(40))
			if said := w.run(exitHeld, "sync"); !strings.Contains(said, "the same content as last time") {
				t.Error(said)
			}
			if n := w.box.Counts().Requests; n != 0 {
				t.Errorf("the target got %d requests", n)
			}
		})
	}
}

// TestWhoReallyHasOtherKeysIsLetThrough: by saying so with rekey.
func TestWhoReallyHasOtherKeysIsLetThrough(t *testing.T) {
	now := time.Now()
	w := contractWorld(t, now)
	bare := every("^0+", "")(staff(40))
	w.lay(bare, now)
	w.run(exitFailed, "sync")
	rename := "old,new\n"
	for _, key := range regexp.MustCompile(`(?m)^\d+`).FindAllString(staff(40), 39) {
		rename += key + "," + strings.TrimLeft(key, "0") + "\n"
	}
	w.file("map.csv", []byte(rename))
	w.run(exitDone, "rekey", "hr-users", "--file", "map.csv")
	w.run(exitHeld, "sync")
	if n := w.box.Counts().Requests; n != 0 {
		t.Errorf("the target got %d requests", n)
	}
}

// TestARunOverAnUnchangedFileAndAnAdoptHaveReceiptsToo: whatever read the source says what it read, and why that was all.
func TestARunOverAnUnchangedFileAndAnAdoptHaveReceiptsToo(t *testing.T) {
	w := newWorld(t, sandbox.Faults{})
	w.feed(people(1, 12))
	w.run(exitDone, "sync", "--first")
	w.run(exitDone, "sync")
	shows := func(run string, wants ...string) {
		said := w.run(exitDone, "runs", run)
		for _, want := range append(wants, "people.csv: complete", "12 entries, ", "changed 2", "content ", "columns id, name, email, role, status") {
			if !strings.Contains(said, want) {
				t.Errorf("run %s:\n%s\nwanted %q", run, said, want)
			}
		}
	}
	shows("1", "read to its last byte, which did not change meanwhile", "12 entries, at least min_entries 1")
	shows("2", "byte for byte what a complete read had that left nothing over: 12 entries", "noted    the same file as last time")
	if said := w.run(exitDone, "runs"); !strings.Contains(said, "12 unchanged, the same file") {
		t.Error(said)
	}
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		if err := os.Remove(w.path(name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	w.run(exitDone, "adopt", "hr-users")
	shows("1", "12 records linked", "12 entries, at least min_entries 1")
}
