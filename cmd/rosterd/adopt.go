package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func newAdopt(a *app) *cobra.Command {
	var o reconcile.AdoptOptions
	cmd := &cobra.Command{
		Use:   "adopt JOB",
		Short: "Link the state to records that are in the target already",
		Long: `For a first run onto a populated target, or after the state was lost. Reads the source, lists the target once, and links each key to the
one record that carries it as its reference or has its natural key. It writes nothing to the target: what differs is planned at the
next run, under all limits. What the target does not show is unverified and is sent once, unless --trust takes it for equal.

EXIT STATUS
  0  every key has its record now, or has none in the target
  1  could not be done
  3  some keys could not be decided: ambiguous, taken, never to be touched
  5  parked: the target asked for a long pause`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.adopt(cmd.Context(), args[0], o) },
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "show what would be linked, and write nothing")
	cmd.Flags().BoolVar(&o.Trust, "trust", false, "take what the target does not show for equal to the source")
	waitFlag(cmd, &o.Wait)
	return cmd
}

// waitFlag is --wait, alone or with a duration.
func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", 0, "wait so long for another process that sends to the same target; alone: as long as it takes")
	cmd.Flags().Lookup("wait").NoOptDefVal = "-1s"
}

func (a *app) adopt(ctx context.Context, name string, o reconcile.AdoptOptions) error {
	w, jobs, err := a.jobs(reachAll, name)
	if err != nil {
		return err
	}
	defer w.Close()
	done, err := jobs[0].Adopt(ctx, o)
	if err != nil {
		err = fmt.Errorf("adopt %s: %w", name, err)
		if errors.Is(err, reconcile.ErrParked) {
			return exit{code: exitParked, err: err}
		}
		return err
	}
	if a.output == "json" {
		err = view.AdoptionJSON(a.stdout, name, done, o.DryRun)
	} else {
		err = a.printer().Adoption(name, done, o.DryRun)
	}
	if err != nil {
		return err
	}
	for m, n := range done.Counts {
		if n > 0 && m != reconcile.Matched && m != reconcile.NotFound {
			return exit{code: exitHeld}
		}
	}
	return nil
}
