// Command bench measures rosterd against bare loops that do the least that its job needs, and against tools that anybody has. It is
// `make bench`, with -large `make bench-large` and with -ldap `make bench-ldap`.
//
//	feed.go       the workload: a feed of users, the same rows in another order, the next day's
//	shape.go      how a feed is written
//	worst.go      feeds that nobody would wish for
//	baseline.go   bare loops that rosterd is held against, each a process of its own
//	yardstick.go  the programs of others that it is held against
//	figure.go     something that rosterd does, and what it is held against
//	measure.go    the figures of a feed, and what they should be
//	send.go       those that send
//	large.go      those of ten million rows
//	lab.go        the folder in which they are taken
//	ground.go     a job in it with a feed of its own
//	adopted.go    its state, written at once
//	directory.go  the other workload: an OpenLDAP server with people, and ldapsearch, which reads them
//	ldap.go       its figures, and what they should be
//	ldaplab.go    the folder in which those are taken
//	target.go     the sandbox as a process of its own, which counts and takes the time
//	service.go    a process of its own that serves until it is stopped
//	process.go    one process run, its time and memory
//	series.go     processes in turn, and the median of them
//	report.go     how figures are printed
//	profile.go    where the time goes
//
// A time by itself is worth nothing, for machines are noisy and other work runs beside: every figure is a ratio of two
// processes that ran in turn, A B A B ..., and the median over the pairs is the one to look at.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	rows, pairs, creates, workers int
	ldap, large, cpu              bool
	people                        int
	seed                          uint64
	dir, rosterd, csvdiff         string
	profile                       string
	only                          *regexp.Regexp
	out, log                      io.Writer
}

// run prints what it measures to out, and what it is doing to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) > 0 {
		if role, ok := roles()[args[0]]; ok {
			return role(ctx, args[1:])
		}
	}
	o := options{out: out, log: log}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.IntVar(&o.rows, "rows", 1_000_000, "rows of the feed")
	flags.BoolVar(&o.large, "large", false, "measure ten times as many rows against so many, and nothing else; with a million that wants 15 GB in -dir and TMPDIR, and half an hour")
	flags.BoolVar(&o.cpu, "cpu", false, "processor time of all cores in place of wall time: for a machine that has other work; whether it is what is wanted is not said")
	flags.BoolVar(&o.ldap, "ldap", false, "measure a directory instead of a feed")
	flags.IntVar(&o.people, "people", 100_000, "entries of the directory; memory is measured with 5 times as many too")
	flags.IntVar(&o.pairs, "pairs", 5, "processes of each kind that run in turn for a figure")
	flags.IntVar(&o.creates, "creates", 50_000, "creates that the figure apply sends")
	flags.IntVar(&o.workers, "workers", 32, "requests in flight")
	flags.Uint64Var(&o.seed, "seed", 1, "of the workload: the same seed makes the same bytes")
	flags.StringVar(&o.dir, "dir", "", "keep feed and state in this `folder`, and use what is there; default: a temporary one")
	flags.StringVar(&o.rosterd, "rosterd", "", "the `program` to measure; default: built from this tree")
	flags.StringVar(&o.csvdiff, "csvdiff", "csvdiff", "the `program` csvdiff, to be held against; left out where it is not there")
	flags.StringVar(&o.profile, "profile", "", "write profiles of each run to this `folder`, and measure nothing")
	only := flags.String("only", "", "take the figures alone whose names match this `expression`")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	if o.rows < 1000 || o.people < 1 || o.pairs < 1 || o.creates < 1 || o.workers < 1 {
		return fmt.Errorf("rows must be at least 1000, people, pairs, creates and workers at least 1")
	}
	return bench(ctx, o)
}

// bench makes the folder and the program, unless they are given, and measures.
func bench(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "rosterd-bench-*"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	} else if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o700); err != nil {
			return err
		}
	}
	if o.rosterd == "" {
		if o.rosterd, err = build(ctx, o.dir); err != nil {
			return err
		}
	}
	if o.ldap {
		return benchLDAP(ctx, o)
	}
	return benchCSV(ctx, o)
}

// roles are what this program is when it starts itself.
func roles() map[string]func(context.Context, []string) error {
	return map[string]func(context.Context, []string) error{
		"role-read":      readLoop,
		"role-hash":      hashLoop,
		"role-adopt":     adoptAll,
		"role-diff":      diffLoop,
		"role-post":      postLoop,
		"role-entries":   readEntries,
		"role-target":    serveTarget,
		"role-directory": serveDirectory,
		"role-profile":   profileRun,
	}
}
