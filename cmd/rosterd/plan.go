package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func newPlan(a *app) *cobra.Command {
	asOf := ""
	cmd := &cobra.Command{
		Use:   "plan [JOB...]",
		Short: "Show what a run would do: the dry run",
		Long: "Reads the sources and shows what a run would do. It sends the target nothing at all, not even for a token, writes nothing to\n" +
			"the state, and may be used beside a run. --as-of takes another day for today: who starts, who leaves and whose absence falls due then,\n" +
			"if the source stays as it is.\n" + exitStatus,
		Example: "  rosterd plan\n  rosterd plan hr-users --as-of 2027-01-31",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.plan(cmd, args, asOf) },
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "the day to take for today, in each job's time zone")
	return cmd
}

func (a *app) plan(cmd *cobra.Command, names []string, asOf string) error {
	planned := (*reconcile.Job).Plan
	if asOf != "" {
		day, err := time.Parse(time.DateOnly, asOf)
		if err != nil {
			return fmt.Errorf("--as-of %q: it is a day, as 2027-01-31", asOf)
		}
		planned = func(j *reconcile.Job, ctx context.Context) *reconcile.Plan { return j.PlanAsOf(ctx, day) }
	}
	w, jobs, err := a.jobs(reachSources, names...)
	if err != nil {
		return err
	}
	defer w.Close()
	var plans []*reconcile.Plan
	for _, j := range jobs {
		p := planned(j, cmd.Context())
		defer p.Close()
		plans = append(plans, p)
	}
	if err := a.show(plans, false); err != nil {
		return err
	}
	return ended(planCode(plans))
}

// show prints plans, or what became of them.
func (a *app) show(plans []*reconcile.Plan, sent bool) error {
	if a.output == "json" {
		return view.JSON(a.stdout, plans, sent)
	}
	for _, p := range plans {
		if err := a.printer().Plan(p, sent); err != nil {
			return err
		}
	}
	return nil
}

// planCode is the exit code of plans: the first of 1, 4, 2, 3, 0 that one of them has.
func planCode(plans []*reconcile.Plan) int {
	has := map[int]bool{}
	for _, p := range plans {
		has[exitFailed] = has[exitFailed] || p.Status == reconcile.Failed
		has[exitBlocked] = has[exitBlocked] || p.Exceeded() || p.Waiting > 0
		has[exitChanges] = has[exitChanges] || p.Summary.Changes() > 0 || p.Doubts > 0 // what had no answer is asked for or sent again
		has[exitHeld] = has[exitHeld] || p.HeldRows > 0
	}
	return firstOf(has, exitFailed, exitBlocked, exitChanges, exitHeld)
}

func firstOf(has map[int]bool, codes ...int) int {
	for _, c := range codes {
		if has[c] {
			return c
		}
	}
	return exitDone
}

// ended turns an exit code into what main expects.
func ended(code int) error {
	if code == exitDone {
		return nil
	}
	return exit{code: code}
}
