package reconcile_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources"
)

// dated is a feed of a file that has a time.
type dated struct {
	*feed
	at time.Time
}

type datedReading struct {
	*reading
	at time.Time
}

func (d *dated) Open(_ context.Context, r sources.Request) (sources.Reading, error) {
	return datedReading{&reading{d.feed, r.Seed}, d.at}, nil
}

func (r datedReading) Receipt() sources.Receipt {
	t := r.reading.Receipt()
	t.Modified = r.at
	return t
}

// TestAFileFromTheFutureDoesNotStopItsFeed: whose clock was wrong once is not refused until then; and a file that is older than the last is.
func TestAFileFromTheFutureDoesNotStopItsFeed(t *testing.T) {
	w := newWorld(t, ann)
	file := &dated{w.feed, w.now.AddDate(80, 0, 0)}
	w.job.Source = file
	if p, _ := w.run(); p.Err != nil {
		t.Fatal(p.Err)
	}
	w.now = w.now.AddDate(0, 0, 1)
	file.rows, file.at = []string{ann, bob}, w.now
	if p, _ := w.run(); p.Err != nil || p.Summary.Create != 1 {
		t.Errorf("the next file: %v, %+v", p.Err, p.Summary)
	}
	file.rows, file.at = []string{ann}, w.now.Add(-time.Hour)
	if p, _ := w.run(); p.Err == nil || !strings.Contains(p.Err.Error(), "is older than") {
		t.Errorf("an older one: %v", p.Err)
	}
}
