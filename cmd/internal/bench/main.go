// Command bench measures rosterd against bare loops that do the least that its job needs. It is `make bench`.
//
//	feed.go      the workload: a feed of users, the same rows in another order, the next day's
//	baseline.go  what rosterd is held against, each a process of its own
//	target.go    the sandbox as a process of its own, which counts and takes the time
//	process.go   one process run, its time and memory; pairs in turn
//	measure.go   the figures, and what they should be
//	report.go    how they are printed
//	profile.go   where the time goes
//
// A time by itself is worth nothing, for machines are noisy and other work runs beside: every figure is a ratio of two
// processes that ran in turn, A B A B ..., and the median over the pairs is the one to look at.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	rows, pairs, creates, workers int
	seed                          uint64
	dir, rosterd, csvdiff         string
	profile                       string
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if role, ok := roles()[args[0]]; ok {
			return role(ctx, args[1:])
		}
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rows, "rows", 1_000_000, "rows of the feed")
	flags.IntVar(&o.pairs, "pairs", 5, "processes of each kind that run in turn for a figure")
	flags.IntVar(&o.creates, "creates", 50_000, "creates that the third figure sends")
	flags.IntVar(&o.workers, "workers", 32, "requests in flight")
	flags.Uint64Var(&o.seed, "seed", 1, "of the workload: the same seed makes the same bytes")
	flags.StringVar(&o.dir, "dir", "", "keep feed and state in this `folder`, and use what is there; default: a temporary one")
	flags.StringVar(&o.rosterd, "rosterd", "", "the `program` to measure; default: built from this tree")
	flags.StringVar(&o.csvdiff, "csvdiff", "csvdiff", "the `program` csvdiff, for the second figure; left out where it is not there")
	flags.StringVar(&o.profile, "profile", "", "write profiles of each run to this `folder`, and measure nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.rows < 1000 || o.pairs < 1 || o.creates < 1 || o.workers < 1 {
		return fmt.Errorf("rows must be at least 1000, pairs, creates and workers at least 1")
	}
	return bench(ctx, o)
}

// roles are what this program is when it starts itself.
func roles() map[string]func(context.Context, []string) error {
	return map[string]func(context.Context, []string) error{
		"role-read":    readLoop,
		"role-diff":    diffLoop,
		"role-post":    postLoop,
		"role-target":  serveTarget,
		"role-profile": profileRun,
	}
}
