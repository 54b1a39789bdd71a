package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Plan is what one run would do, then what it did. Its details are in the draft and are read in portions.
type Plan struct {
	Job      *Job
	Status   Status
	New      bool // the state does not know the job: only `sync --first` sends anything
	Same     bool // the source is byte for byte what the last run left nothing over of: nothing was parsed
	Receipt  sources.Receipt
	Summary  plan.Summary
	HeldRows int // lines in the list of what is held
	Limits   []plan.LimitUse
	Requests int
	Doubts   int       // changes of earlier runs whose answer is not known; the next run settles them first
	Err      error     // what stopped the plan or the run; nil where each change stands for itself
	Resume   time.Time // of a parked run
	Results  map[state.Result]int

	view    *state.View
	index   *state.Index
	known   state.Job
	now     time.Time
	digest  record.Fingerprint // of mapping, rules and layout
	mark    string
	clean   []byte
	origin  func(uint32) string
	freeze  bool // nobody is newly absent
	judged  bool
	run     state.Run
	unclear map[record.Key]string // changes of earlier runs that could not be settled, and why
	store   *state.Store
	release []func() // of the locks
}

// Plan reads the source and plans: the dry run. It sends nothing, writes nothing to the state, and works beside a run. The caller
// closes it, whatever Err says.
func (j *Job) Plan(ctx context.Context) *Plan {
	p := j.read(ctx)
	if p.Err == nil && !p.Same {
		p.Err = p.judge()
	}
	switch {
	case p.Err != nil:
		p.Status = Failed
	case plan.Exceeded(p.Limits):
		p.Status = Blocked
	default:
		p.Status = Planned
	}
	return p
}

// Close drops the draft.
func (p *Plan) Close() error {
	if p.view == nil {
		return nil
	}
	return p.view.Close()
}

// View is the draft, for those who show it.
func (p *Plan) View() *state.View { return p.view }

// Known is what the state knew of the job when the plan was made.
func (p *Plan) Known() state.Job { return p.known }

// Seconds is how long the requests take at the target's rate.
func (p *Plan) Seconds() float64 {
	if p.Job.Delivery.Rate <= 0 {
		return 0
	}
	return float64(p.Requests) / p.Job.Delivery.Rate
}

// errIncomplete says that a snapshot is not proven complete.
type errIncomplete struct{ reasons []string }

func (e errIncomplete) Error() string {
	return "incomplete snapshot, nothing was sent: " + strings.Join(e.reasons, "; ")
}

// read is the first step: the whole source, sifted, mapped, into the draft.
func (j *Job) read(ctx context.Context) *Plan {
	p := &Plan{Job: j, now: j.Now(), Results: map[state.Result]int{}}
	if p.Err = p.open(); p.Err != nil {
		return p
	}
	reading, err := j.Source.Open(ctx, sources.Request{Need: j.Mapping.Need(), Seed: p.view.Seed()})
	if err != nil {
		p.Receipt.Reasons = []string{err.Error()}
		p.Err = fmt.Errorf("read source: %w", err)
		return p
	}
	defer reading.Close()
	p.origin = reading.Origin
	p.Err = p.take(ctx, reading)
	var incomplete errIncomplete
	if errors.As(p.Err, &incomplete) {
		p.Receipt.Complete, p.Receipt.Reasons = false, incomplete.reasons
	}
	return p
}

func (p *Plan) open() (err error) {
	if p.view, err = state.OpenView(p.Job.State); err != nil {
		return err
	}
	if p.known, err = p.view.Job(p.Job.Name, p.Job.Target); err != nil {
		return err
	}
	p.New = p.known.ID == 0
	if !p.New && p.known.Identity != p.Job.Target {
		return fmt.Errorf("job %s belongs to target %q in the state, and to %q in the configuration: the state's ids are of another target; "+
			"give the job another name, or put the address back", p.Job.Name, p.known.Identity, p.Job.Target)
	}
	p.Doubts, err = p.view.HasDoubts(p.known.Target)
	return err
}

// take reads everything, unless it is known to be the same.
func (p *Plan) take(ctx context.Context, reading sources.Reading) error {
	bound, problems := p.Job.Mapping.Bind(reading.Layout(), p.now)
	if len(problems) > 0 {
		var reasons []string
		for _, problem := range problems {
			reasons = append(reasons, problem.Where+": "+problem.Message)
		}
		return errIncomplete{reasons}
	}
	p.digest = p.digestOf(reading.Layout())
	content, cheap := reading.Content()
	if cheap && !p.Job.Mapping.Volatile() {
		p.clean = append(p.digest[:len(p.digest):len(p.digest)], content[:]...)
		if same, err := p.same(reading); same || err != nil {
			return err
		}
	}
	var err error
	if p.index, err = p.loadIndex(); err != nil {
		return err
	}
	if err := p.entries(reading, bound); err != nil {
		return err
	}
	p.mark = markOf(p.Receipt)
	if err := p.view.EndWants(p.known, p.index); err != nil {
		return err
	}
	return p.contract()
}

// same is the short cut: byte for byte the file of a run that left nothing over, under the same configuration, on the same day if
// the mapping asks for it.
func (p *Plan) same(reading sources.Reading) (bool, error) {
	if p.New || p.Doubts > 0 || string(p.known.Clean) != string(p.clean) {
		return false, nil
	}
	last, err := p.view.LastSummary(p.known)
	if err != nil {
		return false, err
	}
	p.Same = true
	p.Receipt = reading.Receipt()
	p.Receipt.Entries, p.Receipt.Complete = p.known.Entries, true
	p.mark = p.known.Mark
	p.Summary = plan.Summary{Unchanged: last.Unchanged + last.Changes(), NotNeeded: last.NotNeeded, OutOfScope: last.OutOfScope}
	p.Limits = p.Job.Limits.Check(plan.Totals{}, p.known.Active)
	return true, nil
}

func (p *Plan) loadIndex() (*state.Index, error) {
	if p.Job.Mapping.Volatile() {
		return nil, nil
	}
	return p.view.Index(p.known, p.digest)
}

// entries maps every entry that the index does not know, into the draft.
func (p *Plan) entries(reading sources.Reading, bound *mapping.Bound) error {
	var sift sources.Sift
	if p.index.Usable() {
		sift = p.index.Sift
	}
	misfits := int64(0)
	for e, err := range reading.Entries(sift) {
		if err != nil {
			p.Receipt = reading.Receipt()
			return errIncomplete{[]string{err.Error()}}
		}
		out := bound.Map(&e)
		if fits := p.Job.Contract.KeyPattern; out.Key != "" && fits != nil && !fits.MatchString(string(out.Key)) {
			misfits++
			if out.Verdict != mapping.OutOfScope {
				out.Verdict, out.Reason = mapping.KeyUnreadable, fmt.Sprintf("key %q does not match key_pattern", out.Key)
			}
		}
		if err := p.add(&e, out); err != nil {
			return err
		}
	}
	p.Receipt = reading.Receipt()
	if misfits*100 > p.Receipt.Entries {
		return errIncomplete{[]string{fmt.Sprintf("%d of %d keys do not match key_pattern; has a spreadsheet taken their leading zeros?", misfits, p.Receipt.Entries)}}
	}
	return nil
}

// add puts one mapped entry into the draft.
func (p *Plan) add(e *record.Entry, out mapping.Outcome) error {
	scope := plan.InScope
	switch out.Verdict {
	case mapping.OutOfScope:
		scope = plan.OutOfScope
	case mapping.Invalid:
		scope = plan.Broken
	case mapping.KeyUnreadable:
		return p.unreadable(e, out)
	}
	return p.view.AddWant(out.Key, scope, out.Attrs, e.At, e.Raw, out.Reason)
}

// unreadable holds an entry that could be anyone; so nobody is newly absent, unless it has been there for long.
func (p *Plan) unreadable(e *record.Entry, out mapping.Outcome) error {
	h := state.Held{Ident: "row " + e.Raw.String(), Origin: p.origin(e.At), Reason: plan.Unreadable, Detail: out.Reason,
		Naturals: []string{record.Fold(out.Attrs.Get(p.Job.Sink.Schema().Natural).Text())}}
	since, err := p.view.HeldSince(p.known, h.Ident, h.Reason)
	if err != nil {
		return err
	}
	if since.IsZero() || p.now.Sub(since) < unreadableGrace {
		p.freeze = true
	}
	return p.view.Hold(h)
}

// contract holds the read against what is expected of it.
func (p *Plan) contract() error {
	c, n, last := p.Job.Contract, p.Receipt.Entries, p.known.Entries
	var reasons []string
	if n < c.MinEntries {
		reasons = append(reasons, fmt.Sprintf("%d entries, fewer than min_entries %d", n, c.MinEntries))
	}
	if (last-n)*100*plan.OnePercent > c.MaxShrink*last {
		reasons = append(reasons, fmt.Sprintf("%d entries, where the last complete read had %d: more than max_shrink %g%% are gone; "+
			"if that is right, raise max_shrink for one run", n, last, float64(c.MaxShrink)/plan.OnePercent))
	}
	for _, key := range c.Require {
		shown, err := p.view.Shown(p.known, p.index, key)
		if err != nil {
			return err
		}
		if !shown {
			reasons = append(reasons, fmt.Sprintf("key %s, which `require` names, is not in it", key))
		}
	}
	if len(reasons) > 0 {
		return errIncomplete{reasons}
	}
	return nil
}

// digestOf covers all that a verdict on an unchanged entry depends on, besides the entry.
func (p *Plan) digestOf(l record.Layout) record.Fingerprint {
	r := p.Job.Rules
	day := p.Job.Mapping.Digest(p.now)
	rules, err := json.Marshal([]any{r.Absent, r.DeactivateOut, r.CreateInactive, r.UpdateInactive, r.Protect, r.Mapped, r.Schema, p.Job.Contract})
	if err != nil {
		panic(err) // plain values: can't fail
	}
	b := append(rules, day[:]...)
	return xxh3.Hash128(append(b, l.Digest[:]...)).Bytes()
}

// markOf tells one file from another: by name, time and content.
func markOf(r sources.Receipt) string {
	return fmt.Sprintf("%s|%d|%d|%s", r.Source, r.Modified.UnixNano(), r.Bytes, r.Content)
}
