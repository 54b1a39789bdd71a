package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// heldOptions are the flags of `rosterd held`.
type heldOptions struct {
	retry       bool
	acknowledge string
	until       string
}

func newHeld(a *app) *cobra.Command {
	var o heldOptions
	cmd := &cobra.Command{
		Use:   "held [JOB]",
		Short: "Show what is held: since when, why, and what would release it",
		Long:  "Shows what the last run of each job held. Held records stay as they are in the target, and are never taken for absent.\n",
		Example: `  rosterd held
  rosterd held hr-users --retry                                   send again at the next run what the target refused
  rosterd held hr-users --acknowledge E1009 --until 2027-01-31    still shown, no longer counted in exit codes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.held(args, o) },
	}
	cmd.Flags().BoolVar(&o.retry, "retry", false, "let the next run send again what the target refused")
	cmd.Flags().StringVar(&o.acknowledge, "acknowledge", "", "a key whose being held is known: still shown, no longer counted")
	cmd.Flags().StringVar(&o.until, "until", "", "the last day of --acknowledge, as 2027-01-31; without it for as long as it is held for this reason")
	cmd.MarkFlagsMutuallyExclusive("retry", "acknowledge")
	return cmd
}

func (a *app) held(names []string, o heldOptions) error {
	w, jobs, err := a.jobs(reachState, names...)
	if err != nil {
		return err
	}
	defer w.Close()
	if o.retry || o.acknowledge != "" {
		if len(names) == 0 {
			return errors.New("name the job whose records are meant")
		}
		return a.care(jobs[0], o)
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
			a, waits, err := v.Pending(known, j.Now())
			if err != nil {
				return err
			}
			if waits {
				h.Waiting = a.Changes
			}
		}
		all = append(all, h)
	}
	if a.output == "json" {
		return view.HeldJSON(a.stdout, all)
	}
	return a.printer().Held(all)
}

// care changes what is noted of held records. It sends nothing.
func (a *app) care(j *reconcile.Job, o heldOptions) error {
	v, err := state.OpenView(j.State)
	if err != nil {
		return err
	}
	known, err := v.Job(j.Name, j.Was, j.Target)
	if err = errors.Join(err, v.Close()); err != nil {
		return err
	}
	if known.ID == 0 {
		return fmt.Errorf("job %s has never run, so nothing of it is held", j.Name)
	}
	release, err := state.Lock(context.Background(), j.State, state.LockJob, j.Name, 0)
	if errors.Is(err, state.ErrLocked) {
		return fmt.Errorf("job %s is running; its end would undo this, so try again then", j.Name)
	}
	if err != nil {
		return err
	}
	defer release()
	s, err := state.Open(j.State)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.retry {
		n, err := s.Retry(known, "")
		if err == nil {
			_, err = fmt.Fprintf(a.stdout, "the next run sends %s again\n", view.Count(int(n), "refused change", "refused changes"))
		}
		return err
	}
	until := time.Date(9999, 12, 31, 0, 0, 0, 0, time.Local)
	if o.until != "" {
		day, err := time.ParseInLocation(time.DateOnly, o.until, time.Local)
		if err != nil {
			return fmt.Errorf("--until %q: it is a day, as 2027-01-31", o.until)
		}
		if until = day.AddDate(0, 0, 1); !until.After(time.Now()) {
			return fmt.Errorf("--until %s: that day is past", o.until)
		}
	}
	ok, err := s.Acknowledge(known, record.Key(o.acknowledge), until)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("nothing of key %q is held; `rosterd held %s` shows what is", o.acknowledge, j.Name)
	}
	_, err = fmt.Fprintf(a.stdout, "%s is still shown, and no longer counted\n", view.Safe(o.acknowledge))
	return err
}
