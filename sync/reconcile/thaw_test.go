package reconcile_test

import (
	"strings"
	"testing"
	"time"
)

// TestWhoIsMissingForTheConfigurationWaitsThoughTheFirstReadDidNotCount: a read under another configuration may count nobody as absent,
// and leave nothing waiting; whom it missed is the configuration's all the same.
func TestWhoIsMissingForTheConfigurationWaitsThoughTheFirstReadDidNotCount(t *testing.T) {
	for name, reads := range map[string][]func(w *world){
		"the same file": {
			func(w *world) { w.job.Selection, w.feed.rows = "another filter", staff(2); w.feed.day-- },
			func(w *world) { w.now = w.now.Add(time.Hour) },
		},
		"an entry that could be anyone": {
			func(w *world) {
				w.job.Selection, w.feed.rows = "another filter", append(staff(2), ",px@x,Nobody,it,1,")
			},
			func(w *world) { w.now = w.now.Add(80 * time.Hour) },
			func(w *world) { w.feed.rows = staff(2) },
		},
		"another key": {
			func(w *world) { w.remap(`"k" + key`, `scope != "no"`, `on == "1"`) },
			func(w *world) {
				w.feed.rows = []string{"1,q1@x,Name 1,it,1,", "2,q2@x,Name 2,it,1,", "3,p3@x,Name 3,it,1,", "4,p4@x,Name 4,it,1,"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, staff(4)...)
			w.job.Delivery.Workers = 1
			w.run()
			waited := 0
			for _, change := range reads {
				change(w)
				p, log := w.run()
				if waited = p.Waiting; strings.Contains(strings.Join(log, "\n"), "deactivate") {
					t.Errorf("sent without an approval: %q", log)
				}
			}
			if waited == 0 {
				t.Error("nothing waits in the end")
			}
		})
	}
}

// TestWhoWasHeldWhenTheConfigurationChangedWaits: with nobody else concerned the new configuration is kept at once, and who is released later
// and only switched off by it waits for an approval. Whom the data switches off meanwhile doesn't.
func TestWhoWasHeldWhenTheConfigurationChangedWaits(t *testing.T) {
	rows := staff(3)
	for name, c := range map[string]struct {
		held, released string
		waiting        int
		sent           []string
	}{
		"invalid, then switched off": {"3,,Name 3,it,1,", "3,p3@x,Name 3,out,1,", 1, nil},
		"invalid, then as it was":    {"3,,Name 3,it,1,", "3,p3@x,Name 3,it,1,", 0, nil},
		"invalid, then updated":      {"3,,Name 3,it,1,", "3,p3@x,New,it,1,", 0, []string{"update 3 name"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, rows...)
			w.job.Rules.DeactivateOut, w.job.Delivery.Workers = true, 1
			w.run()
			w.feed.rows = append(staff(2), c.held)
			w.remap("key", `dept != "out"`, `on == "1"`)
			if p, log := w.run(); p.Summary.Held != 1 || p.Waiting != 0 || len(log) > 0 {
				t.Fatalf("%+v, %d wait, %q sent; want one held", p.Summary, p.Waiting, log)
			}
			if p, _ := w.run(); len(p.Changed) > 0 {
				t.Errorf("the job does not take its new configuration for its own: %q", p.Changed)
			}
			w.feed.rows = append(staff(2), c.released)
			for range 2 { // what waits goes on waiting
				p, log := w.run()
				if p.Waiting != c.waiting {
					t.Errorf("%d wait, want %d", p.Waiting, c.waiting)
				}
				w.wantLog(log, c.sent...)
				c.sent = nil
			}
			if c.waiting > 0 {
				w.approve()
				_, log := w.run()
				w.wantLog(log, "deactivate 3 on")
				return
			}
			w.feed.rows = append(staff(2), "3,p3@x,Name 3,out,1,")
			p, log := w.run()
			if p.Waiting > 0 || len(log) == 0 || !strings.HasPrefix(log[0], "deactivate 3") {
				t.Errorf("once seen as it should be, its leaving is the data's: %d wait, %q sent", p.Waiting, log)
			}
		})
	}
}
