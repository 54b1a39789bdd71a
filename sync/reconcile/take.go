package reconcile

import (
	"errors"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/state"
)

// take notes what became of a change.
func (s *sender) take(r delivered) {
	p := s.p
	p.Results[r.result]++
	s.done++
	if s.options.Progress != nil {
		s.options.Progress(Progress{Job: p.Job.Name, Done: s.done, Total: s.total})
	}
	s.log(r)
	err := s.note(r)
	if r.hold != "" && err == nil {
		p.Summary.Hold(r.change.Action)
		h := state.Held{Ident: string(r.change.Key), Key: r.change.Key, Origin: r.change.Origin,
			Reason: r.hold, Detail: r.detail, Until: r.until}
		if !r.until.IsZero() {
			h.Refused = p.digestOfChange(r.rest)
		}
		err = p.view.Hold(h)
	}
	if r.looked && err == nil {
		err = p.view.Doubt(r.change.Key) // the next run compares it
	}
	switch r.result {
	case state.Succeeded, state.Adopted:
	case state.Gone:
		err = errors.Join(err, s.again(r.change))
	default:
		s.failed[r.change.Key] = true
	}
	if s.stop != nil {
		return
	}
	switch {
	case err != nil:
		s.stop = err
	case r.halt != nil:
		s.stop = r.halt
	default:
		s.stop = s.streak.add(r)
	}
}

// note tells the draft what became of a change. Nobody reads that of a change that succeeded before its batch has ended.
func (s *sender) note(r delivered) error {
	if r.result != state.Succeeded || r.detail != "" {
		return s.p.view.Record(r.change.N, r.result, r.detail)
	}
	if s.quiet = append(s.quiet, r.change.N); len(s.quiet) < readAhead {
		return nil
	}
	return s.record()
}

func (s *sender) record() error {
	err := s.p.view.RecordDone(s.quiet)
	s.quiet = s.quiet[:0]
	return err
}

// log writes a change's one line, and its values where those are asked for. Nothing is made ready for a line that nobody wants.
func (s *sender) log(r delivered) {
	p, level := s.p, zerolog.InfoLevel
	if r.hold != "" {
		level = zerolog.WarnLevel
	}
	if line := p.Job.Log.WithLevel(level); line.Enabled() {
		line = line.Str("job", p.Job.Name).Stringer("action", r.change.Action).Str("key", string(r.change.Key)).
			Strs("attributes", r.change.After.Names()).Stringer("result", r.result)
		if r.code != "" {
			line = line.Str("code", r.code)
		}
		line.Msg("change")
	}
	if line := p.Job.Log.Debug(); line.Enabled() {
		line.Str("key", string(r.change.Key)).RawJSON("before", r.change.Before.AppendJSON(nil)).
			RawJSON("after", r.change.After.AppendJSON(nil)).Str("detail", r.detail).Msg("values")
	}
}

// again plans a create of a record that turned out to be gone, of the entry from which its update was made; if that is one to be created.
func (s *sender) again(c state.Planned) error {
	anew, needed, err := s.p.view.Recreate(c, s.p.Job.Sink.Schema(), s.p.Job.Rules.CreateInactive)
	switch {
	case err != nil:
	case !needed:
		s.p.Summary.Forgo(c.Action)
	default:
		s.p.Summary.Recreate(c.Action)
		s.total++
		s.p.Total++
		s.gone = append(s.gone, anew)
	}
	return err
}
