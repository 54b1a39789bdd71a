package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// rekeyFlags are the flags of `rosterd rekey`.
type rekeyFlags struct {
	reconcile.RekeyOptions
	file, by string
}

func newRekey(a *app) *cobra.Command {
	var f rekeyFlags
	cmd := &cobra.Command{
		Use:   "rekey JOB [OLD NEW]",
		Short: "The same person or account under a new key",
		Long: `Gives the record of one key another, so that the source's entry under the new key is that record's from the next run on: it is not created
once more, and the old one is not switched off. It settles a new key that is held as a suspected rekey or reuse.

It writes the state alone and sends nothing. What differs is planned at the next run, under all limits. The reference in the target is the
old key until then, and afterwards too where the target takes it at a create only: a plan lists it under what can't be applied.

The source is read: an old key that still has an entry in it is refused, for the next run would create its record anew, and so is a new key
that has none, for its record would be absent. With --ahead it is not read, for a feed that has the new keys later. A file is done as if at once, in whatever order, chains and swaps too, and all or nothing.

EXIT STATUS
  0  done
  1  could not be done; nothing was changed
  3  --by: done, and some new keys were ambiguous and left out
`,
		Example: `  rosterd rekey hr-users E1009 N2001
  rosterd rekey hr-users --file map.csv --dry-run    lines of old,new under that header
  rosterd rekey hr-users --by email --dry-run        each new key with the one absent record that has its e-mail`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error { return a.rekey(cmd.Context(), args, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "", "a CSV file of many, with the columns old and new")
	flags.StringVar(&f.by, "by", "", "pair new keys with absent records that have the same value of this attribute of the target")
	flags.BoolVar(&f.DryRun, "dry-run", false, "check and show it, and write nothing")
	flags.BoolVar(&f.Ahead, "ahead", false, "do not read the source: it has the new keys later")
	waitFlag(cmd, &f.Wait)
	cmd.MarkFlagsMutuallyExclusive("file", "by")
	cmd.MarkFlagsMutuallyExclusive("ahead", "by")
	return cmd
}

func (a *app) rekey(ctx context.Context, args []string, f rekeyFlags) error {
	given := f.file != "" || f.by != ""
	if given && len(args) != 1 || !given && len(args) != 3 {
		return errors.New("rekey takes JOB OLD NEW, or JOB with --file or --by")
	}
	var moves []reconcile.Move
	var err error
	switch {
	case f.file != "":
		if moves, err = readMoves(f.file); err != nil {
			return fmt.Errorf("rekey %s: %w", args[0], err)
		}
	case f.by == "":
		moves = []reconcile.Move{{Old: record.Key(args[1]), New: record.Key(args[2])}}
	}
	w, jobs, err := a.jobs(reachSources, args[0])
	if err != nil {
		return err
	}
	defer w.Close()
	var done *reconcile.Rekeying
	if f.by != "" {
		done, err = jobs[0].RekeyBy(ctx, f.by, f.RekeyOptions)
	} else {
		done, err = jobs[0].Rekey(ctx, moves, f.RekeyOptions)
	}
	if err != nil {
		return fmt.Errorf("rekey %s: %w", args[0], err)
	}
	if a.output == "json" {
		err = view.RekeyingJSON(a.stdout, args[0], f.by, done, f.DryRun)
	} else {
		err = a.printer().Rekeying(args[0], f.by, done, f.DryRun)
	}
	if err == nil && len(done.Unclear) > 0 {
		return exit{code: exitHeld}
	}
	return err
}

func readMoves(path string) ([]reconcile.Move, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	moves, err := parseMoves(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return moves, nil
}
