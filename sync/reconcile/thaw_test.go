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
