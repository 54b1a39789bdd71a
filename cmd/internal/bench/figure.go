package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// figure is something that rosterd does, and what it is held against.
type figure struct {
	name     string // of its profile, and for -only
	what     string
	prepare  func(context.Context, *figure) error // once, before it is taken; may be nil
	turn                                          // rosterd
	text     int64                                // bytes that it reads, where it is compared by the byte
	against  []yardstick
	why      string                      // it is not as wanted, if it is not
	memory   float64                     // MiB wanted at most; 0: whatever it takes
	judge    func([]series)              // what else is to be said of it and its yardsticks; may be nil
	check    func(context.Context) error // afterwards; may be nil
	release  func() error                // at the end, whatever came of it; may be nil
	profiled func(out string) program    // itself with a profile; nil: a run of rosterd
}

// yardstick is what a figure is held against. The ratio is that of wall times, or of what by says.
type yardstick struct {
	what string
	turn
	by     measure
	text   int64   // bytes that it reads, for byByte
	wanted float64 // the most that the ratio may be, of rates the least; 0: nothing is wanted
}

type measure int

const (
	byWall measure = iota
	byByte         // wall time for each byte that is read
	byRate         // requests per second
)

// take takes the figures that -only names, or writes their profiles.
func (o options) take(ctx context.Context, r *report, figures ...figure) error {
	for _, f := range figures {
		if !o.only.MatchString(f.name) {
			continue
		}
		err := o.takeOne(ctx, r, f)
		if f.release != nil {
			err = errors.Join(err, f.release())
		}
		if err != nil {
			return fmt.Errorf("figure %s: %w", f.name, err)
		}
	}
	return nil
}

func (o options) takeOne(ctx context.Context, r *report, f figure) error {
	o.say("%s: %s", f.name, f.what)
	if f.prepare != nil {
		if err := f.prepare(ctx, &f); err != nil {
			return err
		}
	}
	if o.profile != "" {
		return o.profileOf(ctx, r, f)
	}
	turns := []turn{f.turn}
	for _, y := range f.against {
		turns = append(turns, y.turn)
	}
	s, err := inTurn(ctx, o.pairs, turns...)
	if err != nil {
		return err
	}
	if o.cpu {
		for _, one := range s {
			for i := range one {
				one[i].wall = one[i].cpu
			}
		}
	}
	if f.check != nil {
		if err := f.check(ctx); err != nil {
			return err
		}
	}
	if err := r.row(f, s); err != nil || f.judge == nil {
		return err
	}
	f.judge(s)
	return nil
}

// profileOf runs a figure once for the caches and once with pprof, and says what that took.
func (o options) profileOf(ctx context.Context, r *report, f figure) error {
	if _, err := f.take(ctx); err != nil {
		return err
	}
	s, err := o.profiling(f).take(ctx)
	if err != nil {
		return err
	}
	return r.profile(f, s)
}

// profiling is the turn of a figure with pprof.
func (o options) profiling(f figure) turn {
	t, out := f.turn, filepath.Join(o.profile, f.name)
	if f.profiled != nil {
		t.program = f.profiled(out)
	} else {
		t.program = role("role-profile", append([]string{out}, f.args...)...)
	}
	return t
}

// say tells who waits what is being done.
func (o options) say(format string, args ...any) {
	fmt.Fprintf(o.log, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
