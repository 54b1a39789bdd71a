package view

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

type attributeJSON struct {
	Before     record.Value `json:"before"`
	Unverified bool         `json:"unverified,omitempty"`
	After      record.Value `json:"after"`
}

type changeJSON struct {
	Action     string                   `json:"action"`
	Key        record.Key               `json:"key"`
	RemoteID   string                   `json:"remote_id,omitempty"`
	Attributes map[string]attributeJSON `json:"attributes"`
	TakesOver  record.Key               `json:"takes_over,omitempty"` // the key whose record this key gets
	Cause      string                   `json:"cause"`
	Limit      string                   `json:"limit,omitempty"` // of what waits: the limit that it is over, or what else keeps it
	Approved   string                   `json:"approved_by,omitempty"`
	Reason     string                   `json:"reason,omitempty"`
	Origin     string                   `json:"origin,omitempty"`
	Result     string                   `json:"result,omitempty"`
	Detail     string                   `json:"detail,omitempty"`
}

type heldJSON struct {
	Key    record.Key  `json:"key"`
	Origin string      `json:"origin"`
	Reason plan.Reason `json:"reason"`
	Detail string      `json:"detail"`
	Since  string      `json:"since,omitempty"`
	Until  string      `json:"until,omitempty"`
}

type cannotJSON struct {
	Key       record.Key   `json:"key"`
	Attribute string       `json:"attribute"`
	Before    record.Value `json:"before"`
	After     record.Value `json:"after"`
	Detail    string       `json:"detail"`
}

type snapshotJSON struct {
	Entries  int64    `json:"entries"`
	Complete bool     `json:"complete"`
	Reasons  []string `json:"reasons"`
	Notes    []string `json:"notes,omitempty"`
}

type forecastJSON struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
}

// stream writes JSON member by member, so that a list of any length takes no memory.
type stream struct {
	w   *bufio.Writer
	err error
}

func (s *stream) raw(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

func (s *stream) value(v any) {
	b, err := json.Marshal(v)
	if s.err == nil {
		s.err = err
	}
	s.raw(string(b))
}

// member writes a name and a value.
func (s *stream) member(name string, v any) {
	s.raw("\n  \"" + name + "\": ")
	s.value(v)
	s.raw(",")
}

// list writes what an iterator gives, an element a line.
func list[T, J any](s *stream, name string, seq iter.Seq2[T, error], form func(T) J) {
	s.raw("\n  \"" + name + "\": [")
	first := true
	for one, err := range seq {
		if err != nil {
			s.err = err
			return
		}
		if !first {
			s.raw(",")
		}
		first = false
		s.raw("\n   ")
		s.value(form(one))
	}
	s.raw("]")
}

// Problems writes what is wrong with a configuration, for programs.
func Problems[P any](w io.Writer, problems []P) error {
	return json.NewEncoder(w).Encode(map[string]any{"version": 1, "problems": problems})
}

// JSON writes plans, or what became of them, as the README documents.
func JSON(w io.Writer, plans []*reconcile.Plan, sent bool) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1, "jobs": [`)
	for i, p := range plans {
		if i > 0 {
			s.raw(",")
		}
		s.raw("\n {")
		s.plan(p, sent)
		s.raw("}")
	}
	s.raw("]}\n")
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

func (s *stream) plan(p *reconcile.Plan, sent bool) {
	s.member("job", p.Job.Name)
	s.member("status", p.Status)
	if p.AsOf != "" {
		s.member("as_of", p.AsOf)
	}
	if p.Err != nil {
		s.member("error", p.Err.Error())
	}
	s.member("new", p.New)
	if len(p.Changed) > 0 {
		s.member("configuration_changed", p.Changed)
	}
	reasons := p.Receipt.Reasons
	if reasons == nil {
		reasons = []string{}
	}
	s.member("snapshot", snapshotJSON{p.Receipt.Entries, p.Receipt.Complete, reasons, p.Receipt.Notes})
	s.member("summary", p.Summary)
	if v := p.View(); v == nil {
		s.raw(`"changes": [], "held": [], "cannot_apply": [], "waiting": [],`)
	} else {
		list(s, "changes", v.AllChanges(), func(c state.Planned) changeJSON { return changeOf(c, sent) })
		s.raw(",")
		list(s, "held", v.DraftHeld(), heldOf)
		s.raw(",")
		list(s, "cannot_apply", v.Cannot(), func(c state.Cannot) cannotJSON {
			return cannotJSON{c.Key, c.Attribute, c.Before, c.After, c.Detail}
		})
		s.raw(",")
		list(s, "waiting", v.Waiting(), waitingOf)
		s.raw(",")
	}
	limits := p.Limits
	if limits == nil {
		limits = []plan.LimitUse{}
	}
	s.member("limits", limits)
	s.raw("\n  \"forecast\": ")
	s.value(forecastJSON{p.Requests, p.Seconds()})
}

// waitingOf is a change that is not sent before somebody approves it.
func waitingOf(c state.Planned) changeJSON {
	out := changeOf(c, false)
	out.Limit = c.Over
	return out
}

func changeOf(c state.Planned, sent bool) changeJSON {
	out := changeJSON{Action: c.Action.String(), Key: c.Key, RemoteID: c.RemoteID, Attributes: map[string]attributeJSON{},
		TakesOver: c.TakesOver, Cause: c.Cause.String(), Approved: c.Approved, Reason: c.Reason, Origin: c.Origin}
	for _, a := range c.After {
		one := attributeJSON{Before: c.Before.Get(a.Name), After: a.Value}
		if one.Before.Kind() == record.Unknown {
			one.Before, one.Unverified = record.Value{}, true
		}
		out.Attributes[a.Name] = one
	}
	if sent {
		out.Result, out.Detail = c.Result.String(), c.Detail
	}
	return out
}

func heldOf(h state.Held) heldJSON {
	out := heldJSON{Key: h.Key, Origin: h.Origin, Reason: h.Reason, Detail: h.Detail}
	const format = "2006-01-02T15:04:05Z07:00"
	if !h.Since.IsZero() {
		out.Since = h.Since.Format(format)
	}
	if !h.Until.IsZero() {
		out.Until = h.Until.Format(format)
	}
	return out
}
