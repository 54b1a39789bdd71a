package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
)

func newCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Find everything that is wrong with the configuration",
		Long:  "Reads the configuration and reports everything that is wrong with it, each with file, line and column. It asks no source and no target.\n",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.check() },
	}
}

func (a *app) check() error {
	w, err := a.wiring(true)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, p := range w.Warnings {
		fmt.Fprintln(a.stderr, "warning:", p)
	}
	path, err := a.path()
	if err != nil {
		return err
	}
	if a.output == "json" {
		var names []string
		for _, j := range w.Jobs {
			names = append(names, j.Name)
		}
		return json.NewEncoder(a.stdout).Encode(map[string]any{"version": 1, "file": path, "jobs": names, "warnings": len(w.Warnings)})
	}
	p := a.printer()
	fmt.Fprintf(a.stdout, "%s %s: %s, %s\n", p.Good("ok"), path, view.Count(len(w.Jobs), "job", "jobs"), view.Count(len(w.Warnings), "warning", "warnings"))
	for _, j := range w.Jobs {
		fmt.Fprintf(a.stdout, "   %s  keeps %s equal to its source; columns it reads: %q\n", j.Name, j.Target, j.Mapping.Need())
	}
	return nil
}
