package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func newSync(a *app) *cobra.Command {
	var first bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "sync [JOB...]",
		Short: "Read, plan and apply, once",
		Long: "Reads the sources, plans, and sends what the plan's limits allow. A job that the state does not know is new: on a terminal\n" +
			"you are asked, elsewhere it wants --first.\n" + exitStatus,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.sync(cmd.Context(), args, reconcile.Options{First: first, Wait: wait})
		},
	}
	cmd.Flags().BoolVar(&first, "first", false, "send for jobs that the state does not know yet")
	waitFlag(cmd, &wait)
	return cmd
}

func (a *app) sync(ctx context.Context, names []string, o reconcile.Options) error {
	w, jobs, err := a.jobs(reachAll, names...)
	if err != nil {
		return err
	}
	defer w.Close()
	progress := view.NewProgress(a.stderr, a.onTerminal(a.stderr) && !a.quiet)
	o.Command, o.Progress = "rosterd sync", progress.Show
	if a.output == "text" && a.onTerminal(a.stdin) && a.onTerminal(a.stdout) {
		o.Confirm = a.confirm
	}
	var plans []*reconcile.Plan
	for _, group := range byTarget(jobs) {
		some := reconcile.Run(ctx, group, o)
		progress.Clear()
		for _, p := range some {
			defer p.Close()
		}
		plans = append(plans, some...)
	}
	if err := a.show(plans, true); err != nil {
		return err
	}
	return ended(syncCode(plans))
}

// confirm shows the plan of a new job and asks for it.
func (a *app) confirm(p *reconcile.Plan) bool {
	if err := a.printer().Plan(p, false); err != nil {
		return false
	}
	fmt.Fprintf(a.stderr, "\n%s is new. Send this to %s? [y/N] ", p.Job.Name, p.Job.Target)
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(line), "y") || strings.EqualFold(strings.TrimSpace(line), "yes")
}

// byTarget groups jobs: deactivations of all jobs of a target go first.
func byTarget(jobs []*reconcile.Job) [][]*reconcile.Job {
	var groups [][]*reconcile.Job
	place := map[string]int{}
	for _, j := range jobs {
		i, ok := place[j.Target]
		if !ok {
			i = len(groups)
			place[j.Target] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], j)
	}
	return groups
}

// syncCode is the exit code of runs: the first of 130, 1, 4, 5, 3, 0 that one of them has.
func syncCode(plans []*reconcile.Plan) int {
	has := map[int]bool{}
	for _, p := range plans {
		switch p.Status {
		case reconcile.Cancelled:
			has[exitInterrupted] = true
		case reconcile.Failed:
			has[exitFailed] = true
		case reconcile.Blocked:
			has[exitBlocked] = true
		case reconcile.Parked:
			has[exitParked] = true
		}
		has[exitBlocked] = has[exitBlocked] || p.Waiting > 0
		has[exitHeld] = has[exitHeld] || p.HeldRows > 0
	}
	return firstOf(has, exitInterrupted, exitFailed, exitBlocked, exitParked, exitHeld)
}
