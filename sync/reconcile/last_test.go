package reconcile_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

// dated is a feed of a file that has a time.
type dated struct {
	*feed
	at time.Time
}

// datedReading is one whose content is known once it was asked for or read, and of which a glance shows all.
type datedReading struct {
	*reading
	at    time.Time
	known bool
}

func (r *datedReading) Differs(last sources.Receipt) bool {
	return r.reading.Receipt().Content != last.Content
}

func (r *datedReading) Content() (record.Fingerprint, bool) {
	r.known = true
	return r.reading.Content()
}

func (r *datedReading) Entries(sift sources.Sift) iter.Seq2[record.Entry, error] {
	r.known = true
	return r.reading.Entries(sift)
}

func (d *dated) Open(_ context.Context, r sources.Request) (sources.Reading, error) {
	return &datedReading{reading: &reading{d.feed, r.Seed}, at: d.at}, nil
}

func (r *datedReading) Receipt() sources.Receipt {
	t := r.reading.Receipt()
	if t.Modified = r.at; !r.known {
		t.Content = ""
	}
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
	if p, _ := w.run(); p.Err == nil || !strings.Contains(p.Err.Error(), "is older than") || p.Receipt.Content == "" {
		t.Errorf("an older one: %v; which one it was: %q", p.Err, p.Receipt.Content)
	}
}
