package main

import (
	"context"
	"errors"
	"fmt"
)

// benchLarge measures runs over ten times as many rows, in which nothing has changed. A first sync of ten million would take half an
// hour: both states are written as `rosterd adopt` writes them.
func (l *lab) benchLarge(ctx context.Context, r *report) error {
	small, large := l.ground(oddity{name: "small"}, l.feed), l.ground(oddity{name: "large"}, newFeed(l.feed.seed, 10*l.feed.rows))
	what := fmt.Sprintf("no-op run, %d rows in another order", large.of.rows)
	read := csvRead(l.path(large.feed))
	f := figure{name: "large", what: what, turn: large.noop(), check: l.target.quiet,
		release: func() error { return errors.Join(small.release(), large.release()) },
		prepare: func(ctx context.Context, f *figure) (err error) {
			if _, err := small.make(ctx); err != nil {
				return err
			}
			f.text, err = large.make(ctx)
			return err
		},
		against: []yardstick{{what: fmt.Sprintf("the same with %d", small.of.rows), turn: small.noop(), wanted: 11}, read}}
	if l.profile == "" {
		r.head("rosterd with ten times as many rows", fmt.Sprintf("%d pairs in turn, seed %d", l.pairs, l.feed.seed))
		r.table("ratio (from, to)")
	}
	f.judge = func(s []series) {
		each := (s[0].peak().median - s[1].peak().median) * (1 << 20) / float64(large.of.rows-small.of.rows)
		r.wants("memory for each record more", fmt.Sprintf("%.1f B", each), "≤", each, 32, " B")
	}
	r.note("Both states were written as `rosterd adopt` writes them; a run over each has sent nothing.")
	if err := l.take(ctx, r, f); err != nil {
		return err
	}
	return r.end()
}
