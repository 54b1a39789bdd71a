package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// numbered are rows of people whose keys are written so.
func numbered(format string, from, to int) (rows []string) {
	for n := from; n <= to; n++ {
		rows = append(rows, fmt.Sprintf(format+",p%d@x,Name %d,it,1,", n, n, n))
	}
	return rows
}

// TestKeysWithoutTheirZerosAreRefused: when they are more than a coincidence, with the index and without; nobody is created or aged.
func TestKeysWithoutTheirZerosAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		rows []string
		want string // "": nothing is wrong
	}{
		"all":                     {numbered("%d", 1, 20), "20 keys came without their leading zeros or as fractions, and are new so; the first: 001 came as 1 (feed:1)"},
		"some":                    {append(numbered("%03d", 1, 16), numbered("%d", 17, 20)...), "4 keys came without their leading zeros"},
		"so few may be by chance": {append(numbered("%03d", 1, 17), numbered("%d", 18, 20)...), ""},
		"most have just left":     {append(numbered("%03d", 1, 10), numbered("%d", 11, 14)...), ""},
		"fractions":               {numbered("%d.0", 1, 20), "20 keys came without their leading zeros or as fractions"},
		"powers of ten":           {numbered("%d.5E+10", 1, 20), "20 new keys are written as powers of ten, while 20 that are numbers are gone; the first: 1.5E+10 (feed:1)"},
		"others altogether":       {numbered("N%03d", 1, 20), ""},
	} {
		for _, another := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, another configuration %v", name, another), func(t *testing.T) {
				w := newWorld(t, numbered("%03d", 1, 20)...)
				w.job.Rules.Absent.Reads = 9
				if p, _ := w.run(); p.Err != nil {
					t.Fatal(p.Err)
				}
				w.feed.rows = c.rows
				w.job.Rules.CreateInactive = another // the index is no longer to be trusted then
				p, log := w.run()
				if c.want == "" {
					if p.Err != nil {
						t.Fatal(p.Err)
					}
					return
				}
				if p.Err == nil || !strings.Contains(p.Err.Error(), c.want) || p.Receipt.Complete || p.Status != reconcile.Failed || p.Summary != (plan.Summary{}) {
					t.Errorf("%v, %+v, %+v, wanted %s", p.Err, p.Receipt, p.Summary, c.want)
				}
				w.wantLog(log)
				w.feed.rows = numbered("%03d", 1, 20)
				if p, log = w.run(); p.Err != nil || p.Summary.Unchanged != 20 || p.Summary.Absent != 0 {
					t.Errorf("%v, %+v", p.Err, p.Summary)
				}
				w.wantLog(log)
			})
		}
	}
}

// TestWhoLeftLongAgoHidesNoMangledKeys: whoever is kept though absent is still switched on, and may be many more than are there.
func TestWhoLeftLongAgoHidesNoMangledKeys(t *testing.T) {
	w := newWorld(t, numbered("%03d", 1, 60)...)
	w.job.Rules.Absent.Deactivate = false
	w.run()
	w.feed.rows = numbered("%03d", 1, 20)
	if p, _ := w.run(); p.Err != nil || p.Summary.Absent != 40 {
		t.Fatal(p.Err, p.Summary)
	}
	w.feed.rows = numbered("%d", 1, 20)
	for range 2 {
		if p, _ := w.run(); p.Err == nil || !strings.Contains(p.Err.Error(), "20 keys came without their leading zeros") {
			t.Errorf("%v, %+v", p.Err, p.Summary)
		}
	}
}

// TestAReadOfWhichMostKeysAreThereTwiceIsRefused: with fewer, those are held.
func TestAReadOfWhichMostKeysAreThereTwiceIsRefused(t *testing.T) {
	once := numbered("%03d", 1, 30)
	for twice, refused := range map[int]bool{30: true, 16: true, 14: false, 10: false} {
		w := newWorld(t, once...)
		if p, _ := w.run(); p.Err != nil {
			t.Fatal(p.Err)
		}
		w.feed.rows = once
		for _, row := range once[:twice] {
			w.feed.rows = append(w.feed.rows[:len(w.feed.rows):len(w.feed.rows)], strings.Replace(row, "Name", "Nome", 1))
		}
		p, log := w.run()
		if (p.Err != nil) != refused || !refused && p.Summary.Held != twice {
			t.Errorf("%d of 30 twice: %v, %+v", twice, p.Err, p.Summary)
		}
		w.wantLog(log)
	}
}
