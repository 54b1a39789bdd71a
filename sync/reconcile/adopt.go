package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// AdoptOptions are what whoever adopts may say.
type AdoptOptions struct {
	DryRun  bool          // find out, and write nothing
	Trust   bool          // take what the target does not show for equal to the source
	Wait    time.Duration // for others, as Options.Wait
	Command string
}

// Match is how one key fared.
type Match string

// The matches. Only Matched and nothing else is linked.
const (
	Matched   Match = "matched"
	Ambiguous Match = "ambiguous"
	NotFound  Match = "not_found"
	Taken     Match = "taken"       // the record has another key, of this job or of another
	Untouched Match = "never_touch" // or the target marks it as none of ours
	Undecided Match = "undecided"   // the source does not say clearly what the record should be
)

// Adopted is one key of an adoption.
type Adopted struct {
	Key      record.Key `json:"key"`
	Match    Match      `json:"match"`
	RemoteID string     `json:"remote_id,omitempty"`
	Origin   string     `json:"origin"`
	Detail   string     `json:"detail,omitempty"`
}

// Adoption is what an adoption found, and what it linked unless it was a dry run.
type Adoption struct {
	Listed    int // records that the target has
	Linked    int // keys that had their record before
	Counts    map[Match]int
	Unclaimed int       // records that the target lists, without a key and not marked as none of ours, and that no entry may be meant by
	Each      []Adopted // every key that is not linked before, by key
}

// Adopt links the state to records that are in the target already. It makes one listing, or look-ups where the target has none,
// and writes nothing to the target: what differs is planned at the next run, under all limits.
func (j *Job) Adopt(ctx context.Context, o AdoptOptions) (*Adoption, error) {
	release, err := j.lock(ctx, state.LockJob, j.Name, o.Wait)
	if err != nil {
		return nil, err
	}
	defer release()
	p := j.read(ctx, false)
	defer p.Close()
	if p.Err != nil {
		return nil, p.Err
	}
	if p.known.Parked(p.now) {
		return nil, errParked{until: p.known.ParkedUntil, why: p.known.ParkedWhy}
	}
	free, err := j.lock(ctx, state.LockTarget, j.Target, o.Wait)
	if err != nil {
		return nil, err
	}
	defer free()
	if _, err := p.refresh(); err != nil { // others may have linked records while this one waited
		return nil, err
	}
	if p.known.Parked(p.now) {
		return nil, errParked{until: p.known.ParkedUntil, why: p.known.ParkedWhy}
	}
	a := &adopter{p: p, options: o, out: &Adoption{Counts: map[Match]int{}}, byRemote: map[string]int{}, claimed: map[string]bool{}}
	if err := a.find(ctx); err != nil {
		return nil, err
	}
	if !o.DryRun {
		err = a.write()
	}
	return a.out, err
}

type adopter struct {
	p        *Plan
	options  AdoptOptions
	out      *Adoption
	links    []state.Adoption
	back     []state.Adoption      // linked before, and switched on again by somebody
	probe    state.Listed          // an id of the listing, to be proven before the first update
	claimed  map[string]bool       // ids of records that an entry may mean, whatever came of it
	doubts   map[record.Key]bool   // keys of which a change has no answer yet
	awaited  map[string]record.Key // the natural keys that creates among these may have taken
	byRemote map[string]int        // place in out.Each of who matched a record first
}

// find matches every key that the source wants with what the target has.
func (a *adopter) find(ctx context.Context) error {
	v := a.p.view
	if err := v.BeginFound(a.p.known); err != nil {
		return err
	}
	if err := a.unanswered(); err != nil {
		return err
	}
	lister, lists := a.p.Job.Sink.(sinks.Lister)
	if lists {
		for f, err := range lister.List(ctx) {
			if err != nil {
				return fmt.Errorf("list the target: %w", err)
			}
			if err := v.AddFound(state.Listed(f), a.p.Job.Sink.Schema().Natural); err != nil {
				return err
			}
		}
	}
	var err error
	if a.out.Listed, err = v.EndFound(); err != nil {
		return err
	}
	var cases []plan.Case
	for c, err := range v.Cases(a.p.known, a.p.reading.Origin) {
		if err != nil {
			return err
		}
		cases = append(cases, c)
	}
	for _, c := range cases {
		if err := a.match(ctx, c, lists); err != nil {
			return err
		}
	}
	for id, err := range v.FoundUnlinked() {
		if err != nil {
			return err
		}
		if !a.claimed[id] {
			a.out.Unclaimed++
		}
	}
	return nil
}

// unanswered notes whose record may have been made, or changed, by a request that has no answer yet, of whatever job.
func (a *adopter) unanswered() error {
	doubts, err := a.p.view.Doubts(a.p.known.Target)
	a.doubts, a.awaited = map[record.Key]bool{}, map[string]record.Key{}
	for _, d := range doubts {
		a.doubts[d.Key] = true
		if d.Action == plan.Create {
			a.awaited[d.Claim(a.p.Job.Sink.Schema())] = d.Key
		}
	}
	delete(a.awaited, "")
	return err
}

// match decides on one key.
func (a *adopter) match(ctx context.Context, c plan.Case, listed bool) error {
	if c.Known != nil && c.Known.Status != plan.Ghost {
		a.out.Linked++
		return a.again(c)
	}
	w, found, clear := a.p.rules().Sole(c.Wants)
	switch {
	case !found:
		return nil // out of scope
	case !clear || w.Scope == plan.Broken || a.doubts[c.Key]:
		if err := a.claims(c); err != nil {
			return err
		}
	}
	switch {
	case !clear:
		a.note(Adopted{Key: c.Key, Match: Undecided, Origin: w.Origin, Detail: "several entries of this key differ"})
		return nil
	case w.Scope == plan.Broken:
		a.note(Adopted{Key: c.Key, Match: Undecided, Origin: w.Origin, Detail: w.Reason})
		return nil
	case a.doubts[c.Key]:
		a.note(Adopted{Key: c.Key, Match: Undecided, Origin: w.Origin, Detail: unanswered(c.Key, a.p.Job)})
		return nil
	}
	schema := a.p.Job.Sink.Schema()
	natural := w.Attrs.Get(schema.Natural)
	hits, err := a.p.view.FoundBy(c.Key, record.Fold(natural.Text()))
	if err == nil && !listed && !natural.IsNull() {
		hits, err = a.lookup(ctx, c.Key, w.Attrs)
	}
	if err != nil {
		return err
	}
	for _, f := range hits {
		a.claimed[f.RemoteID] = true
	}
	one := Adopted{Key: c.Key, Origin: w.Origin}
	switch {
	case len(hits) == 0:
		one.Match, one.Detail = NotFound, fmt.Sprintf("no record with %s %s", schema.Natural, natural)
	case len(hits) > 1:
		one.Match, one.Detail = Ambiguous, fmt.Sprintf("several records with %s %s: %s, %s", schema.Natural, natural, hits[0].RemoteID, hits[1].RemoteID)
	default:
		return a.single(one, w, hits[0])
	}
	a.note(one)
	return nil
}

// claims notes what the entries of a key may mean that is not decided.
func (a *adopter) claims(c plan.Case) error {
	for _, w := range c.Wants {
		hits, err := a.p.view.FoundBy(c.Key, record.Fold(w.Attrs.Get(a.p.Job.Sink.Schema().Natural).Text()))
		if err != nil {
			return err
		}
		for _, f := range hits {
			a.claimed[f.RemoteID] = true
		}
	}
	return nil
}

// again looks at a key that is linked: its record serves as proof of what kind of ids the target lists, and who was found switched off
// and has been switched on since is ours to look after again.
func (a *adopter) again(c plan.Case) error {
	f, ok, err := a.p.view.FoundRemote(c.Known.RemoteID)
	if err != nil || !ok || a.doubts[c.Key] {
		return err
	}
	a.probe = f
	active := f.Attrs.Get(a.p.Job.Sink.Schema().Active)
	if c.Known.Status == plan.InactiveThere && c.Known.Owner == a.p.Job.Name && active.True() {
		attrs := c.Known.Attrs.Merge(record.Attrs{{Name: a.p.Job.Sink.Schema().Active, Value: active}})
		a.back = append(a.back, state.Adoption{Key: c.Key, RemoteID: f.RemoteID, Attrs: attrs})
	}
	return nil
}

// lookup asks a target that can't list.
func (a *adopter) lookup(ctx context.Context, k record.Key, attrs record.Attrs) ([]state.Listed, error) {
	f, err := a.p.Job.lookup(ctx, plan.Change{Action: plan.Create, Key: k, After: attrs})
	if e := asError(err); e != nil {
		if e.Class == sinks.Refused { // ambiguous
			return []state.Listed{{}, {}}, nil
		}
		return nil, err
	}
	if f == nil {
		return nil, nil
	}
	return []state.Listed{state.Listed(*f)}, nil
}

// single decides on a key that one record fits.
func (a *adopter) single(one Adopted, w plan.Want, f state.Listed) error {
	one.RemoteID = f.RemoteID
	other, err := a.p.view.LinkedTo(f.RemoteID)
	if err != nil {
		return err
	}
	first, twice := a.byRemote[f.RemoteID]
	awaited := a.awaited[record.Fold(f.Attrs.Get(a.p.Job.Sink.Schema().Natural).Text())]
	switch {
	case f.Reference != "" && f.Reference != string(one.Key):
		one.Match, one.Detail = Taken, fmt.Sprintf("record %s carries the reference %s", f.RemoteID, f.Reference)
	case other != "":
		one.Match, one.Detail = Taken, fmt.Sprintf("record %s is linked to %s", f.RemoteID, other)
	case twice:
		one.Match, one.Detail = Ambiguous, fmt.Sprintf("record %s fits %s too", f.RemoteID, a.out.Each[first].Key)
		a.retract(first, one.Key)
	case awaited != "" && f.Reference == "":
		one.Match, one.Detail = Undecided, fmt.Sprintf("record %s may be that of %s: %s", f.RemoteID, awaited, unanswered(awaited, a.p.Job))
	case f.Foreign != "":
		one.Match, one.Detail = Untouched, fmt.Sprintf("record %s: %s", f.RemoteID, f.Foreign)
	case a.p.Job.Rules.Untouchable(f.RemoteID, f.Attrs):
		one.Match, one.Detail = Untouched, fmt.Sprintf("record %s is in never_touch", f.RemoteID)
	default:
		one.Match = Matched
		a.byRemote[f.RemoteID] = len(a.out.Each)
		a.links = append(a.links, a.link(one.Key, w, f))
	}
	a.note(one)
	return nil
}

// retract takes a match back that turned out to be one of several.
func (a *adopter) retract(i int, other record.Key) {
	first := &a.out.Each[i]
	if first.Match != Matched {
		return
	}
	a.out.Counts[Matched]--
	a.out.Counts[Ambiguous]++
	first.Match, first.Detail = Ambiguous, fmt.Sprintf("record %s fits %s too", first.RemoteID, other)
}

func (a *adopter) note(one Adopted) {
	a.out.Each = append(a.out.Each, one)
	a.out.Counts[one.Match]++
}

// link is what the state will know of an adopted record.
func (a *adopter) link(k record.Key, w plan.Want, f state.Listed) state.Adoption {
	schema := a.p.Job.Sink.Schema()
	found := sinks.Found(f)
	attrs := a.p.Job.adopted(plan.Change{After: w.Attrs}, &found)
	if a.options.Trust {
		trusted := w.Attrs.Keepable()
		for _, a := range attrs {
			if a.Value.Kind() != record.Unknown {
				trusted = trusted.Merge(record.Attrs{a})
			}
		}
		attrs = trusted
	}
	active, shown := f.Attrs.Lookup(schema.Active)
	return state.Adoption{Key: k, RemoteID: f.RemoteID, Attrs: attrs, Off: shown && !active.True()}
}

// write links what matched. It makes the job known.
func (a *adopter) write() (err error) {
	p := a.p
	links := a.back
	for _, l := range a.links {
		if i := a.byRemote[l.RemoteID]; a.out.Each[i].Match == Matched {
			links = append(links, l)
			a.probe = state.Listed{RemoteID: l.RemoteID, Attrs: l.Attrs}
		}
	}
	if len(links) == 0 && (p.New || a.probe.RemoteID == "") {
		return nil // a job of which nothing is linked stays new: its first sync wants --first
	}
	if p.store, err = state.Create(p.Job.State, p.view.Seed()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.view.Release(), p.store.Close()) }()
	schema := p.Job.Sink.Schema()
	if p.run, err = p.store.Begin(p.Job.Name, p.Job.Was, p.Job.Target, schema, p.now); err != nil {
		return err
	}
	probe := a.probe
	if _, asks := p.Job.Sink.(sinks.Confirmer); !asks {
		probe = state.Listed{}
	}
	if err := p.store.Adopt(p.run, links, probe, p.now); err != nil {
		return err
	}
	receipt, err := p.receipt()
	if err != nil {
		return err
	}
	return p.store.End(p.run, state.End{Status: "adopted", Receipt: receipt, Last: true, Summary: plan.Summary{Unchanged: len(links)}, At: p.Job.Now()})
}
