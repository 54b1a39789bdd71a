package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// benchLDAP measures all that begins with a directory, and prints it.
func benchLDAP(ctx context.Context, o options) (err error) {
	if o.dir, err = filepath.Abs(o.dir); err != nil { // the configuration names files in it
		return err
	}
	if _, err := exec.LookPath("ldapsearch"); err != nil {
		return fmt.Errorf("what rosterd is held against is not here: %w; call make servers", err)
	}
	l := &ldapLab{options: o}
	if l.target, err = startTarget(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.target.stop()) }()
	if o.profile != "" {
		return l.on(ctx, o.people, nil, l.profiles)
	}
	r := &report{out: os.Stdout, full: o.people >= 100_000}
	r.head("rosterd against ldapsearch", fmt.Sprintf("%d entries of an OpenLDAP server, %d attributes, pages of %d; %d pairs in turn, seed %d",
		o.people, len(peopleAttributes()), peopleInPage, o.pairs, o.seed))
	if err := l.on(ctx, o.people, r, l.times); err != nil {
		return err
	}
	if err := l.on(ctx, 5*o.people, r, l.memory); err != nil {
		return err
	}
	return r.end()
}

// on measures against a directory, which ends afterwards: two of them would share the machine's caches.
func (l *ldapLab) on(ctx context.Context, people int, r *report, measure func(context.Context, *report, *directory) error) (err error) {
	d, err := l.open(ctx, people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	return measure(ctx, r, d)
}

// times: the read by itself, and the whole run in which nothing has changed.
func (l *ldapLab) times(ctx context.Context, r *report, d *directory) error {
	const against = "`ldapsearch -E pr=1000/noprompt`"
	l.say("reading %d entries, %d pairs", d.people, l.pairs)
	s, err := inTurn(ctx, l.pairs, turn{d.entries(""), nil}, turn{d.ldapsearch(), nil})
	if err != nil {
		return err
	}
	r.ratio("the source alone, every entry known", against, s[0], s[1], 1.1)
	if err := peak(r, "the source alone", d, s[0]); err != nil {
		return err
	}
	l.say("no-op runs of %d entries, %d pairs", d.people, l.pairs)
	if s, err = inTurn(ctx, l.pairs, turn{l.sync(d), nil}, turn{d.ldapsearch(), nil}); err != nil {
		return err
	}
	r.ratio("no-op run", against, s[0], s[1], 1.2)
	return l.noop(ctx, r, d, s[0])
}

// memory: the read by itself, and the whole run in which nothing has changed, which has its index besides.
func (l *ldapLab) memory(ctx context.Context, r *report, d *directory) error {
	l.say("reading %d entries and no-op runs of them, %d of each", d.people, l.pairs)
	s, err := inTurn(ctx, l.pairs, turn{d.entries(""), nil}, turn{l.sync(d), nil})
	if err != nil {
		return err
	}
	if err := peak(r, "the source alone", d, s[0]); err != nil {
		return err
	}
	return l.noop(ctx, r, d, s[1])
}

// noop reports the memory of runs, in which nothing may have been sent.
func (l *ldapLab) noop(ctx context.Context, r *report, d *directory, s series) error {
	told, err := l.target.told(ctx)
	if err != nil {
		return err
	}
	if told.Creates > 0 {
		return fmt.Errorf("no-op runs sent %d creates", told.Creates)
	}
	return peak(r, "no-op run", d, s)
}

// peak reports the memory of runs. What is wanted is the same for every size: what is read is not kept.
func peak(r *report, what string, d *directory, s series) error {
	what = fmt.Sprintf("%s, %d entries", what, d.people)
	r.peak(what, s, 32)
	least, err := ownPeak()
	if err == nil && s.peak().least <= least {
		r.note(fmt.Sprintf("%s: at most what stands above, for this process had %.0f MiB, and one that it starts begins with its peak.", what, least))
	}
	return err
}

// profiles runs each of them once, with pprof.
func (l *ldapLab) profiles(ctx context.Context, _ *report, d *directory) error {
	if err := os.MkdirAll(l.profile, 0o700); err != nil {
		return err
	}
	noop := role("role-profile", "sync", l.path(d.people, "rosterd.yaml"), filepath.Join(l.profile, "noop"))
	return errors.Join(printRun(ctx, "entries", d.entries(filepath.Join(l.profile, "entries"))), printRun(ctx, "noop", noop),
		printRun(ctx, "ldapsearch", d.ldapsearch()))
}
