package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

var soakTime = flag.Duration("soak", 6*time.Second, "how long the soak lasts; it judges growth from twelve simulated months on")

const (
	soakDays = 30 // of a month
	// judged is how many months it takes to tell growth from warming up.
	judged = 12
	// What one change or one run may add to the state, in bytes: its row of history and the record it made, with their indices.
	mostPerRow = 1500
)

// TestNothingGrowsButTheHistory lets the daemon run for months of days. On each day some people change, one joins, one leaves, one who
// has left is gone from the feed, and the target has a few faults; a job beside it is read as often and never changes. At the end of
// each month the target equals the feed. Memory, descriptors and threads stay as they are, and the state grows by what was done alone.
func TestNothingGrowsButTheHistory(t *testing.T) {
	faults := sandbox.Faults{WritesOnly: true, CutBefore: 0.01, CutAfter: 0.01, ServerError: 0.01, ErrorAfter: 0.01, ThrottleEvery: 97}
	w := newWorld(t, faults, "source.yaml", twoSources, "more.yaml", secondJob,
		"job.yaml", "    schedule: \"@every 1s\"\n    absent: {action: deactivate, reads: 1, after: 0s}\n    limits: {deactivate: none, reactivate: none, attribute: {\"*\": none}}\n")
	s := &soak{world: w, dice: rand.New(rand.NewPCG(3, 14)), hr: people(1, 300), staff: people(9001, 9040), next: 301}
	if err := s.staff.write(w.path("staff.csv")); err != nil {
		t.Fatal(err)
	}
	w.feed(s.hr)
	for first := w.start("sync", "--first"); first.end() != exitDone; first = w.start("sync", "--first") { // until the faults have let everybody through
		if first.cmd.ProcessState.ExitCode() != exitHeld {
			t.Fatal(first.output.String())
		}
	}
	s.daemon = w.daemonOf("rosterd-watched", "MALLOC_ARENA_MAX=2", profiles+"="+w.path("goroutines")) // memory as the unit has it
	day := min(max(*soakTime/3600, 100*time.Millisecond), time.Second)
	for end := time.Now().Add(*soakTime); time.Now().Before(end) || len(s.months) < 2; {
		for range soakDays {
			s.alter()
			w.feed(s.hr)
			time.Sleep(day)
		}
		s.month()
	}
	s.daemon.signal(syscall.SIGTERM)
	if code := s.daemon.end(); code != exitDone {
		t.Errorf("exit code %d\n%s", code, s.daemon.log.String())
	}
	s.table()
	if len(s.months) >= judged {
		s.judge()
	}
}

// soak is a daemon, its feeds, and how it was at the end of each month.
type soak struct {
	*world
	daemon    *running
	dice      *rand.Rand
	hr, staff feed
	next      int // number of the next newcomer
	months    []month
	profile   string // of the goroutines at the end of the last month
}

// month is how the daemon was at the end of one.
type month struct {
	rss, state     int64 // bytes
	files, threads int
	goroutines     int
	runs, writes   int
}

// alter makes the next day: two names change, one person leaves, another one who has left is gone, one joins.
func (s *soak) alter() {
	s.hr = slices.Clone(s.hr)
	for range 2 {
		i := s.dice.IntN(len(s.hr))
		row := slices.Clone(s.hr[i])
		row[1] = fmt.Sprintf("Name %d", s.dice.IntN(1e9))
		s.hr[i] = row
	}
	if gone := slices.IndexFunc(s.hr, func(row []string) bool { return row[4] == "left" }); gone >= 0 && s.dice.IntN(2) == 0 {
		s.hr = slices.Delete(s.hr, gone, gone+1)
	}
	if i := s.dice.IntN(len(s.hr)); len(s.hr.active()) > 290 {
		row := slices.Clone(s.hr[i])
		row[4] = "left"
		s.hr[i] = row
	}
	s.hr = append(s.hr, person(s.next))
	s.next++
	if len(s.hr) > 330 {
		s.hr = slices.Delete(s.hr, 0, 1) // without a word
	}
}

// month waits until the target equals the feeds, and notes how the daemon is.
func (s *soak) month() {
	s.t.Helper()
	var problems []string
	s.daemon.until("the target is equal to the feeds", func() bool {
		users := s.box.Users()
		problems = append(unequal(append(slices.Clone(s.hr), s.staff...), users), twice(users)...)
		return len(problems) == 0
	}, func() string { return strings.Join(problems[:min(5, len(problems))], "\n") })
	log := s.daemon.log.String()
	m := month{rss: s.status("VmRSS") * 1024, threads: int(s.status("Threads")), writes: int(s.box.Counts().Writes), runs: strings.Count(log, "run ended")}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.daemon.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	m.files, m.goroutines = len(files), s.goroutines()
	parts, err := filepath.Glob(s.path("state.db*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, part := range parts {
		if info, err := os.Stat(part); err == nil && !strings.HasSuffix(part, "-wal") { // the log is as long as it was once
			m.state += info.Size()
		}
	}
	s.months = append(s.months, m)
}

// status is a number of the daemon's status (proc(5)).
func (s *soak) status(name string) int64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.daemon.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return n
		}
	}
	s.t.Fatalf("there is no %s in\n%s", name, text)
	return 0
}

// goroutines is how many the daemon has.
func (s *soak) goroutines() (n int) {
	s.t.Helper()
	_ = os.Remove(s.path("goroutines")) // the first time there is none
	s.daemon.signal(syscall.SIGUSR1)
	s.daemon.until("it says what goroutines it has", func() bool {
		text, err := os.ReadFile(s.path("goroutines"))
		if err == nil {
			s.profile = string(text)
			_, err = fmt.Sscanf(s.profile, "goroutine profile: total %d", &n)
		}
		return err == nil
	}, func() string { return s.profile })
	return n
}

func (s *soak) table() {
	var text strings.Builder
	tab := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tab, "month\tresident KiB\tfiles\tthreads\tgoroutines\tstate KiB\truns\twrites\t\n")
	for i, m := range s.months {
		fmt.Fprintf(tab, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", i+1, m.rss/1024, m.files, m.threads, m.goroutines, m.state/1024, m.runs, m.writes)
	}
	if err := tab.Flush(); err != nil {
		s.t.Error(err)
	}
	s.t.Logf("%d faults\n%s", s.faults(), text.String())
}

func (s *soak) faults() (n int) {
	for _, count := range s.box.Counts().Faults {
		n += int(count)
	}
	return n
}

// judge compares the last third of the months with the second one: the first is for warming up.
func (s *soak) judge() {
	third := len(s.months) / 3
	before, after := s.months[third:2*third], s.months[2*third:]
	for _, c := range []struct {
		what  string
		of    func(month) int64
		grace int64 // by which a machine's mood may differ
	}{
		{"bytes resident, without twice the state's pages,", func(m month) int64 { return m.rss - 2*m.state }, 6 << 20},
		{"open files", func(m month) int64 { return int64(m.files) }, 2},
		{"threads", func(m month) int64 { return int64(m.threads) }, 3},
		{"goroutines", func(m month) int64 { return int64(m.goroutines) }, 5}, // a run that has just begun has some
	} {
		if was, is := middle(before, c.of), middle(after, c.of); is > was+c.grace {
			s.t.Errorf("%s grew from %d to %d", c.what, was, is)
			if c.what == "goroutines" {
				s.t.Log(s.profile)
			}
		}
	}
	first, last := before[0], after[len(after)-1]
	rows := int64(last.writes - first.writes + last.runs - first.runs)
	if grown := last.state - first.state; grown > rows*mostPerRow {
		s.t.Errorf("the state grew by %d bytes, for %d changes and runs", grown, rows)
	}
}

// middle is the median.
func middle(months []month, of func(month) int64) int64 {
	var all []int64
	for _, m := range months {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
