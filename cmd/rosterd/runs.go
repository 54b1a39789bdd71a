package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
)

func newRuns(a *app) *cobra.Command {
	var most int
	cmd := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "Show past runs, or one with its receipt, its changes and the answers received",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return a.runs(args, most) },
	}
	cmd.Flags().IntVarP(&most, "number", "n", 20, "how many runs, the newest first")
	return cmd
}

func (a *app) runs(args []string, most int) error {
	v, err := a.state()
	if err != nil {
		return err
	}
	defer v.Close()
	if len(args) == 0 {
		if a.output == "json" {
			return view.RunsJSON(a.stdout, v.Runs(0, most))
		}
		return a.printer().Runs(v.Runs(0, most))
	}
	id, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return fmt.Errorf("run %q: it is a number, as `rosterd runs` shows", args[0])
	}
	r, ok, err := v.PastRun(id)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("there is no run %d; `rosterd runs` shows which there are", id)
	}
	if a.output == "json" {
		return view.RunJSON(a.stdout, r, v.ChangesOf(id))
	}
	return a.printer().Run(r, v.ChangesOf(id))
}

// state opens the configuration's state for reading.
func (a *app) state() (*state.View, error) {
	w, err := a.wiring(reachState)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return state.OpenView(w.State())
}
