package reconcile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// errIncomplete says that a snapshot is not proven complete.
type errIncomplete struct{ reasons []string }

func (e errIncomplete) Error() string {
	return "incomplete snapshot, nothing was sent: " + strings.Join(e.reasons, "; ")
}

// read is the first step: the whole source, sifted, mapped, into the draft. Without the fast path every entry is mapped.
func (j *Job) read(ctx context.Context, fast bool) *Plan { return j.readInto(ctx, &Plan{fast: fast}) }

// readInto is read into a plan that says already what is special about it.
func (j *Job) readInto(ctx context.Context, p *Plan) *Plan {
	p.Job, p.now, p.Results = j, j.Now(), map[state.Result]int{}
	if p.Err = p.open(); p.Err != nil {
		return p
	}
	reading, err := j.Source.Open(ctx, sources.Request{Need: j.Mapping.Need(), Seed: p.view.Seed()})
	if err != nil {
		p.Receipt.Reasons = []string{err.Error()}
		p.Err = fmt.Errorf("read source: %w", err)
		return p
	}
	p.reading = reading // until the plan is closed: it knows where entries come from
	p.Err = p.take(ctx, reading)
	if p.Err == nil && p.fast && j.Rules.Prefer && !p.Same {
		if twins, err := p.view.HasTwins(); err != nil || twins {
			// Which entry is preferred can only be told when all of a key were parsed: once more, without the fast path.
			if err := errors.Join(err, p.Close()); err != nil {
				p.Err = err
				return p
			}
			return j.read(ctx, false)
		}
	}
	p.incomplete(p.Err)
	return p
}

// incomplete writes into the receipt why the read is not complete, if that is what an error says.
func (p *Plan) incomplete(err error) {
	var why errIncomplete
	if !errors.As(err, &why) {
		return
	}
	if p.Receipt.Source == "" { // it was refused before its entries were looked at
		p.reading.Content() // so that it can be told which one it was
		p.Receipt = p.reading.Receipt()
	}
	p.Receipt.Complete, p.Receipt.Reasons = false, why.reasons
}

func (p *Plan) open() (err error) {
	if p.view, err = state.OpenView(p.Job.State); err != nil {
		return err
	}
	if err = p.view.Verify(); err != nil {
		return err
	}
	if p.known, err = p.view.Job(p.Job.Name, p.Job.Was, p.Job.Target); err != nil {
		return err
	}
	if len(p.known.Receipt) > 0 {
		if err := json.Unmarshal(p.known.Receipt, &p.last); err != nil {
			return fmt.Errorf("read state %s: receipt of the last read: %w", p.Job.State, err)
		}
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
	if err := p.thawed(reading); err != nil {
		return err
	}
	p.digest = p.digestOf(reading.Layout())
	load := sync.OnceValues(p.loadIndex)
	var ahead sync.WaitGroup
	if !reading.Receipt().Modified.Equal(p.last.Modified) { // probably another content: the index is needed, and can come while that is looked at
		ahead.Go(func() { _, _ = load() })
	}
	differs := reading.Differs(p.last)
	if !differs {
		reading.Content()
	}
	ahead.Wait() // the view is one goroutine's at a time
	if err := p.older(reading.Receipt(), differs); err != nil {
		return err
	}
	bound, problems := p.Job.Mapping.Bind(reading.Layout(), p.now)
	if len(problems) > 0 {
		var reasons []string
		for _, problem := range problems {
			reasons = append(reasons, problem.Where+": "+problem.Message)
		}
		return errIncomplete{append(reasons, aboutHeader(reading.Layout().Columns))}
	}
	if same, err := p.same(reading); same || err != nil {
		return err
	}
	var err error
	if p.index, err = load(); err != nil {
		return err
	}
	if err := p.entries(reading, bound); err != nil {
		return err
	}
	p.clean = p.cleanOf(p.Receipt)
	p.note()
	p.mark = markOf(p.Receipt, p.now)
	if err := p.view.EndWants(p.known, p.index); err != nil {
		return err
	}
	return p.contract()
}

// same is the short cut: byte for byte the file of a run that left nothing over, under the same configuration, on the same day if
// the mapping asks for it.
func (p *Plan) same(reading sources.Reading) (bool, error) {
	p.clean = p.cleanOf(reading.Receipt())
	if !p.fast || p.New || p.former != nil || p.Doubts > 0 || p.clean == nil || !bytes.Equal(p.known.Clean, p.clean) {
		return false, nil
	}
	last, err := p.view.LastSummary(p.known)
	if err != nil {
		return false, err
	}
	p.Same = true
	p.Receipt = reading.Receipt()
	p.counted = p.known.Entries
	p.Receipt.Entries, p.Receipt.Complete, p.Receipt.Reasons = max(p.last.Entries, p.counted), true, nil
	p.note()
	p.proven("byte for byte what a complete read had that left nothing over: %d entries", p.known.Entries)
	p.mark = p.known.Mark
	p.Summary = plan.Summary{Unchanged: last.Unchanged + last.Changes(), NotNeeded: last.NotNeeded, OutOfScope: last.OutOfScope}
	return true, p.check(plan.Totals{})
}

// cleanOf is content and configuration; nil where the content is not known, or does not decide alone.
func (p *Plan) cleanOf(r sources.Receipt) []byte {
	if r.Content == "" || p.Job.Mapping.Volatile() {
		return nil
	}
	return append(p.digest[:len(p.digest):len(p.digest)], r.Content...)
}

func (p *Plan) loadIndex() (*state.Index, error) {
	if !p.fast || p.former != nil || p.Job.Mapping.Volatile() {
		return nil, nil
	}
	return p.view.Index(p.known, p.digest)
}
