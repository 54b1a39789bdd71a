package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"

	"github.com/rs/zerolog"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// profileRun runs a job as rosterd does, and writes PATH.cpu and PATH.heap: time by function, allocations since the beginning. Its
// arguments are PATH and those of rosterd.
func profileRun(ctx context.Context, args []string) error {
	out, command, file := args[0], args[1], args[slices.Index(args, "-c")+1]
	w, err := wired(file)
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

// wired is what a configuration describes, with no log.
func wired(file string) (*wire.Wiring, error) {
	c, err := config.Load(file, config.Env{})
	if err != nil {
		return nil, err
	}
	return wire.Wire(c, "bench", zerolog.Nop(), nil)
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
