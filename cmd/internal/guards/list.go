package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// verdict is what came of taking one guard out.
type verdict struct {
	how string // its scenario fails
	err error  // why it is not held; nil: it is
}

// judge takes the guards out, some at a time. Each verdict comes on a channel of its own, by name, which has room for it.
func judge(ctx context.Context, l *lab, all []area, workers int) map[string]chan verdict {
	verdicts, work := map[string]chan verdict{}, make(chan guard)
	for _, a := range all {
		for _, g := range a.guards {
			verdicts[g.name] = make(chan verdict, 1)
		}
	}
	for range workers {
		go func() { // ends with the last guard, whose verdict is waited for
			for g := range work {
				how, err := l.holds(ctx, g)
				verdicts[g.name] <- verdict{how, err}
			}
		}()
	}
	go func() {
		defer close(work)
		for _, a := range all {
			for _, g := range a.guards {
				work <- g
			}
		}
	}()
	return verdicts
}

// table prints the guards, and after each what more there is to say. It returns how many there are.
func table(out io.Writer, all []area, more func(guard)) (n int) {
	for _, a := range all {
		if len(a.guards) > 0 {
			fmt.Fprintf(out, "\n%s\n", strings.ToUpper(a.name))
		}
		for _, g := range a.guards {
			n++
			describe(out, g)
			more(g)
		}
	}
	return n
}

func describe(out io.Writer, g guard) {
	fmt.Fprintf(out, "  %s (%s)\n    in        %s\n", g.name, g.answers, g.out.where())
	if g.out.behind != "" {
		fmt.Fprintf(out, "    behind it %s, taken out too\n", g.out.behind)
	}
	fmt.Fprintf(out, "    scenario  %s\n", g.held)
}
