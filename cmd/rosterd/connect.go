package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/cmd/internal/wire"
)

// connect tries every source and every target: opens the one and maps its first entry, asks the other for a token. It writes nothing.
func (a *app) connect(ctx context.Context, w *wire.Wiring) error {
	p := a.printer()
	failed := 0
	for _, j := range w.Jobs {
		probed, err := j.Probe(ctx)
		switch {
		case err != nil:
			failed++
			fmt.Fprintf(a.stdout, "%s %s  %s\n", p.Bad("failed"), j.Name, view.Safe(err.Error()))
		case probed.Origin == "":
			fmt.Fprintf(a.stdout, "%s %s  %s has no entry\n", p.Good("ok"), j.Name, view.Safe(probed.Source))
		default:
			fmt.Fprintf(a.stdout, "%s %s  %s has %s; its first entry, %s, is %s:\n", p.Good("ok"), j.Name, view.Safe(probed.Source),
				view.Count(len(probed.Columns), "column", "columns"), view.Safe(probed.Origin), probed.Outcome.Verdict)
			for _, s := range probed.Steps {
				value := s.Value
				if s.Problem != "" {
					value = s.Problem
				}
				fmt.Fprintf(a.stdout, "     %-16s %s\n", strings.TrimPrefix(s.Where, "map."), view.Safe(value))
			}
		}
	}
	tokens := w.Authenticate(ctx)
	for _, name := range slices.Sorted(maps.Keys(tokens)) {
		if err := tokens[name]; err != nil {
			failed++
			fmt.Fprintf(a.stdout, "%s %s  %s\n", p.Bad("failed"), name, view.Safe(err.Error()))
			continue
		}
		fmt.Fprintf(a.stdout, "%s %s  the target gave a token\n", p.Good("ok"), name)
	}
	if failed > 0 {
		return exit{code: exitFailed}
	}
	return nil
}
