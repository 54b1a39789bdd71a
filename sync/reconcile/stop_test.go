package reconcile_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

func TestARunMakesWayForTheNextAndNothingIsLost(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.feed.rows = append(w.feed.rows, fmt.Sprintf("%d,%d@x,Ann,it,1,", i, i))
	}
	until := w.now.Add(time.Minute)
	var late atomic.Bool // the workers read the clock too
	w.job.Now = func() time.Time {
		if late.Load() {
			return until
		}
		return w.now
	}
	p := reconcile.Run(context.Background(), []*reconcile.Job{w.job}, reconcile.Options{First: true, Until: until, Progress: func(at reconcile.Progress) {
		if at.Done == 5 {
			late.Store(true)
		}
	}})[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.target.log); p.Status != reconcile.Continued || n < 5 || n > 5+2*w.job.Delivery.Workers {
		t.Errorf("%s after %d requests", p.Status, n)
	}
	sent := len(w.target.log)
	p, log := w.run()
	if p.Status != reconcile.Succeeded || len(log) != 20-sent {
		t.Errorf("%s after %d requests, want %d", p.Status, len(log), 20-sent)
	}
}
