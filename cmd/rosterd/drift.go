package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func newDrift(a *app) *cobra.Command {
	var o reconcile.DriftOptions
	cmd := &cobra.Command{
		Use:   "drift JOB",
		Short: "Show what others changed in the target since it was last applied",
		Long: `Lists the target once and compares each record of the job with what was last applied, attribute by attribute, as far as the target's
list shows it; what it doesn't show is named. It reads no source and writes nothing to the target. While it lists, no run of the job or of
another one on the same target sends.

--fix takes what the list showed for what was last applied, and writes that to the state only. The next plan then has the way back: a
changed attribute as an update, a record that others switched off as a reactivation, one that they switched on as a deactivation, each only if
the source still says so, and all under the job's limits. Two kinds it leaves alone. What is gone from the target is found out by its next
update, which holds it as not_found, or creates it anew where the job says recreate: true. A second record that carries a key of
the job is nobody's but an administrator's to judge.

EXIT STATUS
  0    nothing drifted; with --fix: the state took note of what did
  1    could not be done
  2    there is drift; with --fix: only such as it leaves alone
  5    parked: the target asked for a long pause
  130  interrupted
`,
		Example: `  rosterd drift hr-users                          what others changed
  rosterd drift hr-users -o json | jq '.drift[].key'
  rosterd drift hr-users --fix && rosterd plan hr-users
  rosterd drift hr-users --wait=10m               a run is sending: wait for its end`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.drift(cmd.Context(), args[0], o) },
	}
	cmd.Flags().BoolVar(&o.Fix, "fix", false, "take note of it in the state, so that the next plan puts it back")
	waitFlag(cmd, &o.Wait)
	return cmd
}

func (a *app) drift(ctx context.Context, name string, o reconcile.DriftOptions) error {
	w, jobs, err := a.jobs(reachAll, name)
	if err != nil {
		return err
	}
	defer w.Close()
	d, err := jobs[0].Drift(ctx, o)
	if err != nil {
		err = fmt.Errorf("drift %s: %w", name, err)
		if errors.Is(err, reconcile.ErrParked) {
			return exit{code: exitParked, err: err}
		}
		return err
	}
	defer d.Close()
	if a.output == "json" {
		err = view.DriftJSON(a.stdout, d)
	} else {
		err = a.printer().Drift(d)
	}
	if err != nil {
		return err
	}
	if d.Total() > 0 && d.Noted == 0 {
		return exit{code: exitChanges}
	}
	return nil
}
