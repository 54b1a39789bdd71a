package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/schedule"
	"github.com/rosterd/rosterd/cmd/internal/view"
)

func newCheck(a *app) *cobra.Command {
	var connect bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find everything that is wrong with the configuration",
		Long: "Reads the configuration and reports everything that is wrong with it, each with file, line and column. It asks no source and no\n" +
			"target, unless --connect is given: then it opens every source, shows what its first entry would become and how many of the first 200\n" +
			"would be held (exit code 3), and asks every target for a token. It writes nothing.\n",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context(), connect) },
	}
	cmd.Flags().BoolVar(&connect, "connect", false, "try the sources and the targets too")
	return cmd
}

func (a *app) check(ctx context.Context, connect bool) error {
	w, err := a.wiring(reachAll)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, p := range w.Warnings {
		fmt.Fprintln(a.stderr, "warning:", harmless(p.String()))
	}
	path, err := a.path()
	if err != nil {
		return err
	}
	var all []tried
	if connect {
		all = a.connect(ctx, w)
	}
	if a.output == "json" {
		var names []string
		due := map[string][]time.Time{}
		for _, j := range w.Jobs {
			names = append(names, j.Name)
			if s, ok := w.Schedules[j.Name]; ok {
				due[j.Name] = nextTimes(s, time.Now())
			}
		}
		doc := map[string]any{"version": 1, "file": path, "jobs": names, "warnings": len(w.Warnings), "due": due}
		if connect {
			doc["connect"] = all
		}
		if err := json.NewEncoder(a.stdout).Encode(doc); err != nil {
			return err
		}
		return codeOf(all)
	}
	p := a.printer()
	fmt.Fprintf(a.stdout, "%s %s: %s, %s\n", p.Good("ok"), path, view.Count(len(w.Jobs), "job", "jobs"), view.Count(len(w.Warnings), "warning", "warnings"))
	for _, j := range w.Jobs {
		fmt.Fprintf(a.stdout, "   %s  keeps %s equal to its source; columns it reads: %q\n", j.Name, j.Target, j.Mapping.Need())
		if s, ok := w.Schedules[j.Name]; ok {
			fmt.Fprintf(a.stdout, "   %*s  under `rosterd run` %s: %s\n", len(j.Name), "", s, inWords(nextTimes(s, time.Now())))
		}
	}
	a.tell(all)
	return codeOf(all)
}

// nextTimes are the next three times at which a schedule is due.
func nextTimes(s schedule.Schedule, after time.Time) (times []time.Time) {
	for range 3 {
		if after = s.Next(after); after.IsZero() {
			break
		}
		times = append(times, after)
	}
	return times
}

func inWords(times []time.Time) string {
	var words []string
	for _, t := range times {
		words = append(words, t.Format("Mon 2006-01-02 15:04:05 MST"))
	}
	return strings.Join(words, ", ")
}
