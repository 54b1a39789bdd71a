// Command guards takes the guards out of the program, each in turn, and runs the scenario that is to fail without it: a guard that
// nobody sees fire is none. It is `make guards`.
//
//	guard.go   what a guard is, and how it is taken out
//	run.go     one mutant: compiled over the code as it is (go build -overlay), its scenario run
//	failure.go what a failed scenario says
//	list.go    the list, and what came of it
//	the rest   the tables, a file each for reading, judging, limits, sending ...
//
// The code as it is has no hooks and no build tags for this. That each guard still stands where its table says, and that its scenario
// is there, an ordinary test proves.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "guards:", err)
		os.Exit(1)
	}
}

// area is a table of guards.
type area struct {
	name   string
	guards []guard
}

func areas() []area {
	return []area{{"reading a feed", csvFeeds()}, {"reading a directory", directories()}, {"reading", reading()}, {"mapping", mapping()},
		{"judging", judging()}, {"leaving", leaving()}, {"limits", limits()}, {"freeze", freezing()}, {"continuity", continuity()},
		{"ownership", ownership()}, {"sending", sending()}, {"streaks", streaks()}, {"state", stateFile()}, {"HTTP", httpTargets()}, {"sinks", sinkKinds()}, {"program", programs()}}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("guards", flag.ContinueOnError)
	list := flags.Bool("list", false, "print the guards and their scenarios, and run nothing")
	only := flags.String("only", "", "of the guards those whose name, place or scenario matches this `regexp`")
	workers := flags.Int("parallel", 2, "how many are taken out at a time")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("read -only: %w", err)
	}
	all := areas()
	for i := range all {
		all[i].guards = slices.DeleteFunc(all[i].guards, func(g guard) bool { return !wanted.MatchString(g.name + "\n" + g.out.where() + "\n" + g.held.String()) })
	}
	if *list {
		fmt.Fprintf(out, "\n%d guards\n", table(out, all, func(guard) {}))
		return nil
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "guards-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	loose := 0
	verdicts := judge(ctx, newLab(root, dir), all, max(*workers, 1))
	n := table(out, all, func(g guard) {
		v := <-verdicts[g.name]
		if ctx.Err() != nil {
			return // whatever it says comes from that
		}
		word := "held      " + v.how
		if v.err != nil {
			loose++
			word = "NOT HELD  " + v.err.Error()
		}
		fmt.Fprintln(out, "    "+word)
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case loose > 0:
		return fmt.Errorf("of %d guards, %d are not held", n, loose)
	}
	fmt.Fprintf(out, "\n%d guards, each held by its scenario\n", n)
	return nil
}

// moduleRoot is the folder of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("ask go for its module: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("this is no folder of the module")
	}
	return filepath.Dir(mod), nil
}
