package view

import (
	"bufio"
	"io"
	"iter"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// JobHeld is what is held of one job since its last run.
type JobHeld struct {
	Job   string
	Known bool // the state knows the job
	Held  iter.Seq2[state.Held, error]
	// Waiting is how many changes wait for approval.
	Waiting int
}

// release says what would release a held record.
var release = map[plan.Reason]string{
	plan.Invalid:     "mend the entry in the source",
	plan.Unreadable:  "give the entry a key; until then nobody is newly taken for absent",
	plan.Duplicate:   "leave one entry of the key, or make them equal",
	plan.Conflict:    "give one of the two another value in the source, or take it out of it",
	plan.Owned:       "give it to one of the two jobs",
	plan.Refused:     "mend what the target complains of; it is tried again then",
	plan.Denied:      "let rosterd's client write this record",
	plan.Failed:      "nothing: the next run tries again",
	plan.Cycle:       "give one of them another value for one run",
	plan.Reuse:       "whoever knows the person decides: the command, or another value; `same_natural_key: take_over` would take it for the same",
	plan.Rekey:       "whoever knows the person decides: the command, or another value; `same_natural_key: take_over` would take it for the same",
	plan.MissingThen: "`recreate: true` would create it anew",
}

// Held prints what is held, since when, why, and what would release it.
func (p *Printer) Held(jobs []JobHeld) error {
	for _, j := range jobs {
		p.printf("%s\n", p.Strong(j.Job))
		if !j.Known {
			p.printf("  never run\n\n")
			continue
		}
		n := 0
		for h, err := range j.Held {
			if err != nil {
				return err
			}
			n++
			p.printf("  ! %-14s %s  %s\n", keyOf(h), p.yellow.Sprint(h.Reason), Safe(h.Detail))
			p.printf("    %s\n", p.Faint(Safe(h.Origin)+" · since "+h.Since.Format("2006-01-02 15:04")+" ("+Since(h.Since, time.Now())+")"+until(h)+acknowledged(h)+" · "+release[h.Reason]))
		}
		if n == 0 {
			p.printf("  %s\n", p.Good("nothing is held"))
		}
		if j.Waiting > 0 {
			p.printf("  %s for approval: `rosterd approve %s`\n", p.yellow.Sprint(Count(j.Waiting, "change waits", "changes wait")), j.Job)
		}
		p.printf("\n")
	}
	return p.err
}

func acknowledged(h state.Held) string {
	if h.Ack.Before(time.Now()) {
		return ""
	}
	return " · acknowledged"
}

func until(h state.Held) string {
	if h.Until.IsZero() {
		return ""
	}
	return " · not sent again before " + h.Until.Format("2006-01-02 15:04") + ", unless it changes"
}

// HeldJSON writes the same for programs.
func HeldJSON(w io.Writer, jobs []JobHeld) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1, "jobs": [`)
	for i, j := range jobs {
		if i > 0 {
			s.raw(",")
		}
		s.raw("\n {")
		s.member("job", j.Job)
		s.member("waiting", j.Waiting)
		if j.Held == nil {
			j.Held = func(func(state.Held, error) bool) {}
		}
		list(s, "held", j.Held, heldOf)
		s.raw("}")
	}
	s.raw("]}\n")
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}
