package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/sync/mapping"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// tried is one thing that `check --connect` tried.
type tried struct {
	Job   string   `json:"job,omitempty"`
	Sink  string   `json:"sink,omitempty"`
	OK    bool     `json:"ok"`
	Held  bool     `json:"held,omitempty"` // some of the first entries would be
	Said  []string `json:"said"`
	Error string   `json:"error,omitempty"`

	steps []mapping.Explained // what the first entry would become
}

// connect tries every source and every target: opens the one and maps its first entries, shows the other a credential. It writes nothing.
func (a *app) connect(ctx context.Context, w *wire.Wiring) (all []tried) {
	for _, j := range w.Jobs {
		p, err := j.Probe(ctx)
		t := tried{Job: j.Name, OK: err == nil, Said: append([]string{}, p.Said...), steps: p.Steps}
		if err != nil {
			t.Error = err.Error()
		}
		if p.Source != "" {
			t.Said = append(t.Said, entriesOf(p))
		}
		if t.Held = p.Held != ""; t.Held {
			t.Said = append(t.Said, "the first that would be held: "+p.Held)
		}
		all = append(all, t)
	}
	logins := w.Authenticate(ctx)
	for _, name := range slices.Sorted(maps.Keys(logins)) {
		login := logins[name]
		t := tried{Sink: name, OK: login.Err == nil, Said: []string{}}
		switch {
		case login.Err != nil:
			t.Error = login.Err.Error()
		case login.Asked:
			t.Said = append(t.Said, "the target took the credential")
		default:
			t.Said = append(t.Said, "its credential is sent as it is, so nothing was asked")
		}
		all = append(all, t)
	}
	return all
}

// entriesOf says what the first entries would become.
func entriesOf(p *reconcile.Probed) string {
	if p.Seen == 0 {
		return p.Source + " has no entry"
	}
	var counts []string
	for _, v := range []mapping.Verdict{mapping.InScope, mapping.OutOfScope, mapping.Invalid, mapping.KeyUnreadable} {
		if n := p.Verdicts[v]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("%s: of its first %s %s; %s is %s", p.Source, view.Count(p.Seen, "entry", "entries"), strings.Join(counts, ", "), p.Origin, p.Outcome.Verdict)
}

// tell prints what was tried.
func (a *app) tell(all []tried) {
	p := a.printer()
	for _, t := range all {
		for _, said := range t.Said {
			fmt.Fprintf(a.stdout, "%s %s%s  %s\n", p.Good("ok"), t.Job, t.Sink, view.Safe(said))
		}
		for _, s := range t.steps {
			value := s.Value
			if s.Problem != "" {
				value = s.Problem
			}
			fmt.Fprintf(a.stdout, "     %-18s %s\n", strings.TrimPrefix(s.Where, "map."), view.Safe(value))
		}
		if t.Error != "" {
			fmt.Fprintf(a.stdout, "%s %s%s  %s\n", p.Bad("failed"), t.Job, t.Sink, view.Safe(t.Error))
		}
	}
}

// codeOf is the exit code of what was tried.
func codeOf(all []tried) error {
	held := false
	for _, t := range all {
		if !t.OK {
			return exit{code: exitFailed}
		}
		held = held || t.Held
	}
	if held {
		return exit{code: exitHeld}
	}
	return nil
}
