package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// TestAPauseOutlivesTheDaemon parks a daemon's run, kills that daemon while the target rests, and starts others: of a pause of an hour no one
// asks the target anything, and one of seconds ends by itself, though the job is due once a year.
func TestAPauseOutlivesTheDaemon(t *testing.T) {
	for _, pause := range []time.Duration{4 * time.Second, time.Hour} {
		t.Run(fmt.Sprint(pause), func(t *testing.T) {
			w := newWorld(t, sandbox.Faults{}, "sink.yaml", "    retry: {max_wait: 1s}\n", "job.yaml", everySecond)
			f := people(1, 20)
			w.feed(f)
			w.first(20)
			if err := w.box.SetFaults(sandbox.Faults{Throttle: 1, WritesOnly: true, RetryAfter: sandbox.Duration(pause)}); err != nil {
				t.Fatal(err)
			}
			f[0][1] = "Another"
			w.feed(f)
			d := w.daemon()
			d.logged(`"status":"parked"`, 1)
			if err := w.box.SetFaults(sandbox.Faults{}); err != nil {
				t.Fatal(err)
			}
			d.signal(os.Kill)
			d.end()
			w.box.Forget()
			w.file("job.yaml", []byte(strings.Replace(everySecond, "@every 1s", "0 0 1 1 *", 1)))
			w.file("rosterd.yaml", configOf(w.dir, w.address))
			for range 2 {
				d = w.daemon()
				d.logged("daemon started", 1)
				if pause < time.Minute {
					d.until("it goes on by itself", func() bool { return len(unequal(f, w.box.Users())) == 0 }, func() string { return "" })
				} else {
					w.said(w.run(exitParked, "sync", "--wait"), "parked until")
					w.said(w.run(exitDone, "status"), "parked")
					w.unasked()
				}
				d.signal(syscall.SIGTERM)
				if code := d.end(); code != exitDone {
					t.Errorf("exit code %d\n%s", code, d.log.String())
				}
			}
			if pause < time.Minute {
				if n := w.box.Counts().Writes; n != 1 {
					t.Errorf("%d writes, want 1", n)
				}
			} else {
				w.unasked()
			}
		})
	}
}
