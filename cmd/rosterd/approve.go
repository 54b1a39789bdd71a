package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// approveOptions are the flags of `rosterd approve`.
type approveOptions struct {
	yes, reject bool
	id          int64
	by          string
}

func newApprove(a *app) *cobra.Command {
	var o approveOptions
	cmd := &cobra.Command{
		Use:   "approve JOB",
		Short: "Show what waits for approval; let it go ahead, or dismiss it",
		Long: `Shows in full what the last run of a job did not send: what is over a limit, and who would be switched off only because the configuration
has changed. With --yes the next run sends it, be it the daemon's or of ` + "`rosterd sync`" + `: it reads and plans anew, and sends of what was approved all
that is planned just so still. Everything else meets the limits on its own. An approval expires after 72 hours.

It writes the state alone and sends nothing; it may be used beside a run.

EXIT STATUS
  0  done
  1  could not be done; nothing was changed
`,
		Example: `  rosterd approve hr-users
  rosterd approve hr-users --id 12 --yes --by "Ann, ticket 4711"`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.approve(args[0], o) },
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "let it go ahead with the next run")
	cmd.Flags().BoolVar(&o.reject, "reject", false, "dismiss it, or take back what was approved and not sent yet; the next run wants anew what waits still")
	cmd.Flags().Int64Var(&o.id, "id", 0, "decide only if this is still what waits: the number that was shown")
	cmd.Flags().StringVar(&o.by, "by", "", "who decides; default: the user who runs this")
	cmd.MarkFlagsMutuallyExclusive("yes", "reject")
	return cmd
}

func (a *app) approve(name string, o approveOptions) error {
	w, jobs, err := a.jobs(reachState, name)
	if err != nil {
		return err
	}
	defer w.Close()
	j := jobs[0]
	v, err := state.OpenView(j.State)
	if err != nil {
		return err
	}
	defer v.Close()
	known, err := v.Job(j.Name, j.Was, j.Target)
	if err != nil {
		return err
	}
	shown := view.Approval{Job: j.Name, By: cmp.Or(o.by, whoami())}
	if shown.Granted, err = v.Granted(known, j.Now()); err != nil {
		return err
	}
	pending, waits, err := v.Pending(known, j.Now())
	if err != nil {
		return err
	}
	if !waits && o.reject && len(shown.Granted) > 0 { // what was approved is taken back, as long as it was not sent
		pending, waits = shown.Granted[len(shown.Granted)-1], true
	}
	if waits {
		shown.Pending, shown.Changes = &pending, v.Withheld(pending)
	}
	if o.id != 0 && waits && pending.ID != o.id {
		return fmt.Errorf("what waits of job %s is not number %d any more but %d; look at `rosterd approve %s` again", j.Name, o.id, pending.ID, j.Name)
	}
	if o.yes || o.reject {
		if shown.Decision, err = decide(j, known, shown, o.yes); err != nil {
			return err
		}
	}
	if a.output == "json" {
		return view.ApprovalJSON(a.stdout, shown)
	}
	return a.printer().Approval(shown)
}

// decide notes the decision on what is pending, and on nothing else: a run may have put another one in its place meanwhile.
func decide(j *reconcile.Job, known state.Job, a view.Approval, yes bool) (decision string, err error) {
	if a.Pending == nil && yes && len(a.Granted) > 0 {
		return "", fmt.Errorf("job %s has nothing more to approve: %s approved %s, and the next run sends it; `rosterd approve %s --reject` takes it back", j.Name,
			a.Granted[0].By, view.Count(a.Granted[0].Changes, "change", "changes"), j.Name)
	}
	if a.Pending == nil {
		return "", fmt.Errorf("nothing of job %s waits for approval: it was sent, it is not planned any more, or it has expired; `rosterd plan %s` shows what a run would do", j.Name, j.Name)
	}
	s, err := state.Open(j.State)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var ok bool
	if decision = "rejected"; yes {
		decision = "approved"
		ok, err = s.Approve(known, *a.Pending, a.By, time.Now())
	} else {
		ok, err = s.Reject(known, *a.Pending)
	}
	if err == nil && !ok {
		err = fmt.Errorf("a run of job %s wants something else meanwhile; look at `rosterd approve %s` again", j.Name, j.Name)
	}
	return decision, err
}

// whoami is who runs this: behind sudo, the one who called it.
func whoami() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("user %d", os.Getuid())
}
