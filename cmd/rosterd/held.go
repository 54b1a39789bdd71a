package main

import (
	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
)

func newHeld(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "held [JOB]",
		Short: "Show what is held: since when, why, and what would release it",
		Long:  "Shows what the last run of each job held. Held records stay as they are in the target, and are never taken for absent.\n",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return a.held(args) },
	}
}

func (a *app) held(names []string) error {
	w, err := a.wiring(false)
	if err != nil {
		return err
	}
	defer w.Close()
	jobs, err := w.Pick(names)
	if err != nil {
		return err
	}
	var all []view.JobHeld
	for _, j := range jobs {
		h := view.JobHeld{Job: j.Name}
		v, err := state.OpenView(j.State)
		if err != nil {
			return err
		}
		defer v.Close()
		known, err := v.Job(j.Name, j.Was, j.Target)
		if err != nil {
			return err
		}
		if known.ID != 0 {
			h.Known, h.Held = true, v.Held(known)
		}
		all = append(all, h)
	}
	if a.output == "json" {
		return view.HeldJSON(a.stdout, all)
	}
	return a.printer().Held(all)
}
