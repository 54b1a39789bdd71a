package reconcile_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

var flips = flag.Int("flips", 250, "how many bits of each state the test of damage flips")

// wreck is a state with everything in it that decides what is sent, at a moment, and what the runs after it ask of the target: of the
// sound state, and of damaged copies.
type wreck struct {
	files  map[string][]byte // of the state, by the end of their names
	world  *world
	next   [][]string // feeds of the runs that come
	sound  []string   // what is asked of the target when all is well
	last   int        // where the log's last commit begins
	before []string   // what is asked when that one is gone: damage to it can't be told from a power cut
}

// ledger writes down in full what a target is asked.
type ledger struct {
	*target
	asked []string
}

func (l *ledger) Apply(ctx context.Context, c plan.Change) (string, error) {
	l.mu.Lock()
	l.asked = append(l.asked, fmt.Sprintf("%s %s %q %s", c.Action, c.Key, c.RemoteID, c.After.AppendJSON(nil)))
	l.mu.Unlock()
	return l.target.Apply(ctx, c)
}

func (l *ledger) Lookup(ctx context.Context, k record.Key, a record.Attrs) (*sinks.Found, error) {
	l.mu.Lock()
	l.asked = append(l.asked, fmt.Sprintf("look up %s %s", k, a.Get("email").Text()))
	l.mu.Unlock()
	return l.target.Lookup(ctx, k, a)
}

func staffRow(n int, name string) string { return fmt.Sprintf("%d,p%d@x,%s,it,1,", n, n, name) }

// newWreck makes one: between two runs, killed (with its log), parked (the target asked for a long pause), or blocked (the next plan is over a
// limit).
func newWreck(t *testing.T, name string) *wreck {
	t.Helper()
	w := newWorld(t)
	k := &wreck{world: w, files: map[string][]byte{}}
	w.job.Rules.Absent = plan.Absent{Deactivate: true, Reads: 2, After: 24 * time.Hour}
	w.job.Contract.MaxShrink = 20 * plan.OnePercent
	w.job.Limits.Deactivate = plan.Limit{Percent: 10 * plan.OnePercent, AtLeast: 3}
	w.job.Delivery.Workers, w.job.Delivery.Attempts = 1, 1
	other := *w.job
	other.Name, other.Source = "staff", &feed{rows: []string{staffRow(901, "Zoe"), staffRow(902, "Zac"), "903,p903@x,Zed,,0,"}}
	if p := reconcile.Run(t.Context(), []*reconcile.Job{&other}, reconcile.Options{First: true})[0]; p.Err != nil || p.Close() != nil {
		t.Fatal(p.Err)
	}
	rows := func(skip func(n int) bool, name func(n int) string) (rows []string) {
		for n := 1; n <= 30; n++ {
			if !skip(n) {
				rows = append(rows, staffRow(n, name(n)))
			}
		}
		return append(rows, "31,p31@x,Off,,0,", "32,p32@x,Out,it,1,no")
	}
	ann := func(int) string { return "Ann" }
	day := func(rows []string) {
		t.Helper()
		w.feed.rows = rows
		w.now = w.now.Add(6 * time.Hour)
		if p, _ := w.run(); p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	day(rows(func(int) bool { return false }, ann))
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
		if c.Key == "5" {
			return &sinks.Error{Class: sinks.Refused, Status: 422, Message: "no"}, false
		}
		return nil, false
	}
	changed := func(n int) string {
		if n%5 == 0 {
			return "Bob"
		}
		return "Ann"
	}
	day(rows(func(n int) bool { return n == 7 }, changed)) // one is refused, one is missed for the first time
	w.now = w.now.Add(20 * time.Hour)
	w.target.answer = func(c plan.Change) (*sinks.Error, bool) { // a create and an update have no answer, and were done
		if c.Key == "40" || c.Key == "10" {
			return &sinks.Error{Class: sinks.Unknown, Message: "cut"}, true
		}
		return nil, false
	}
	again := func(n int) string {
		if n == 10 {
			return "Cy"
		}
		return changed(n)
	}
	if name == "killed" {
		answer := w.target.answer
		w.target.answer = func(c plan.Change) (*sinks.Error, bool) {
			if c.Key == "40" {
				k.keep(t)
			}
			return answer(c)
		}
	}
	day(append(rows(func(n int) bool { return n == 7 || n == 8 }, again), staffRow(40, "Dan"))) // due on the next day: 8
	w.target.answer = nil
	last := append(rows(func(n int) bool { return n == 7 || n == 8 || n == 9 }, func(n int) string {
		if n == 11 || n == 5 {
			return "Eve"
		}
		return again(n)
	}), staffRow(40, "Dan"), staffRow(41, "Fay"))
	switch name {
	case "parked":
		w.target.answer = func(plan.Change) (*sinks.Error, bool) {
			return &sinks.Error{Class: sinks.Unsent, Throttled: true, RetryAfter: 100 * time.Hour, Message: "later"}, false
		}
		w.feed.rows = last
		if p, _ := w.run(); p.Status != reconcile.Parked {
			t.Fatal(p.Status, p.Err)
		}
		w.target.answer = nil
	case "blocked":
		for n := range 4 {
			last[n+12] = last[n+12][:len(last[n+12])-2] + "0,"
		}
	}
	k.next = [][]string{last, append(slices.Clone(last[1:]), staffRow(42, "Gus"))}
	if len(k.files) == 0 {
		k.keep(t)
	}
	k.sound = k.runSound(t, k.files)
	if log := k.files["-wal"]; len(log) > 0 {
		k.last = lastCommit(log)
		k.before = k.runSound(t, map[string][]byte{"": k.files[""], "-wal": log[:k.last]})
	}
	return k
}

// runSound is run on a state that is well.
func (k *wreck) runSound(t *testing.T, files map[string][]byte) []string {
	t.Helper()
	asked, plans := k.run(t, files)
	for _, p := range plans {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	return asked
}

// lastCommit is where the last commit of a log begins.
func lastCommit(log []byte) int {
	begin, last := 32, 0
	for at := 32; at+24+4096 <= len(log); at += 24 + 4096 {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 && string(log[at+8:at+16]) == string(log[16:24]) {
			begin, last = at+24+4096, begin
		}
	}
	return last
}

// keep takes the state's files as they are at this moment.
func (k *wreck) keep(t *testing.T) {
	for _, part := range []string{"", "-wal"} {
		content, err := os.ReadFile(k.world.job.State + part)
		if err == nil {
			k.files[part] = content
		} else if !os.IsNotExist(err) {
			t.Error(err)
		}
	}
}

// run runs the feeds that come on a state made of those files.
func (k *wreck) run(t *testing.T, files map[string][]byte) (asked []string, plans []*reconcile.Plan) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	w := *k.world
	job := *w.job
	job.State, w.job, w.feed = filepath.Join(dir, "state.db"), &job, &feed{day: w.feed.day}
	for part, content := range files {
		if err := os.WriteFile(job.State+part, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	records := map[string]map[string]string{} // the target's own, for each
	for id, r := range k.world.target.records {
		records[id] = maps.Clone(r)
	}
	book := &ledger{target: &target{records: records, next: k.world.target.next}}
	job.Sink, job.Source, job.Now = book, w.feed, func() time.Time { return w.now }
	for _, rows := range k.next {
		w.now = w.now.Add(25 * time.Hour)
		w.feed.rows = rows
		w.feed.day++
		p := reconcile.Run(t.Context(), []*reconcile.Job{&job}, reconcile.Options{})[0]
		_ = p.Close() // of a damaged state
		plans = append(plans, p)
	}
	return book.asked, plans
}

// verdict says how a damaged copy came out; wrong are the requests that are not right.
func verdict(right, asked []string, plans []*reconcile.Plan) (what string, wrong []string) {
	left := slices.Clone(right)
	for _, one := range asked {
		if i := slices.Index(left, one); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else if !strings.HasPrefix(one, "look up") || !slices.Contains(right, one) { // it may look again
			wrong = append(wrong, one)
		}
	}
	for _, p := range plans {
		if p.Err != nil {
			return told, wrong
		}
	}
	if len(left) > 0 && plans[0].Waiting+plans[1].Waiting == 0 {
		return silent, wrong
	}
	return harmless, wrong
}

// How damage came out.
const (
	told     = "told"
	harmless = "harmless" // the same requests, or some of them wait and are shown
	silent   = "silent"   // fewer requests, and nobody is told why
)

// TestDamageAnywhereIsToldOrHarmless flips bits of the state and of its log. Each copy either says that it is damaged and sends nothing but
// what the sound one sends, or sends just that.
func TestDamageAnywhereIsToldOrHarmless(t *testing.T) {
	for _, name := range []string{"between two runs", "killed", "parked", "blocked"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			dice, k, count := rand.New(rand.NewPCG(seed, 0)), newWreck(t, name), map[string]int{}
			for range *flips {
				files, part := maps.Clone(k.files), ""
				if len(files["-wal"]) > 0 && dice.IntN(2) == 0 {
					part = "-wal"
				}
				at := dice.IntN(len(files[part]))
				for files[part][at] == 0 && dice.IntN(20) != 0 { // mostly where there is something
					at = dice.IntN(len(files[part]))
				}
				files[part] = slices.Clone(files[part])
				files[part][at] ^= 1 << dice.IntN(8)
				asked, plans := k.run(t, files)
				what, wrong := verdict(k.sound, asked, plans)
				if len(wrong) > 0 && part != "" && at >= k.last {
					what, wrong = verdict(k.before, asked, plans)
				}
				if count[what]++; len(wrong) > 0 || what == silent {
					t.Errorf("byte %d of state.db%s: %s, wrong %q, of %q; beside it %q", at, part, what, wrong, asked, files[part][max(0, at-30):min(len(files[part]), at+30)])
				}
			}
			for range *flips / 10 { // a state that lost its end; with a log, what is missing may stand in that
				part := k.files[""]
				asked, plans := k.run(t, map[string][]byte{"": part[:dice.IntN(len(part))], "-wal": k.files["-wal"]})
				if what, wrong := verdict(k.sound, asked, plans); len(wrong) > 0 || what == silent && !plans[0].New {
					t.Errorf("cut: %s, wrong %q", what, wrong)
				}
			}
			t.Log(count)
			if count[told] == 0 || count[harmless] == 0 {
				t.Error("it was not tried")
			}
		})
	}
}

// TestAnIndexOfKeysThatIsDamagedKeepsNobodyFromLeaving damages the entries of those who are not in the feed any more: nothing in it asks for
// them, so only who goes through all records finds that they are gone.
func TestAnIndexOfKeysThatIsDamagedKeepsNobodyFromLeaving(t *testing.T) {
	k := newWreck(t, "between two runs")
	// A cell of the index: 6 bytes, of which 4 say what follows: the constant 1, a text of one byte, an integer of one byte.
	cells := regexp.MustCompile("(?s)\x06\x04\t\x0f\x01[789].").FindAllIndex(k.files[""], -1)
	if len(cells) < 3 {
		t.Fatalf("%d cells", len(cells))
	}
	for _, cell := range cells {
		files := maps.Clone(k.files)
		files[""] = slices.Clone(files[""])
		files[""][cell[0]+2] ^= 0x10 // the target is no number any more
		asked, plans := k.run(t, files)
		if what, wrong := verdict(k.sound, asked, plans); what == silent || len(wrong) > 0 {
			t.Errorf("key %c: %s, wrong %q, of %q", k.files[""][cell[0]+5], what, wrong, asked)
		}
	}
}
