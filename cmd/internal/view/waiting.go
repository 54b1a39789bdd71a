package view

import (
	"strings"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// waiting prints what is not sent before somebody approves it, under why it waits.
func (p *Printer) waiting(pl *reconcile.Plan) error {
	if pl.Waiting == 0 {
		return nil
	}
	p.printf("\n  %s\n", p.yellow.Sprintf("waiting, and not sent before it is approved: %s", Count(pl.Waiting, "change", "changes")))
	for c, err := range pl.View().Waiting() {
		if err != nil {
			return err
		}
		c.Reason = because(c)
		p.change(c, false)
	}
	return nil
}

// because says why a change waits, with its own reason.
func because(c state.Planned) string {
	return strings.TrimSuffix(overWords(c.Over)+" · "+c.Reason, " · ")
}

// overWords is what keeps a change from being sent, in words.
func overWords(over string) string {
	switch over {
	case plan.OverConfiguration:
		return "the configuration has changed, and not what the source says"
	case plan.OverRest:
		return "the plan is over a limit, so nothing else is sent"
	case plan.OverOrder:
		return "it takes the natural key over of a record whose own change waits"
	}
	return "over the limit of " + over
}

func approved(c state.Planned) string {
	if c.Approved == "" {
		return ""
	}
	return "approved by " + c.Approved
}

// remedy says what lets go ahead what is not sent.
func remedy(pl *reconcile.Plan, sent bool) string {
	switch {
	case pl.New:
		return " If it is right, raise the limit for one run."
	case sent:
		return " If it is right, `rosterd approve " + pl.Job.Name + "` lets it go ahead."
	}
	return " If it is right, `rosterd sync " + pl.Job.Name + "` and then `rosterd approve " + pl.Job.Name + "` let it go ahead."
}
