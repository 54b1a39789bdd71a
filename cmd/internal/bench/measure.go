package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// benchCSV measures all that begins with a feed, and prints it.
func benchCSV(ctx context.Context, o options) (err error) {
	l := &lab{options: o, feed: newFeed(o.seed, o.rows), dir: o.dir}
	if l.target, err = startTarget(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.target.stop()) }()
	if err := l.make(); err != nil {
		return err
	}
	if o.profile != "" {
		return l.profiles(ctx)
	}
	r := &report{out: os.Stdout, full: o.rows >= 1_000_000}
	r.head("rosterd against bare loops", fmt.Sprintf("%d rows, %d pairs in turn, seed %d; %d creates, %d at a time", o.rows, o.pairs, o.seed, o.creates, o.workers))
	first, told, err := l.settle(ctx)
	if err != nil {
		return err
	}
	for _, measure := range []func(context.Context, *report) error{l.noop, l.shortCut, l.nextDay, l.apply} {
		if err := measure(ctx, r); err != nil {
			return err
		}
	}
	if told.Creates > 0 {
		r.firstSync(first, told)
	}
	return r.end()
}

// noop: every row is looked at and none has changed. The same rows come in another order each time, for the very same bytes would
// not be looked at.
func (l *lab) noop(ctx context.Context, r *report) error {
	orders := []string{reordered, inOrder}
	runs := 0
	swap := func() error {
		runs++
		return l.lay(orders[(runs-1)%2])
	}
	s, err := inTurn(ctx, l.pairs, turn{l.does(0, "rosterd.yaml", "sync"), swap}, turn{role("role-read", l.path("feed.csv")), nil})
	if err != nil {
		return err
	}
	r.ratio("no-op run, rows in another order", "a bare `encoding/csv` loop", s[0], s[1], 0.5)
	r.peak("no-op run", s[0], 64)
	return l.quiet(ctx)
}

// shortCut: the same bytes again.
func (l *lab) shortCut(ctx context.Context, r *report) error {
	s, err := inTurn(ctx, l.pairs, turn{l.does(0, "rosterd.yaml", "sync"), nil}, turn{role("role-read", l.path("feed.csv")), nil})
	if err != nil {
		return err
	}
	r.ratio("the same file again, byte for byte", "a bare `encoding/csv` loop", s[0], s[1], 0)
	return l.quiet(ctx)
}

// quiet is an error if anything was sent.
func (l *lab) quiet(ctx context.Context) error {
	told, err := l.target.told(ctx)
	if err == nil && told.Creates > 0 {
		err = fmt.Errorf("a no-op run sent %d creates", told.Creates)
	}
	return err
}

// nextDay: the dry run of the second day.
func (l *lab) nextDay(ctx context.Context, r *report) error {
	if err := l.lay(changed); err != nil {
		return err
	}
	turns := []turn{
		{l.does(2, "rosterd.yaml", "plan"), nil},
		{role("role-read", l.path("feed.csv")), nil},
		{role("role-diff", l.path(inOrder), l.path(changed)), nil},
	}
	csvdiff, err := exec.LookPath(l.csvdiff)
	if err == nil {
		turns = append(turns, turn{program{name: csvdiff, args: []string{l.path(inOrder), l.path(changed)}}, nil})
	}
	s, err := inTurn(ctx, l.pairs, turns...)
	if err != nil {
		return err
	}
	r.ratio("plan of day two", "a bare `encoding/csv` loop", s[0], s[1], 0)
	r.ratio("plan of day two", "a map of row hashes (stand-in for csvdiff)", s[0], s[2], 0)
	if len(s) > 3 {
		r.ratio("plan of day two", "csvdiff", s[0], s[3], 0.2)
	} else {
		r.note("csvdiff is not here, so the plan of day two is held against the stand-in alone; " +
			"install github.com/aswinkarthik/csvdiff and put it on the PATH, or name it with -csvdiff")
	}
	r.peak("plan of day two", s[0], 0)
	return nil
}

// apply: creates as fast as they go, into a new state, against a bare client that posts the same bodies.
func (l *lab) apply(ctx context.Context, r *report) error {
	if err := errors.Join(l.configure("few.yaml", "few.db"), l.lay(few)); err != nil {
		return err
	}
	var ours, bare []tally
	var sizes [2]int64
	reset := func() error {
		return errors.Join(l.remove("few.db"), l.remove("few.db-wal"), l.remove("few.db-shm"))
	}
	post := role("role-post", l.target.base, fmt.Sprint(l.feed.seed), fmt.Sprint(l.creates), fmt.Sprint(l.creates), fmt.Sprint(l.workers))
	var walls [2]series
	for pair := -1; pair < l.pairs; pair++ {
		if err := reset(); err != nil {
			return err
		}
		for i, p := range []program{l.does(0, "few.yaml", "sync", "--first"), post} {
			s, err := p.run(ctx)
			if err != nil {
				return err
			}
			told, err := l.target.told(ctx)
			if err != nil {
				return err
			}
			if told.Creates != int64(l.creates) || pair > -1 && told.Bytes != sizes[i] || i == 1 && told.Bytes != sizes[0] {
				return fmt.Errorf("%d creates with %d bytes were sent, not the %d with %d of the other", told.Creates, told.Bytes, l.creates, sizes[0])
			}
			sizes[i] = told.Bytes
			if pair < 0 {
				continue
			}
			walls[i] = append(walls[i], s)
			if i == 0 {
				ours = append(ours, told)
			} else {
				bare = append(bare, told)
			}
		}
	}
	r.rate("apply, requests/s as the target sees them", "a bare `net/http` client, same bodies", ours, bare, 0.4)
	r.ratio("sync --first, whole process", "the same, whole process", walls[0], walls[1], 0)
	return nil
}
