package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

func newTransfer(a *app) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "transfer JOB KEY OTHERJOB",
		Short: "Give a record to another job",
		Long: `Gives the record of a key to another job of the same target: from the next run on that one keeps it, by its own source and mapping, and JOB
holds an entry with that key as owned by another. It writes the state alone and sends nothing; what differs is planned at the next run.

A job that has never run can't be given a record, for that would make it known, and its next run would create everybody without --first.
Let it run first with ` + "`rosterd sync --first OTHERJOB`" + `, which holds the key as owned by another job, or with ` + "`rosterd adopt OTHERJOB`" + `.

EXIT STATUS
  0  done
  1  could not be done; nothing was changed
`,
		Example: `  rosterd transfer hr-users E1009 contractors
  rosterd transfer hr-users E1009 contractors && rosterd rekey contractors E1009 C77    under another key there`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.transfer(cmd.Context(), args[0], record.Key(args[1]), args[2], wait)
		},
	}
	waitFlag(cmd, &wait)
	return cmd
}

func (a *app) transfer(ctx context.Context, from string, key record.Key, to string, wait time.Duration) error {
	w, err := a.wiring(reachState)
	if err != nil {
		return err
	}
	defer w.Close()
	var pair []*reconcile.Job
	for _, name := range []string{from, to} {
		jobs, err := w.Pick([]string{name})
		if err != nil {
			return err
		}
		pair = append(pair, jobs...)
	}
	done, err := reconcile.Transfer(ctx, key, pair[0], pair[1], wait)
	if err != nil {
		return fmt.Errorf("transfer %s: %w", key, err)
	}
	if a.output == "json" {
		return view.TransferredJSON(a.stdout, from, to, key, done)
	}
	return a.printer().Transferred(from, to, key, done)
}
