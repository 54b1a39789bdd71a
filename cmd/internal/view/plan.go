package view

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fatih/color"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// mostSent is how many changes a run lists when all went well; whoever wants them all asks for JSON.
const mostSent = 50

// Plan prints what a run would do or, once it was sent, what became of it.
func (p *Printer) Plan(pl *reconcile.Plan, sent bool) (err error) {
	out, buffer := p.out, bufio.NewWriter(p.out) // a plan may have a million lines
	p.out = buffer
	defer func() { p.out, err = out, errors.Join(err, buffer.Flush()) }()
	p.printf("%s  %s\n", p.Strong(pl.Job.Name), p.Faint(pl.Job.Target))
	if pl.AsOf != "" {
		p.printf("  %s (%s), if the source stays as it is\n", p.yellow.Sprint("as of "+pl.AsOf), pl.Job.Mapping.Zone())
	}
	if r := pl.Receipt; r.Complete {
		p.printf("  read %s: %s, complete\n", Safe(r.Source), Count(int(r.Entries), "entry", "entries"))
		for _, note := range r.Notes {
			p.printf("  %s\n", Safe(note))
		}
	}
	if len(pl.Changed) > 0 {
		p.printf("  %s since it last succeeded: %s; whom only that would switch off waits\n", p.yellow.Sprint("the configuration has changed"), strings.Join(pl.Changed, ", "))
	}
	if pl.Receipt.Complete {
		if err := errors.Join(p.changes(pl, sent), p.waiting(pl), p.held(pl), p.cannot(pl)); err != nil {
			return err
		}
		p.totals(pl, sent)
		p.frozen(pl.Job.Name, pl.Job.Rules.Absent, pl.Freeze)
	}
	p.verdict(pl, sent)
	p.printf("\n")
	return p.err
}

func (p *Printer) changes(pl *reconcile.Plan, sent bool) error {
	if sent && pl.Summary.Changes()+len(pl.Results) > mostSent {
		sent = false
		if pl.Status != reconcile.Blocked {
			return p.unsuccessful(pl)
		}
	}
	p.printf("\n")
	n := 0
	for c, err := range pl.View().AllChanges() {
		if err != nil {
			return err
		}
		n++
		p.change(c, sent && pl.Status != reconcile.Blocked)
	}
	if n == 0 {
		p.printf("  %s\n", p.Good("nothing to change"))
	}
	return nil
}

// unsuccessful prints of a long run what did not succeed.
func (p *Printer) unsuccessful(pl *reconcile.Plan) error {
	p.printf("\n")
	for c, err := range pl.View().AllChanges() {
		if err != nil {
			return err
		}
		if c.Result != state.Succeeded && c.Result != state.Pending {
			p.change(c, true)
		}
	}
	return nil
}

// change prints one change: its sign, key and action, then a line for each attribute.
func (p *Printer) change(c state.Planned, sent bool) {
	paint := [...]*color.Color{plan.Create: p.green, plan.Update: p.cyan, plan.Reactivate: p.yellow, plan.Deactivate: p.red}[c.Action]
	line := fmt.Sprintf("%s %-14s %-10s", c.Action.Sign(), Safe(string(c.Key)), c.Action)
	var notes []string
	for _, note := range []string{c.Reason, waits(c), approved(c), c.Origin} {
		if note != "" {
			notes = append(notes, Safe(note))
		}
	}
	if meant := who(string(c.Key), c.Natural); c.Action == plan.Deactivate && meant != "" {
		notes = append(notes, strings.TrimSpace(meant))
	}
	if len(notes) == 0 {
		p.printf("  %s\n", paint.Sprint(strings.TrimRight(line, " ")))
	} else {
		p.printf("  %s  %s\n", paint.Sprint(line), p.Faint(strings.Join(notes, " · ")))
	}
	if sent && c.Result != state.Succeeded {
		p.printf("      %s\n", p.yellow.Sprint(strings.TrimSuffix(strings.ReplaceAll(c.Result.String(), "_", " ")+": "+Safe(c.Detail), ": ")))
	}
	width := 0
	for _, a := range c.After {
		width = max(width, len(a.Name))
	}
	for _, a := range c.After {
		if c.Action == plan.Create {
			p.printf("      %-*s  %s\n", width, a.Name, Safe(a.Value.String()))
			continue
		}
		p.printf("      %-*s  %s → %s\n", width, a.Name, shown(c.Before.Get(a.Name)), shown(a.Value))
	}
}

func waits(c state.Planned) string {
	if c.Waits == "" {
		return ""
	}
	return fmt.Sprintf("after %s has given its value up", c.Waits)
}

// shown is a value in a line of a plan; nothing is said as such.
func shown(v record.Value) string {
	if v.IsNull() {
		return "(empty)"
	}
	return Safe(v.String())
}

func (p *Printer) held(pl *reconcile.Plan) error {
	first := true
	for h, err := range pl.View().DraftHeld() {
		if err != nil {
			return err
		}
		if first {
			p.printf("\n  %s\n", p.yellow.Sprintf("held, and left as they are in the target: %s", Number(pl.Summary.Held)))
			first = false
		}
		p.printf("  ! %-14s %-10s  %s  %s\n", keyOf(h), h.Reason, Safe(h.Detail), p.Faint(Safe(h.Origin)))
	}
	return nil
}

// keyOf is a held record's key, or that it has none.
func keyOf(h state.Held) string {
	if h.Key == "" {
		return "(no key)"
	}
	return Safe(string(h.Key))
}

func (p *Printer) cannot(pl *reconcile.Plan) error {
	first := true
	for c, err := range pl.View().Cannot() {
		if err != nil {
			return err
		}
		if first {
			p.printf("\n  %s\n", p.yellow.Sprint("can't be applied"))
			first = false
		}
		p.printf("  ! %-14s %s  %s → %s  %s\n", Safe(string(c.Key)), c.Attribute, shown(c.Before), shown(c.After), p.Faint(strings.TrimSpace(who(string(c.Key), c.Natural)+Safe(c.Detail))))
	}
	return nil
}

// totals prints the summary, the limits and the forecast.
func (p *Printer) totals(pl *reconcile.Plan, sent bool) {
	s := pl.Summary
	p.printf("\n  %s create, %s update, %s deactivate, %s reactivate · %s unchanged", Number(s.Create), Number(s.Update), Number(s.Deactivate),
		Number(s.Reactivate), Number(s.Unchanged))
	for _, c := range []struct {
		n    int
		what string
	}{{s.Held, "held"}, {s.Waiting, "waiting"}, {s.NotNeeded, "not needed"}, {s.Absent, "absent but kept"}, {s.OutOfScope, "out of scope but kept"}} {
		if c.n > 0 {
			p.printf(" · %s %s", Number(c.n), c.what)
		}
	}
	p.printf("\n")
	var uses []string
	for _, u := range pl.Limits {
		switch {
		case u.Exceeded:
			uses = append(uses, p.red.Sprintf("%s: too many", use(u)))
		case u.Limit == "unverified":
			uses = append(uses, fmt.Sprintf("%s unverified, sent once without a limit", Count(u.Planned, "value", "values")))
		case u.Max != nil:
			uses = append(uses, use(u))
		}
	}
	if len(uses) > 0 {
		p.printf("  limits: %s\n", strings.Join(uses, " · "))
	}
	if !sent && s.Changes() > 0 {
		p.printf("  forecast: %s, %s at the target's rate\n", Count(pl.Requests, "request", "requests"), Span(pl.Seconds()))
	}
}

// use is how much of a limit a plan uses, together with what was done shortly before.
func use(u plan.LimitUse) string {
	text := fmt.Sprintf("%s %s of %s", u.Limit, Number(u.Planned+u.Recent), Number(*u.Max))
	if u.Recent > 0 {
		text += fmt.Sprintf(", %s of them in the last 24 h", Number(u.Recent))
	}
	return text
}

// verdict says how it came out, and what to do.
func (p *Printer) verdict(pl *reconcile.Plan, sent bool) {
	switch {
	case pl.Status == reconcile.Blocked && pl.Exceeded():
		p.printf("  %s nothing was sent: the plan is over a limit.%s\n", p.red.Sprint("blocked:"), remedy(pl, sent))
	case pl.New && sent && pl.Status == reconcile.Blocked:
		p.printf("  %s nothing was sent: the job is new. Look at the plan, then `rosterd sync --first %s`,\n  or `rosterd adopt %s` if the target has these records already.\n", p.yellow.Sprint("blocked:"), pl.Job.Name, pl.Job.Name)
	case pl.New && !sent && pl.Status == reconcile.Planned:
		p.printf("  the job is new: `rosterd sync --first %s` would send this; `rosterd adopt %s` links what the target has already\n", pl.Job.Name, pl.Job.Name)
	case pl.Status == reconcile.Parked:
		p.printf("  %s until %s: the target asked for a pause, and nothing is sent to it before; run again then%s\n", p.yellow.Sprint("parked"),
			pl.Resume.Format(time.RFC3339), tally(pl, sent))
	case pl.Err != nil && pl.Status == reconcile.Failed:
		p.printf("  %s %s%s\n", p.red.Sprint("failed:"), Safe(pl.Err.Error()), tally(pl, sent))
	case pl.Status == reconcile.Blocked && pl.Err != nil:
		p.printf("  %s %s\n", p.red.Sprint("blocked:"), Safe(pl.Err.Error()))
	case sent:
		p.printf("  %s%s\n", p.Strong(string(pl.Status)), results(pl))
	}
	if pl.Waiting > 0 {
		p.printf("  %s %s not sent.%s\n", p.yellow.Sprint("waiting:"), Count(pl.Waiting, "change is", "changes are"), remedy(pl, sent))
	}
	if known := pl.Known(); !sent && known.Parked(time.Now()) {
		p.printf("  the target is %s until %s\n", p.yellow.Sprint("parked"), known.ParkedUntil.Format(time.RFC3339))
	}
	if pl.Doubts > 0 && !sent {
		p.printf("  %s without an answer yet: of a run that is under way, or the next run finds out first what became of them\n", Count(pl.Doubts, "change", "changes"))
	}
}

// tally says, on a line of its own, how far a run came that did not come to its end.
func tally(pl *reconcile.Plan, sent bool) string {
	if !sent || pl.Total == 0 {
		return ""
	}
	return "\n  of " + Count(pl.Total, "change", "changes") + results(pl)
}

func results(pl *reconcile.Plan) string {
	var parts []string
	done := 0
	for r := state.Succeeded; r <= state.Gone; r++ {
		n := pl.Results[r]
		if n == 0 || r == state.Unsent {
			continue
		}
		done += n
		word := strings.ReplaceAll(r.String(), "_", " ")
		if r == state.Succeeded {
			word = "applied"
		}
		parts = append(parts, Number(n)+" "+word)
	}
	if rest := pl.Total - done; rest > 0 {
		parts = append(parts, Number(rest)+" not sent")
	}
	if len(parts) == 0 {
		return ": there was nothing to send"
	}
	return ": " + strings.Join(parts, ", ")
}
