package reconcile_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// people are rows of n people, from the first key on.
func people(from, n int) (rows []string) {
	for i := from; i < from+n; i++ {
		rows = append(rows, fmt.Sprintf("%d,p%d@x,Ann,hr,1,", i, i))
	}
	return rows
}

func TestAnIncompleteReadSendsNothingAndCountsNothing(t *testing.T) {
	for _, c := range []struct {
		promise string
		spoil   func(*feed)
	}{
		{"a read that breaks off", func(f *feed) { f.torn = true }},
		{"a source that says that it is not whole", func(f *feed) { f.part = true }},
	} {
		t.Run(c.promise, func(t *testing.T) {
			w := newWorld(t, people(1, 4)...)
			w.job.Rules.Absent.Reads, w.job.Contract.MaxShrink = 2, 50*plan.OnePercent
			w.run()
			c.spoil(w.feed)
			w.feed.rows = people(1, 2) // the other two would be absent, and p1 has another name
			w.feed.rows[0] = "1,p1@x,Anna,hr,1,"
			for range 3 {
				if p, log := w.run(); p.Status != reconcile.Failed || len(log) > 0 {
					t.Errorf("%s, sent %q", p.Status, log)
				}
			}
			w.feed.torn, w.feed.part = false, false
			p, log := w.run()
			if w.wantLog(log, "update 1 name"); p.Summary.Absent != 2 {
				t.Errorf("incomplete reads counted: %+v", p.Summary)
			}
		})
	}
}

func TestKeysThatMissTheirPattern(t *testing.T) {
	w := newWorld(t, people(1, 200)...)
	w.job.Contract.KeyPattern = regexp.MustCompile(`^\d+$`)
	w.feed.rows[7] = "x8,p8@x,Ann,hr,1,"
	if p, log := w.run(); p.Summary.Held != 1 || len(log) != 199 || len(w.target.records) != 199 {
		t.Errorf("one of 200 could be anyone's: %+v, %v, %d sent", p.Summary, p.Err, len(log))
	}
	for i := range 3 {
		w.feed.rows[i] = fmt.Sprintf("x%d,p%d@x,Anna,hr,1,", i, i)
	}
	if p, log := w.run(); p.Status != reconcile.Failed || len(log) > 0 || !strings.Contains(fmt.Sprint(p.Err), "key_pattern") {
		t.Errorf("over 1 %%: %s, %v, sent %q", p.Status, p.Err, log)
	}
}

func TestAMappingThatFitsNobodyIsIncomplete(t *testing.T) {
	w := newWorld(t, people(1, 11)...)
	for i, row := range w.feed.rows {
		w.feed.rows[i] = strings.Replace(row, "Ann", "", 1)
	}
	if p, log := w.run(); p.Status != reconcile.Failed || len(log) > 0 {
		t.Errorf("%s, %+v, sent %q", p.Status, p.Summary, log)
	}
}

func TestTooManyUnreadableKeysAreIncomplete(t *testing.T) {
	for _, c := range []struct {
		promise          string
		well, unreadable int
		fails            bool
	}{
		{"over 1 %, and more than ten", 100, 11, true},
		{"ten may be an accident", 100, 10, false},
		{"more than half of a short feed", 1, 2, true},
		{"one of two may be an accident", 1, 1, false},
	} {
		w := newWorld(t, people(1, c.well)...)
		for i := range c.unreadable {
			w.feed.rows = append(w.feed.rows, fmt.Sprintf(",u%d@x,Ann,hr,1,", i))
		}
		if p, log := w.run(); (p.Status == reconcile.Failed) != c.fails || (len(log) == 0) != c.fails {
			t.Errorf("%s: %s, %v, %d sent", c.promise, p.Status, p.Err, len(log))
		}
	}
}

func TestAnUnreadableEntryFreezesFor72Hours(t *testing.T) {
	w := newWorld(t, people(1, 3)...)
	w.run()
	w.feed.rows = append(people(1, 2), ",somebody@x,Ann,hr,1,") // is it 3?
	if _, log := w.run(); len(log) > 0 {
		t.Errorf("at once: %q", log)
	}
	w.now = w.now.Add(71 * time.Hour)
	if _, log := w.run(); len(log) > 0 {
		t.Errorf("after 71 hours: %q", log)
	}
	w.now = w.now.Add(2 * time.Hour)
	_, log := w.run()
	w.wantLog(log, "deactivate 3 on")
}

func TestATornRowCouldBeAnyone(t *testing.T) {
	w := newWorld(t, people(1, 3)...)
	w.run()
	w.feed.rows, w.feed.open = append(people(1, 2), "33,p4@x,Ann,hr,1,"), true // or is it 3, cut and joined?
	if p, log := w.run(); len(log) > 0 || p.Summary.Held != 1 {
		t.Errorf("sent %q, %+v", log, p.Summary)
	}
	w.feed.open = false
	_, log := w.run()
	if len(log) != 2 {
		t.Errorf("whole: %q", log)
	}
}

func TestAClockThatWasWrongSwitchesOffInTheEnd(t *testing.T) {
	w := newWorld(t, people(1, 2)...)
	w.job.Rules.Absent.After = 24 * time.Hour
	w.run()
	right := w.now
	w.feed.rows = people(1, 1)
	w.now = right.AddDate(1, 0, 0)
	w.run()
	w.now = right
	if _, log := w.run(); len(log) > 0 {
		t.Errorf("at once: %q", log)
	}
	w.now = right.Add(25 * time.Hour)
	_, log := w.run()
	w.wantLog(log, "deactivate 2 on")
}

func TestANewJobAsksItsTargetNothing(t *testing.T) {
	w := newWorld(t, people(1, 1)...)
	w.leaveInDoubt()
	other := *w.job
	other.Name, other.Source = "others", &feed{rows: people(2, 1)}
	w.target.lookups = 0
	p := reconcile.Run(context.Background(), []*reconcile.Job{&other}, reconcile.Options{})[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if w.target.lookups > 0 || p.Status != reconcile.Blocked {
		t.Errorf("%d look-ups, %s", w.target.lookups, p.Status)
	}
}

func TestWhoseAddressAnUnreadableEntryHasIsNotAbsent(t *testing.T) {
	w := newWorld(t, people(1, 3)...)
	w.job.Rules.Absent.Reads = 2
	w.run()
	w.feed.rows = people(1, 2)
	w.run() // counted once: no unreadable entry stops that one's ageing any more
	w.feed.rows = append(people(1, 2), ",P3@x,Ann,hr,1,")
	for range 3 {
		if _, log := w.run(); len(log) > 0 {
			t.Errorf("sent %q", log)
		}
	}
}

func TestAnEntryInScopeOutweighsOneThatIsOut(t *testing.T) {
	w := newWorld(t, append(people(1, 2), "2,old@x,Ann,hr,1,no", "2,older@x,Ann,hr,1,no")...)
	w.job.Rules.DeactivateOut = true
	w.run()
	// One of the two out of scope changes, and is parsed; the others are recognised.
	w.feed.rows[3] = "2,oldest@x,Ann,hr,1,no"
	if _, log := w.run(); len(log) > 0 {
		t.Errorf("sent %q", log)
	}
	// The one in scope goes: what the others mean has changed, though they have not.
	w.feed.rows = append(people(1, 1), "2,old@x,Ann,hr,1,no", "2,oldest@x,Ann,hr,1,no")
	_, log := w.run()
	w.wantLog(log, "deactivate 2 on")
}
