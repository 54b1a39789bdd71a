package main

import (
	"context"
	"slices"
)

// spread is what the pairs gave.
type spread struct{ least, median, most float64 }

func spreadOf(all []float64) spread {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	return spread{least: all[0], median: (all[(n-1)/2] + all[n/2]) / 2, most: all[n-1]}
}

// times is the spread of something that takes a as many times.
func (s spread) times(a float64) spread { return spread{s.least * a, s.median * a, s.most * a} }

// series are the samples of one program.
type series []sample

func (s series) wall() spread { return s.spread(wallOf) }

// peak is in MiB.
func (s series) peak() spread {
	return s.spread(func(x sample) float64 { return float64(x.peak) / (1 << 20) })
}

// rate is in requests per second, as the target sees them.
func (s series) rate() spread { return s.spread(rateOf) }

func wallOf(x sample) float64 { return x.wall.Seconds() }

func rateOf(x sample) float64 { return float64(x.sent.Writes) / x.sent.Took.Seconds() }

func (s series) spread(of func(sample) float64) spread {
	var all []float64
	for _, x := range s {
		all = append(all, of(x))
	}
	return spreadOf(all)
}

// ratio is that of s to other, pair by pair: what disturbs the machine for a while disturbs both of a pair.
func (s series) ratio(other series, of func(sample) float64) spread {
	var all []float64
	for i := range s {
		all = append(all, of(s[i])/of(other[i]))
	}
	return spreadOf(all)
}

// turn is a program in a comparison, with what has to be done before each time it runs, and afterwards.
type turn struct {
	program
	before func() error
	after  func(context.Context, *sample) error
}

func (t turn) take(ctx context.Context) (sample, error) {
	if t.before != nil {
		if err := t.before(); err != nil {
			return sample{}, err
		}
	}
	s, err := t.run(ctx)
	if err == nil && t.after != nil {
		err = t.after(ctx, &s)
	}
	return s, err
}

// inTurn runs programs A B C A B C ..., after each has run once for the caches.
func inTurn(ctx context.Context, pairs int, turns ...turn) ([]series, error) {
	out := make([]series, len(turns))
	for pair := -1; pair < pairs; pair++ {
		for i, t := range turns {
			s, err := t.take(ctx)
			if err != nil {
				return nil, err
			}
			if pair >= 0 {
				out[i] = append(out[i], s)
			}
		}
	}
	return out, nil
}
