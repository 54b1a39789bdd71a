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
		for _, line := range probed.Said {
			fmt.Fprintf(a.stdout, "%s %s  %s\n", p.Good("ok"), j.Name, view.Safe(line))
		}
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
		switch login := tokens[name]; {
		case login.Err != nil:
			failed++
			fmt.Fprintf(a.stdout, "%s %s  %s\n", p.Bad("failed"), name, view.Safe(login.Err.Error()))
		case !login.Asked:
			fmt.Fprintf(a.stdout, "%s %s  its credential is sent as it is, so nothing was asked: the first request shows whether it is right\n", p.Good("ok"), name)
		default:
			fmt.Fprintf(a.stdout, "%s %s  the target gave a token\n", p.Good("ok"), name)
		}
	}
	if failed > 0 {
		return exit{code: exitFailed}
	}
	return nil
}
