package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// send: the second day's changes, with exactly the requests that they need, from a copy of the state each time.
func (l *lab) send() figure {
	j := plain() // with its feed: to read it from elsewhere would be another configuration, under which every row is looked at anew
	j.name, j.state = "send.yaml", "send.db"
	writes := l.feed.changes()
	before := func() error {
		return errors.Join(l.forget(j.state), l.copy("plain.db", j.state), l.lay(j, changed))
	}
	return figure{name: "send", what: fmt.Sprintf("sync of day two, %d changes, as many requests", writes),
		prepare: func(ctx context.Context, _ *figure) error {
			return errors.Join(l.configure(j), l.target.keeps(ctx, false))
		},
		turn:    turn{program: l.does(0, j, "sync"), before: before, after: l.receives(writes)},
		release: func() error { return l.forget(j.state) }}
}

// copy copies a file.
func (l *lab) copy(from, to string) error {
	in, err := os.Open(l.path(from))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(l.path(to))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// apply: creates as fast as they go, into a new state, against a bare client that posts the same bodies.
func (l *lab) apply() figure {
	j := job{name: "apply.yaml", state: "apply.db", feed: "apply.csv"}
	var size int64
	same := func(ctx context.Context, s *sample) error {
		if err := l.receives(int64(l.creates))(ctx, s); err != nil {
			return err
		}
		if size != 0 && s.sent.Bytes != size {
			return fmt.Errorf("bodies of %d bytes were sent, and of %d by the other", s.sent.Bytes, size)
		}
		size = s.sent.Bytes
		return nil
	}
	post := turn{after: same, program: role("role-post", l.target.base, fmt.Sprint(l.feed.seed), fmt.Sprint(l.creates), fmt.Sprint(l.creates), fmt.Sprint(l.workers))}
	return figure{name: "apply", what: "creates without a rate limit, journal and state included",
		prepare: func(ctx context.Context, _ *figure) error {
			return errors.Join(l.configure(j), l.lay(j, few), l.target.keeps(ctx, true))
		},
		turn: turn{program: l.does(0, j, "sync", "--first"), before: func() error { return l.forget(j.state) }, after: same},
		against: []yardstick{
			{what: "a bare `net/http` client, same bodies", turn: post, by: byRate, wanted: 0.4},
		}}
}
