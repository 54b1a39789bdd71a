package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

var schema = record.Schema{Natural: "email", Active: "on", Reference: "ref", Attributes: []record.Attribute{
	{Name: "email", Required: true}, {Name: "name", Required: true}, {Name: "dept"}, {Name: "badge", CreateOnly: true},
	{Name: "on", Type: record.TypeBool}, {Name: "ref", CreateOnly: true}}}

// feed is a source in memory: rows of key, email, name, dept, on, scope.
type feed struct {
	rows []string
	torn bool
	part bool   // it says itself that it is not whole
	open bool   // the last row has no line ending
	day  int    // another day is another file
	read func() // called when a read has ended; may be nil
}

func (f *feed) Open(_ context.Context, r sources.Request) (sources.Reading, error) {
	return &reading{f, r.Seed}, nil
}

type reading struct {
	*feed
	seed uint64
}

func (r *reading) Layout() record.Layout {
	return record.Layout{Columns: strings.Split("key email name dept on scope", " ")}
}
func (r *reading) Differs(sources.Receipt) bool { return false }
func (r *reading) Content() (record.Fingerprint, bool) {
	return xxh3.HashString128(strings.Join(r.rows, "\n")).Bytes(), true
}
func (r *reading) Origin(at uint32) string { return fmt.Sprintf("feed:%d", at) }
func (r *reading) Close() error            { return nil }
func (r *reading) Receipt() sources.Receipt {
	if r.read != nil {
		r.read()
	}
	content, _ := r.Content()
	return sources.Receipt{Source: "feed", Entries: int64(len(r.rows)), Content: content.String(), Modified: time.Unix(int64(r.day), 0), Complete: !r.torn && !r.part}
}

func (r *reading) Entries(sift sources.Sift) iter.Seq2[record.Entry, error] {
	return func(yield func(record.Entry, error) bool) {
		for i, row := range r.rows {
			e := record.Entry{Raw: xxh3.HashString128Seed(row, r.seed).Bytes(), At: uint32(i + 1), Open: r.open && i == len(r.rows)-1}
			if known := make([]bool, 1); sift != nil {
				if sift([]record.Fingerprint{e.Raw}, []uint32{e.At}, known); known[0] {
					continue
				}
			}
			for _, cell := range strings.Split(row, ",") {
				var values [][]byte
				if cell != "" {
					values = [][]byte{[]byte(cell)}
				}
				e.Fields = append(e.Fields, values)
			}
			if !yield(e, nil) {
				return
			}
		}
		if r.torn {
			yield(record.Entry{}, errors.New("feed: ends in the middle of a row"))
		}
	}
}

// target is a sink in memory. answers is asked first: an error it gives is the answer, "done" says whether the write is done anyway.
type target struct {
	mu      sync.Mutex
	records map[string]map[string]string // by remote id
	log     []string
	answer  func(c plan.Change) (err *sinks.Error, done bool)
	lookups int
	next    int
}

func (t *target) Schema() record.Schema    { return schema }
func (t *target) Requests(plan.Change) int { return 1 }

func (t *target) Apply(_ context.Context, c plan.Change) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.answer != nil {
		if err, done := t.answer(c); err != nil {
			if done {
				t.write(c)
			}
			t.log = append(t.log, fmt.Sprintf("%s %s !%s", c.Action, c.Key, err.Class))
			return "", err
		}
	}
	id, err := t.write(c)
	if err != nil {
		t.log = append(t.log, fmt.Sprintf("%s %s !%s", c.Action, c.Key, err.Class))
		return "", err
	}
	t.log = append(t.log, fmt.Sprintf("%s %s %s", c.Action, c.Key, names(c.After)))
	return id, nil
}

func (t *target) write(c plan.Change) (string, *sinks.Error) {
	email := record.Fold(c.After.Get("email").Text())
	for id, r := range t.records {
		if email != "" && record.Fold(r["email"]) == email && id != c.RemoteID {
			return "", &sinks.Error{Class: sinks.Exists, Status: 409, Message: "email has been taken"}
		}
	}
	id := c.RemoteID
	if c.Action == plan.Create {
		t.next++
		id = fmt.Sprint(t.next)
		t.records[id] = map[string]string{"on": "true"}
	}
	r, ok := t.records[id]
	if !ok {
		return "", &sinks.Error{Class: sinks.NotFound, Status: 404, Message: "no such user"}
	}
	for _, a := range c.After {
		r[a.Name] = strings.Trim(a.Value.String(), `"`)
	}
	return id, nil
}

func (t *target) Lookup(_ context.Context, _ record.Key, a record.Attrs) (*sinks.Found, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lookups++
	for id, r := range t.records {
		if record.Fold(r["email"]) == record.Fold(a.Get("email").Text()) {
			return &sinks.Found{RemoteID: id, Attrs: record.Attrs{{Name: "email", Value: record.TextOf(r["email"])}}}, nil
		}
	}
	return nil, nil
}

func names(a record.Attrs) string {
	var out []string
	for _, at := range a {
		out = append(out, at.Name)
	}
	return strings.Join(out, ",")
}

// world is a job, its feed and its target, and the clock.
type world struct {
	t      testing.TB
	feed   *feed
	target *target
	job    *reconcile.Job
	now    time.Time
}

func newWorld(t testing.TB, rows ...string) *world {
	t.Helper()
	w := &world{t: t, feed: &feed{rows: rows}, now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	w.target = &target{records: map[string]map[string]string{}}
	expr := func(s string) mapping.Expression { return mapping.Expression{Text: s} }
	m, problems := mapping.Compile(mapping.Spec{Key: expr("key"), Where: expr(`scope != "no"`), Zone: time.UTC, Map: []mapping.Field{
		{Attribute: "email", Expression: expr("email")}, {Attribute: "name", Expression: expr("name")}, {Attribute: "dept", Expression: expr("dept")},
		{Attribute: "on", Expression: expr(`on == "1"`)}}}, schema, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	any := plan.Limit{None: true}
	w.job = &reconcile.Job{Name: "hr", Target: "memory", State: filepath.Join(t.TempDir(), "state.db"), Source: w.feed, Mapping: m, Sink: w.target,
		Rules:    plan.Rules{Mapped: m.Attributes(), Absent: plan.Absent{Deactivate: true, Reads: 1}},
		Limits:   plan.Limits{Create: any, Update: any, Deactivate: any, Reactivate: any, TakeOver: any},
		Contract: reconcile.Contract{MinEntries: 1, MaxShrink: 100 * plan.OnePercent},
		Delivery: reconcile.Delivery{Workers: 4, Attempts: 3, MaxWait: time.Minute, Adopt: true, RetryRefused: 24 * time.Hour},
		Log:      zerolog.Nop(), Now: func() time.Time { return w.now }}
	return w
}

// run runs the job once and returns the plan, closed, and what the target was asked, sorted by nothing: in its order.
func (w *world) run() (*reconcile.Plan, []string) {
	w.t.Helper()
	w.target.log = nil
	w.feed.day++
	p := reconcile.Run(context.Background(), []*reconcile.Job{w.job}, reconcile.Options{First: true})[0]
	if err := p.Close(); err != nil {
		w.t.Fatal(err)
	}
	return p, w.target.log
}

func (w *world) wantLog(got []string, want ...string) {
	w.t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("the target was asked\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
