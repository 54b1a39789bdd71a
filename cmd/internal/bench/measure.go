package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// benchCSV measures all that begins with a feed, and prints it.
func benchCSV(ctx context.Context, o options) (err error) {
	l := &lab{options: o, feed: newFeed(o.seed, o.rows)}
	if l.target, err = startTarget(ctx, filepath.Join(o.dir, "address")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.target.stop()) }()
	r := &report{out: o.out, full: o.rows >= 1_000_000 && !o.cpu}
	t := tools{o.csvdiff, r}
	if o.large {
		return l.benchLarge(ctx, r)
	}
	if err := errors.Join(l.make(), l.configure(plain())); err != nil {
		return err
	}
	if o.profile == "" {
		r.head("rosterd against bare loops and the tools at hand", fmt.Sprintf("%d rows of %d bytes, %d pairs in turn, seed %d; %d creates, %d at a time",
			o.rows, l.text/int64(o.rows), o.pairs, o.seed, o.creates, o.workers))
		r.table("ratio (from, to)")
	}
	if err := l.settle(ctx, r); err != nil {
		return err
	}
	figures := []figure{l.noop(t), l.shortCut(t), l.nextDay(t), l.rewritten(), l.renamed(), l.send(), l.apply()}
	for _, u := range upheavals() {
		figures = append(figures, l.upset(u, t))
	}
	if err := errors.Join(l.take(ctx, r, figures...), r.end()); err != nil {
		return err
	}
	return l.benchOdd(ctx, r, t)
}

// benchOdd measures feeds that are written otherwise.
func (l *lab) benchOdd(ctx context.Context, r *report, t tools) error {
	if l.profile == "" {
		r.table("ratio by the byte (from, to)")
	}
	var figures []figure
	for _, o := range oddities() {
		figures = append(figures, l.read(o, t))
	}
	return errors.Join(l.take(ctx, r, figures...), r.end())
}

// settle makes the state of a first sync, unless it is there. That is the figure first: it is taken once. Where -only leaves it out, the
// state is written at once.
func (l *lab) settle(ctx context.Context, r *report) error {
	if _, err := os.Stat(l.path("settled")); err == nil {
		return nil
	}
	err := errors.Join(l.forget(plain().state), l.lay(plain(), inOrder))
	if err == nil && l.only.MatchString("first") {
		err = l.first(ctx, r)
	} else if err == nil {
		err = l.adopt(ctx, plain(), l.feed, oddity{})
	}
	if err != nil {
		return err
	}
	return os.WriteFile(l.path("settled"), nil, 0o600)
}

func (l *lab) first(ctx context.Context, r *report) error {
	f := figure{name: "first", what: "first sync, all creates", memory: 150,
		turn: turn{program: l.does(0, plain(), "sync", "--first"), after: l.receives(int64(l.feed.rows))}}
	l.say("%s: %s", f.name, f.what)
	if l.profile != "" {
		f.turn = l.profiling(f)
	}
	s, err := f.take(ctx)
	if err != nil {
		return err
	}
	if l.profile != "" {
		return r.profile(f, s)
	}
	r.note("The first sync was taken once. %s of it were sending: %.0f requests/s as the target sees them.", s.sent.Took.Round(time.Second/10), rateOf(s))
	return r.row(f, []series{{s}})
}

// receives asks the target what a run has sent, which has to be so many creates and updates.
func (l *lab) receives(writes int64) func(context.Context, *sample) error {
	return func(ctx context.Context, s *sample) (err error) {
		if s.sent, err = l.target.told(ctx); err == nil && s.sent.Writes != writes {
			err = fmt.Errorf("%d creates and updates were sent, not %d", s.sent.Writes, writes)
		}
		return err
	}
}

// noop: every row is looked at and none has changed. The same rows come in another order each time, for the very same bytes would
// not be looked at.
func (l *lab) noop(t tools) figure {
	read := csvRead(l.path(plain().feed))
	read.wanted = 0.5
	return figure{name: "noop", what: "no-op run, rows in another order", memory: 64, check: l.target.quiet, turn: l.anew(plain(), reordered, inOrder),
		against: append([]yardstick{read}, t.csvdiffs(l.path(inOrder), l.path(changed), 0.1)...)}
}

// anew is a run over another feed each time.
func (l *lab) anew(j job, feeds ...string) turn {
	return turn{program: l.does(0, j, "sync"), before: l.laying(j, feeds...)}
}

// shortCut: the same bytes again.
func (l *lab) shortCut(t tools) figure {
	return figure{name: "same", what: "the same file again, byte for byte", check: l.target.quiet,
		prepare: func(context.Context, *figure) error { return l.lay(plain(), inOrder) },
		turn:    turn{program: l.does(0, plain(), "sync")}, against: t.hashes(l.path(plain().feed))}
}

// nextDay: the dry run of the second day.
func (l *lab) nextDay(t tools) figure {
	against := append(t.diffs(l.path(inOrder), l.path(changed), 0.2), csvRead(l.path(plain().feed)))
	return figure{name: "plan", what: "plan of day two", turn: turn{program: l.does(2, plain(), "plan"), before: l.laying(plain(), changed)},
		against: append(against, t.sorted(l.path(inOrder), l.path(changed), l.dir)...)}
}

// rewritten: another expression that says the same. Every row is mapped, and none has changed.
func (l *lab) rewritten() figure {
	return l.edited("rewritten", "plan after an expression was put otherwise, no record changes", 0, `name: first_name + " " + last_name`, `name: first_name + (" " + last_name)`)
}

// renamed: an expression by which every record changes. That is over the limit of an attribute, so that the plan is blocked.
func (l *lab) renamed() figure {
	return l.edited("renamed", "plan after an expression changed, every record changes", 4, `name: first_name + " " + last_name`, `name: last_name + " " + first_name`)
}

func (l *lab) edited(name, what string, exit int, edits ...string) figure {
	j := plain()
	j.name, j.edits = name+".yaml", edits
	return figure{name: name, what: what, turn: turn{program: l.does(exit, j, "plan")}, against: []yardstick{csvRead(l.path(j.feed))},
		prepare: func(context.Context, *figure) error { return errors.Join(l.configure(j), l.lay(j, inOrder)) }}
}
