package view

import (
	"bufio"
	"io"
	"iter"
	"time"

	"github.com/rosterd/rosterd/state"
)

// Approval is a job's pending approval, and what was decided on it just now.
type Approval struct {
	Job      string
	Pending  *state.Approval // nil: nothing waits
	Changes  iter.Seq2[state.Planned, error]
	Granted  []state.Approval // what was approved before, and was not sent to its end
	Decision string           // "approved" or "rejected"; "" for nothing yet
	By       string
}

// Approval prints all that waits, and what can be done or was done.
func (p *Printer) Approval(a Approval) error {
	if a.Pending == nil {
		p.printf("%s  %s\n", p.Strong(a.Job), p.Good("nothing waits for approval"))
		p.granted(a.Job, a.Granted)
		return p.err
	}
	p.printf("%s  number %d: %s, wanted by run %d of %s (%s)\n\n", p.Strong(a.Job), a.Pending.ID, Count(a.Pending.Changes, "change waits", "changes wait"), a.Pending.Run,
		a.Pending.Made.Format(moment), Since(a.Pending.Made, time.Now()))
	for c, err := range a.Changes {
		if err != nil {
			return err
		}
		c.Reason = because(c)
		p.change(c, false)
	}
	switch a.Decision {
	case "approved":
		p.printf("\n  %s by %s: the next run sends it, as far as it is planned just so then; everything else meets the limits on its own\n", p.Good("approved"), Safe(a.By))
	case "rejected":
		p.printf("\n  %s: nothing of it is sent. The next run wants anew what waits still: mend the source or the configuration\n", p.yellow.Sprint("rejected"))
	default:
		p.printf("\n  `rosterd approve %s --id %d --yes` lets it go ahead with the next run, --reject dismisses it; it expires on %s\n",
			a.Job, a.Pending.ID, a.Pending.Expires().Format(moment))
	}
	return p.err
}

// granted says what was approved and goes with the next run.
func (p *Printer) granted(job string, all []state.Approval) {
	for _, a := range all {
		p.printf("  approved   %s by %s at %s: the next run sends what of it is planned just so still; `rosterd approve %s --reject` takes it back\n",
			p.yellow.Sprint(Count(a.Changes, "change", "changes")), Safe(a.By), a.Decided.Format(moment), job)
	}
}

// ApprovalJSON writes the same for programs.
func ApprovalJSON(w io.Writer, a Approval) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1,`)
	s.member("job", a.Job)
	s.member("approved", len(a.Granted))
	if a.Pending == nil {
		s.member("pending", false)
		s.raw(`"waiting": []`)
		return s.end()
	}
	s.member("pending", a.Decision == "")
	s.member("id", a.Pending.ID)
	s.member("run", a.Pending.Run)
	s.member("made", a.Pending.Made.Format(rfc))
	s.member("expires", a.Pending.Expires().Format(rfc))
	if a.Decision != "" {
		s.member("decision", a.Decision)
		s.member("by", a.By)
	}
	list(s, "waiting", a.Changes, waitingOf)
	return s.end()
}
