package main

import (
	"context"
	"errors"
	"fmt"
)

// ground is a job with a feed of its own, in two orders, and a state that agrees with it.
type ground struct {
	job
	oddity
	lab *lab
	of  feed
}

func (l *lab) ground(o oddity, f feed) ground {
	return ground{oddity: o, lab: l, of: f, job: job{name: o.name + ".yaml", state: o.name + ".db", feed: o.name + ".csv" + o.ending,
		edits: []string{"{path: FEED}", "{path: FEED" + o.csv + "}"}}}
}

// orders are the feed's files.
func (g ground) orders() []string { return []string{"1-" + g.job.feed, "2-" + g.job.feed} }

// make makes it all, and returns how many bytes of text the feed has.
func (g ground) make(ctx context.Context) (text int64, err error) {
	l := g.lab
	l.say("%s: writing feeds of %d rows, and the state", g.oddity.name, g.of.rows)
	for order, name := range g.orders() {
		if text, err = g.of.write(l.path(name), dayOne, order); err != nil {
			return 0, err
		}
	}
	if err := errors.Join(l.configure(g.job), l.lay(g.job, g.orders()[0])); err != nil {
		return 0, err
	}
	return text, l.adopt(ctx, g.job, g.of, g.oddity)
}

// adopt writes a state for a job that agrees with its feed, and proves that it does.
func (l *lab) adopt(ctx context.Context, j job, of feed, o oddity) error {
	if err := l.forget(j.state); err != nil {
		return err
	}
	for _, p := range []program{role("role-adopt", l.path(j.name), fmt.Sprint(of.seed), fmt.Sprint(of.rows), o.name), l.does(0, j, "sync")} {
		if _, err := p.run(ctx); err != nil {
			return err
		}
	}
	return l.target.quiet(ctx)
}

// noop is a run in which nothing has changed.
func (g ground) noop() turn { return g.lab.anew(g.job, g.orders()[1], g.orders()[0]) }

// release makes room for the next.
func (g ground) release() error {
	return errors.Join(g.lab.forget(g.state), g.lab.remove(append(g.orders(), g.job.feed)...))
}
