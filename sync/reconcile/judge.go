package reconcile

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// judge turns the draft's entries into changes. It can be called again after the view was refreshed.
func (p *Plan) judge() error {
	if err := p.view.Reset(); err != nil {
		return err
	}
	rules := p.rules()
	p.Summary, p.Requests, p.suspect, p.duplicates, p.fresh, p.leavers = plan.Summary{}, 0, false, 0, 0, 0
	p.Summary.Unchanged, p.Summary.NotNeeded, p.Summary.OutOfScope = p.index.Counts()
	judge := func(c plan.Case) judged { return judged{c, p.verdict(rules, c)} }
	for j, err := range state.Judged(p.view, p.known, p.reading.Origin, judge) {
		if err == nil {
			err = p.decide(rules, j)
		}
		if err != nil {
			return err
		}
	}
	if err := p.plausible(); err != nil {
		return err
	}
	if err := p.view.EndChanges(); err != nil {
		return err
	}
	if err := p.untangle(); err != nil {
		return err
	}
	// After untangling: who is held as a suspected rekey keeps the old record from ageing.
	for c, err := range p.missing(p.index) {
		if err == nil {
			err = p.decide(rules, judge(c))
		}
		if err != nil {
			return err
		}
	}
	p.judged = true
	if err := p.count(); err != nil {
		return err
	}
	return p.limits()
}

// suspicionLasts is how long a job that does not run keeps records of others from ageing, for a new key that it held last. It may have been
// taken out of the configuration, and then nobody ever releases what it holds.
const suspicionLasts = 72 * time.Hour

// missing are the records without an entry.
func (p *Plan) missing(x *state.Index) iter.Seq2[plan.Case, error] {
	return p.view.Missing(p.known, x, p.now.Add(-suspicionLasts))
}

func (p *Plan) rules() *plan.Rules {
	rules := p.Job.Rules
	rules.Job, rules.Was, rules.Schema = p.Job.Name, p.Job.Was, p.Job.Sink.Schema()
	rules.Now, rules.FreezeNew, rules.RetryRefused = p.now, p.freeze, p.Job.Delivery.RetryRefused
	rules.Frozen, rules.FrozenAbsence = p.former != nil, p.former != nil && p.former.absence
	rules.ReadCounts = p.mark != p.known.Mark
	return &rules
}

// judged is a case and what the rules say of it.
type judged struct {
	plan.Case
	verdict plan.Verdict
}

func (p *Plan) verdict(rules *plan.Rules, c plan.Case) plan.Verdict {
	if why, unclear := p.unclear[c.Key]; unclear {
		return rules.Unclear(c, why)
	}
	return rules.Judge(c)
}

func (p *Plan) decide(rules *plan.Rules, j judged) error {
	c, verdict := j.Case, j.verdict
	if len(c.Wants) > 0 && (c.Known == nil || c.Known.Status == plan.Ghost) {
		p.fresh += len(c.Wants)
	}
	if verdict.Held != nil && verdict.Held.Reason == plan.Duplicate {
		if p.duplicates++; p.duplicates == 1 {
			p.duplicate1 = fmt.Sprintf("%s, %s", c.Key, verdict.Held.Detail)
		}
	}
	if h := verdict.Held; h != nil && h.Reason == plan.Owned {
		h.Detail += fmt.Sprintf("; `rosterd transfer %s %s %s` gives it to this one, or take it out of one of the two sources", c.Known.Owner, word(c.Key), p.Job.Name)
	}
	action := plan.Action(0)
	if verdict.Change != nil {
		action = verdict.Change.Action
		p.Requests += p.Job.Sink.Requests(*verdict.Change)
		p.suspect = p.suspect || action == plan.Deactivate && verdict.Change.Cause == plan.Configuration
	}
	p.Summary.Count(verdict.Outcome, action)
	if err := p.leaves(c, verdict); err != nil {
		return err
	}
	var id uint32
	if c.Known != nil {
		id = c.Known.ID
	}
	origin := ""
	if len(c.Wants) > 0 {
		origin = c.Wants[0].Origin
	}
	return p.view.AddVerdict(c, id, verdict, rules.Schema, origin)
}

// untangle orders or holds the changes whose natural keys collide.
func (p *Plan) untangle() error {
	contested, err := p.view.Contest(p.known, p.Job.Sink.Schema())
	if err != nil {
		return err
	}
	if (contested || p.leavers > 0) && p.Job.Rules.TakeOverSame {
		if err := p.view.BeginSuccessions(); err != nil {
			return err
		}
	}
	if contested {
		if err := p.settleClaims(); err != nil {
			return err
		}
	}
	return p.takeOverLeavers()
}

// settleClaims decides on one claimant after the other.
func (p *Plan) settleClaims() error {
	tangle, err := plan.Tie(p.view.Links())
	if err != nil {
		return err
	}
	for c, err := range p.view.Claimants(p.known, p.index) {
		if err != nil {
			return err
		}
		c.Named = p.Job.Sink.Schema().Natural
		knot, err := tangle.Knot(c, p.view.ClaimantAt)
		if err == nil {
			err = p.settleClaim(c, knot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) settleClaim(c plan.Claimant, knot plan.Knot) error {
	if knot.Held == nil {
		return p.view.SetWave(knot.N, knot.Wave, knot.Waits)
	}
	taken, err := p.takeOver(c, knot.Held)
	if err != nil || taken {
		return err
	}
	knot.Held.Detail += p.settledBy(c, knot.Held.Reason)
	return p.hold(knot, c)
}

// settledBy is what settles it, where a record is held on the suspicion that it is that of another key: the command, if it is.
func (p *Plan) settledBy(c plan.Claimant, why plan.Reason) string {
	foreign := c.Holder != nil && c.Holder.Job != p.Job.Name && (p.Job.Was == "" || c.Holder.Job != p.Job.Was)
	if why != plan.Rekey && why != plan.Reuse && (why != plan.Conflict || !foreign || c.Action != plan.Create) {
		return ""
	}
	command := fmt.Sprintf("rosterd rekey %s %s %s", p.Job.Name, word(c.Holder.Key), word(c.Key))
	if foreign {
		command = fmt.Sprintf("rosterd transfer %s %s %s && %s", c.Holder.Job, word(c.Holder.Key), p.Job.Name, command)
	}
	natural := p.Job.Sink.Schema().Natural
	switch {
	case why == plan.Conflict:
		return fmt.Sprintf(". The same: `%s`", command)
	case why == plan.Reuse && !p.Job.Rules.UpdateInactive:
		return fmt.Sprintf(" The same: `%s`. Another: give %s another %s in the source; that of a record that is switched off is changed only with update_inactive: true", command, c.Key, natural)
	}
	return fmt.Sprintf(" The same: `%s`. Another: give one of the two another %s", command, natural)
}

// word is a key as a shell takes it.
func word(k record.Key) string {
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-_.:@/", r)
	}
	if strings.IndexFunc(string(k), func(r rune) bool { return !plain(r) }) < 0 && !strings.HasPrefix(string(k), "-") {
		return string(k)
	}
	return "'" + strings.ReplaceAll(string(k), "'", `'\''`) + "'"
}

// hold takes back a change whose natural key can't be had; of one in a ring only that attribute.
func (p *Plan) hold(knot plan.Knot, c plan.Claimant) error {
	ch, err := p.view.Withdraw(knot.N)
	if err != nil {
		return err
	}
	schema := p.Job.Sink.Schema()
	p.Requests -= p.Job.Sink.Requests(ch.Change)
	h := state.Held{Ident: string(ch.Key), Key: ch.Key, Naturals: []string{ch.Claim(schema)}, Origin: ch.Origin, Reason: knot.Held.Reason, Detail: knot.Held.Detail}
	if h.Reason == plan.Rekey || h.Reason == plan.Conflict && ch.Action == plan.Create && c.Holder != nil && c.Holder.Job != p.Job.Name {
		h.About = c.Holder.Key // of another job that has not missed it yet: whoever leaves there may be who comes here
	}
	if err := p.view.Hold(h); err != nil {
		return err
	}
	if err := p.view.Doubt(ch.Key); err != nil {
		return err
	}
	rest := ch
	rest.Before, rest.After = ch.Before.Without(schema.Natural), ch.After.Without(schema.Natural)
	if knot.Held.Reason != plan.Cycle || len(rest.After) == 0 {
		p.Summary.Hold(ch.Action)
		return nil
	}
	p.Requests += p.Job.Sink.Requests(rest.Change)
	return p.view.Restore(rest, schema)
}

// count counts what is held.
func (p *Plan) count() error {
	held, err := p.view.HeldCount(p.known, p.now)
	if err != nil {
		return err
	}
	unreadable, err := p.view.UnreadableCount()
	if err != nil {
		return err
	}
	p.HeldRows = held
	p.Summary.Held += unreadable
	return nil
}
