package reconcile

import (
	"time"

	"github.com/rosterd/rosterd/state"
)

// UnreadableGrace is how long one and the same entry without a readable key keeps everybody from being newly absent.
const UnreadableGrace = 72 * time.Hour

// Freeze is why nobody is newly taken for absent: an entry could be anyone. Who was counted as absent before goes on being counted.
type Freeze struct {
	Entries int       // without a readable key, and not for so long that they don't matter any more
	First   string    // where the first of them stands
	Until   time.Time // when the last of them does not matter any more, if they stay as they are
	Torn    string    // where a last row stands whose key may be cut; "" for none
}

// Frozen reports whether there is any such reason.
func (f Freeze) Frozen() bool { return f.Entries > 0 || f.Torn != "" }

// add counts an entry without a readable key that has been held since then.
func (f *Freeze) add(origin string, since, now time.Time) {
	until := since.Add(UnreadableGrace)
	if !until.After(now) {
		return
	}
	if f.Entries++; f.Entries == 1 {
		f.First = origin
	}
	if until.After(f.Until) {
		f.Until = until
	}
}

// FreezeOf is what the state has of it, as of the job's last run. Of a torn row it has nothing.
func FreezeOf(v *state.View, job state.Job, now time.Time) (f Freeze, err error) {
	for h, err := range v.HeldWithoutKey(job) {
		if err != nil {
			return f, err
		}
		f.add(h.Origin, h.Since, now)
	}
	return f, nil
}

// anybody takes an entry without a readable key for anybody's, unless it has been there for long.
func (p *Plan) anybody(h state.Held) error {
	since, err := p.view.HeldSince(p.known, h.Ident, h.Reason)
	if err != nil {
		return err
	}
	if since.IsZero() || since.After(p.now) { // or counted under a clock that was wrong
		since = p.now
	}
	p.Freeze.add(h.Origin, since, p.now)
	p.freeze = p.freeze || p.Freeze.Entries > 0
	return nil
}
