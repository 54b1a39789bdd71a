package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// sample is one process that ran to its end.
type sample struct {
	wall time.Duration
	peak int64 // most memory at a time, bytes
}

// program is a process that is to be run again and again.
type program struct {
	name string
	args []string
	env  []string // besides this process's own
	exit int      // the exit code that is right
}

// run runs it once. What it prints is dropped; its errors are kept for the message if it does not end as it should.
//
// The kernel gives the peak of a process its parent's as a start, for they share their memory until the new program is loaded. So
// this process stays small, and the target, with a million users in memory, is one of its own.
func (p program) run(ctx context.Context) (sample, error) {
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Env = append(os.Environ(), p.env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	began := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(began)}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return s, fmt.Errorf("run %s: %w", p.name, err)
	}
	if is := cmd.ProcessState.ExitCode(); is != p.exit {
		return s, fmt.Errorf("run %s %q: exit code %d, not %d: %s", filepath.Base(p.name), p.args, is, p.exit, complaints.String())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = usage.Maxrss << 10 // KiB, on Linux
	}
	return s, nil
}

// ownPeak is the most memory that this process had, in MiB: no smaller peak of another can be seen, as said at run. What getrusage
// says of it has that of `go run` in it.
func ownPeak() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscanf(after, "%f kB", &kib); err != nil {
		return 0, fmt.Errorf("read VmHWM in /proc/self/status: %w", err)
	}
	return kib / (1 << 10), nil
}

// role is this program in one of its roles.
func role(name string, args ...string) program {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return program{name: self, args: append([]string{name}, args...)}
}

// build builds rosterd from the tree that the working directory is in.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "rosterd")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "github.com/rosterd/rosterd/cmd/rosterd")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build rosterd: %w: %s", err, out)
	}
	return path, nil
}

// spread is what the pairs gave.
type spread struct{ least, median, most float64 }

func spreadOf(all []float64) spread {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	return spread{least: all[0], median: (all[(n-1)/2] + all[n/2]) / 2, most: all[n-1]}
}

// series are the samples of one program.
type series []sample

func (s series) wall() spread { return s.spread(func(x sample) float64 { return x.wall.Seconds() }) }

// peak is in MiB.
func (s series) peak() spread {
	return s.spread(func(x sample) float64 { return float64(x.peak) / (1 << 20) })
}

func (s series) spread(of func(sample) float64) spread {
	var all []float64
	for _, x := range s {
		all = append(all, of(x))
	}
	return spreadOf(all)
}

// ratio is how long s took for each second of other, pair by pair: what disturbs the machine for a while disturbs both of a pair.
func (s series) ratio(other series) spread {
	var all []float64
	for i := range s {
		all = append(all, s[i].wall.Seconds()/other[i].wall.Seconds())
	}
	return spreadOf(all)
}

// turn is a program in a comparison, with what has to be done before each time it runs.
type turn struct {
	program
	before func() error
}

// inTurn runs programs A B C A B C ..., after each has run once for the caches.
func inTurn(ctx context.Context, pairs int, turns ...turn) ([]series, error) {
	out := make([]series, len(turns))
	for pair := -1; pair < pairs; pair++ {
		for i, t := range turns {
			if t.before != nil {
				if err := t.before(); err != nil {
					return nil, err
				}
			}
			s, err := t.run(ctx)
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
