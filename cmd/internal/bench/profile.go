package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// profiles runs each kind of run once, with pprof.
func (l *lab) profiles(ctx context.Context) error {
	if err := os.MkdirAll(l.profile, 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(l.path("settled")); err != nil {
		if err := errors.Join(l.configure("rosterd.yaml", "state.db"), l.lay(inOrder)); err != nil {
			return err
		}
		if err := l.profileOf(ctx, "first", "sync"); err != nil {
			return err
		}
		if err := os.WriteFile(l.path("settled"), nil, 0o600); err != nil {
			return err
		}
	}
	for _, one := range []struct{ name, feed, command string }{{"warm", inOrder, "sync"}, {"noop", reordered, "sync"}, {"same", reordered, "sync"}, {"plan", changed, "plan"}} {
		if err := l.lay(one.feed); err != nil {
			return err
		}
		if err := l.profileOf(ctx, one.name, one.command); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) profileOf(ctx context.Context, name, command string) error {
	return printRun(ctx, name, role("role-profile", command, l.path("rosterd.yaml"), filepath.Join(l.profile, name)))
}

// printRun runs a program once and says what it took.
func printRun(ctx context.Context, name string, p program) error {
	s, err := p.run(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%-10s %6.2f s, peak %d MiB\n", name, s.wall.Seconds(), s.peak>>20)
	return nil
}

// profileRun runs a job as rosterd does, and writes PATH.cpu and PATH.heap: time by function, allocations since the beginning.
func profileRun(ctx context.Context, args []string) error {
	command, file, out := args[0], args[1], args[2]
	c, err := config.Load(file, config.Env{})
	if err != nil {
		return err
	}
	w, err := wire.Wire(c, "bench", zerolog.Nop(), nil)
	if err != nil {
		return err
	}
	defer w.Close()
	return profiled(out, func() error {
		var plans []*reconcile.Plan
		if command == "plan" {
			plans = append(plans, w.Jobs[0].Plan(ctx))
		} else {
			plans = reconcile.Run(ctx, w.Jobs, reconcile.Options{First: true})
		}
		var err error
		for _, p := range plans {
			err = errors.Join(err, p.Err, p.Close())
		}
		return err
	})
}

// profiled writes where do spends its time to out.cpu, and what was allocated since the beginning to out.heap.
func profiled(out string, do func() error) error {
	cpu, err := os.Create(out + ".cpu")
	if err != nil {
		return err
	}
	defer cpu.Close()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = do()
	pprof.StopCPUProfile()
	heap, created := os.Create(out + ".heap")
	if created != nil {
		return errors.Join(err, created)
	}
	runtime.GC()
	return errors.Join(err, pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close())
}
