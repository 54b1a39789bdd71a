package reconcile

import (
	"fmt"

	"github.com/rosterd/rosterd/sinks"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/record"
)

// exists looks up what a create met. If an attempt of ours had no answer, it is ours.
func (d *delivery) exists(e *sinks.Error) (delivered, bool) {
	found, err := d.p.Job.lookup(d.flight, d.c.Change)
	switch looked := asError(err); {
	case looked != nil && looked.Class != sinks.Refused && d.unknown:
		return d.blind(looked)
	case looked != nil && looked.Class != sinks.Refused:
		return d.unseen(looked)
	case looked != nil || found == nil:
		return d.held(e, state.Refused, plan.Refused)
	case found.Foreign != "":
		return d.conflict(fmt.Sprintf("the target has it already, as record %s: %s", found.RemoteID, found.Foreign), true)
	case d.p.Job.Rules.Untouchable(found.RemoteID, found.Attrs):
		return d.conflict(fmt.Sprintf("the target has it already, as record %s, which is in never_touch", found.RemoteID), true)
	case !d.p.Job.ours(found, d.c.Change):
		return d.conflict(fmt.Sprintf("the target has it already, as record %s with reference %s", found.RemoteID, found.Reference), true)
	case d.unknown:
		return d.settle(d.p.Job.foundOut(found))
	case !d.p.Job.Delivery.Adopt:
		return d.conflict(fmt.Sprintf("the target has it already, as record %s; on_conflict: adopt would link it", found.RemoteID), true)
	}
	return d.settle(state.Outcome{Result: state.Adopted, RemoteID: found.RemoteID, Looked: true, Attrs: d.p.Job.adopted(d.c.Change, found),
		Detail: "the target had it already, as record " + found.RemoteID + ": linked, and compared at the next run"})
}

// unseen holds a create that was surely not done, for the target has such a record, which could not be looked at.
func (d *delivery) unseen(e *sinks.Error) (delivered, bool) {
	out, _ := d.settle(state.Outcome{Result: state.Failed, Code: e.Code, Detail: "the target has it already, and it could not be looked up: " + e.Error()})
	out.hold, out.halt = plan.Failed, d.ends(e)
	return out, true
}

// conflict holds a create whose record is somebody else's. Of a foreign one the state does not know, so the target would be asked
// again at every run, and say the same.
func (d *delivery) conflict(detail string, foreign bool) (delivered, bool) {
	out, _ := d.settle(state.Outcome{Result: state.Exists, Detail: detail})
	if out.hold = plan.Conflict; foreign {
		out.until = d.p.now.Add(d.p.Job.Delivery.RetryRefused)
	}
	return out, true
}

// foundOut is the outcome of a create of ours that had no answer and was found. If it shows no key, it may have been there before, without ours:
// where keys can be written to a record that is there, ours is.
func (j *Job) foundOut(f *sinks.Found) state.Outcome {
	shown := f.Attrs
	if name := j.Sink.Schema().Reference; f.Reference == "" && name != "" {
		shown = shown.Merge(record.Attrs{{Name: name, Value: record.UnknownValue()}})
	}
	return state.Outcome{Result: state.Succeeded, RemoteID: f.RemoteID, Looked: true, Attrs: shown, Detail: "no answer was had, but it was found"}
}

// adopted is what counts as last applied of a record that was there already: what was shown of it, and of all else that it is
// not known. Of the active attribute only the contrary is ever planned, so it counts as on. What the target shows of a mapped attribute
// and the entry has not is there to be cleared.
func (j *Job) adopted(c plan.Change, f *sinks.Found) record.Attrs {
	var out record.Attrs
	sch := j.Sink.Schema()
	for _, name := range j.Rules.Mapped {
		shown, _ := f.Attrs.Lookup(name)
		if _, wanted := c.After.Lookup(name); !wanted && !shown.IsNull() && name != sch.Active && name != sch.Reference {
			out = append(out, record.Attr{Name: name, Value: shown})
		}
	}
	for _, a := range c.After {
		shown, ok := f.Attrs.Lookup(a.Name)
		switch {
		case ok:
			a.Value = shown
		case a.Name == sch.Active:
			a.Value = record.BoolOf(true)
		case a.Name == sch.Reference && f.Reference != "":
			a.Value = record.TextOf(f.Reference)
		default:
			a.Value = record.UnknownValue()
		}
		out = append(out, a)
	}
	return out.Sort().Keepable()
}
