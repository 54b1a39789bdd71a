package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// Plan is what one run would do, then what it did. Its details are in the draft and are read in portions.
type Plan struct {
	Job      *Job
	Status   Status
	AsOf     string // the day that was asked for instead of today, "" for none
	New      bool   // the state does not know the job: only `sync --first` sends anything
	Same     bool   // the source is byte for byte what the last run left nothing over of: nothing was parsed
	Receipt  sources.Receipt
	Summary  plan.Summary
	Waiting  int      // changes that wait; of one whose attribute is left out of its change, the rest does not
	Approved string   // who approved some of what it has to send, "" for nobody
	Changed  []string // what of the configuration is another than when the job last succeeded or was approved
	HeldRows int      // lines in the list of what is held
	Limits   []plan.LimitUse
	Requests int
	Doubts   int       // changes of earlier runs whose answer is not known; the next run settles them first
	Freeze   Freeze    // why nobody is newly taken for absent, if so
	Err      error     // what stopped the plan or the run; nil where each change stands for itself
	Resume   time.Time // of a parked run
	Results  map[state.Result]int
	Total    int // changes that were to be sent when the sending began

	view        *state.View
	index       *state.Index
	known       state.Job
	last        sources.Receipt // of the last complete read; zero: there was none
	now         time.Time
	digest      record.Fingerprint // of mapping, rules and layout
	mark        string
	counted     int64 // entries of the read, each key once
	clean       []byte
	reading     sources.Reading
	fast        bool
	freeze      bool // nobody is newly absent
	judged      bool
	setup       []byte  // what is kept of the configuration if nothing waits
	former      *former // the configuration that is kept; nil: it is the same
	granted     []state.Approval
	suspect     bool   // there are changes whose limits do not decide alone
	pairing     string // the attribute that RekeyBy pairs keys by, "" for none
	run         state.Run
	invalid     int64                 // entries that can't be mapped
	invalid1    string                // the first of them, and why
	misfit1     string                // the first key that misses key_pattern, and where it is
	fresh       int                   // entries whose key has no record
	duplicates  int64                 // keys with several entries that differ
	duplicate1  string                // the first of them, and where they are
	unreadables int64                 // entries without a readable key
	unreadable1 string                // the first of them, and why
	leavers     int                   // keys never seen that say inactive, and have the natural key of a record that is on
	unclear     map[record.Key]string // changes of earlier runs that could not be settled, and why
	doubt       sinks.Confirmer       // ids of its target's listing are not proven
	store       *state.Store
	release     []func() // of the locks
}

// Plan reads the source and plans: the dry run. It sends nothing, writes nothing to the state, and works beside a run. The caller
// closes it, whatever Err says.
func (j *Job) Plan(ctx context.Context) *Plan {
	p := j.read(ctx, true)
	if p.Err == nil && !p.Same {
		p.Err = p.judge()
	}
	switch {
	case p.Err != nil:
		p.Status = Failed
	case p.Exceeded():
		p.Status = Blocked
	default:
		p.Status = Planned
	}
	return p
}

// PlanAsOf is Plan on another day, at this time of the day, in the job's zone: what would be sent then if the source stayed as it is. today(), valid() and
// now() ask that clock, and whatever ages or expires; how old a file may be is still measured by the real one.
func (j *Job) PlanAsOf(ctx context.Context, day time.Time) *Plan {
	then, now := *j, j.Now().In(j.Mapping.Zone())
	at := time.Date(day.Year(), day.Month(), day.Day(), now.Hour(), now.Minute(), now.Second(), 0, now.Location())
	then.Now = func() time.Time { return at }
	p := then.Plan(ctx)
	p.AsOf = day.Format(time.DateOnly)
	return p
}

// Exceeded reports whether the plan is over a limit for which nothing at all is sent.
func (p *Plan) Exceeded() bool {
	return !p.Job.Withhold && p.Approved == "" && plan.Exceeded(p.Limits)
}

// Close drops the draft, and what the source kept to tell where entries come from.
func (p *Plan) Close() error {
	var errs []error
	if p.reading != nil {
		errs = append(errs, p.reading.Close())
	}
	if p.view != nil {
		errs = append(errs, p.view.Close())
	}
	return errors.Join(errs...)
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

// digestOf covers all that a verdict on an unchanged entry depends on, besides the entry.
func (p *Plan) digestOf(l record.Layout) record.Fingerprint {
	r := p.Job.Rules
	day := p.Job.Mapping.Digest(p.now)
	rules, err := json.Marshal([]any{r.Absent, r.DeactivateOut, r.CreateInactive, r.UpdateInactive, r.Protect, r.NeverTouch, r.Prefer, r.Mapped, p.Job.Contract})
	if err != nil {
		panic(err) // plain values: can't fail
	}
	b := append(rules, day[:]...)
	return xxh3.Hash128(append(b, l.Digest[:]...)).Bytes()
}

// digestOfChange is how a change is known again, as one that was refused or approved.
func (p *Plan) digestOfChange(c plan.Change) record.Fingerprint {
	return c.Digest(p.Job.Name, p.Job.Rules.Clocked...)
}

// markOf tells one file from another: by name, time and content. A directory has none of that: each of its reads is another one.
func markOf(r sources.Receipt, now time.Time) string {
	if r.Content == "" && r.Modified.IsZero() {
		return now.Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%s|%d|%d|%s", r.Source, r.Modified.UnixNano(), r.Bytes, r.Content)
}
