package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/daemon"
	"github.com/rosterd/rosterd/cmd/internal/web"
	"github.com/rosterd/rosterd/cmd/internal/wire"
)

// keeper keeps what outlives a configuration while the daemon runs: the gates of the targets, the listener, the state.
type keeper struct {
	app     *app
	release func() // of the lock on the state; nil: not yet taken
	wired   *wire.Wiring
	listen  string
	server  *web.Server // nil: no listener

	mu     sync.Mutex
	state  string         // "": not yet known
	daemon *daemon.Daemon // nil: not yet
	probe  time.Time      // when the state was opened last, to see whether it can be
	broken error          // what came of it
}

func newKeeper(a *app) *keeper { return &keeper{app: a} }

// load reads the configuration and makes it ready to run. If anything is wrong with it nothing has changed. It is called from one
// goroutine at a time.
func (k *keeper) load(ctx context.Context) (daemon.Setup, error) {
	path, err := k.app.path()
	if err != nil {
		return daemon.Setup{}, err
	}
	c, err := config.Load(path, config.Env{})
	if err != nil {
		return daemon.Setup{}, refused(err, c)
	}
	if err := k.allowed(c); err != nil {
		return daemon.Setup{}, err
	}
	if err := k.claim(ctx, string(c.State)); err != nil {
		return daemon.Setup{}, err
	}
	server, err := k.listener(ctx, c.HTTP)
	if err != nil {
		return daemon.Setup{}, err
	}
	log := k.app.logger(c.Log)
	w, err := wire.Wire(c, version, log, k.wired)
	if err != nil {
		if server != nil && server != k.server {
			err = errors.Join(err, server.Close())
		}
		return daemon.Setup{}, refused(err, nil)
	}
	setup := daemon.Setup{Log: log, Close: w.Close, Jobs: jobsOf(w, log)}
	for _, p := range w.Warnings {
		log.Warn().Msg(placed(p))
	}
	if old := k.server; old != nil && old != server {
		if err := old.Close(); err != nil {
			log.Warn().Err(err).Msg("close the former HTTP listener")
		}
	}
	if server != nil && server != k.server {
		log.Info().Str("address", server.Address()).Msg("listening for HTTP")
	}
	k.wired, k.server, k.listen = w, server, addressOf(c.HTTP)
	return setup, nil
}

// allowed finds what is right for other commands, and wrong here.
func (k *keeper) allowed(c *config.Config) error {
	var problems []config.Problem
	scheduled := 0
	for _, j := range c.Jobs {
		if j.Schedule == "" {
			continue
		}
		scheduled++
		if s := c.Sources[j.Source]; s.CSV != nil && s.CSV.Path == "-" {
			problems = append(problems, c.Problem([]string{"sources", j.Source, "csv", "path"}, -1,
				fmt.Sprintf("the daemon has no standard input, and job %s with its schedule would read it", j.Name)))
		}
	}
	if scheduled == 0 {
		problems = append(problems, c.Problem([]string{"jobs"}, -1, "no job has a schedule, so there is nothing to run"))
	}
	if k.state != "" && k.state != string(c.State) {
		problems = append(problems, c.Problem([]string{"state"}, -1,
			fmt.Sprintf("the state can't be another one while the daemon runs (it is %s); restart it", k.state)))
	}
	if len(problems) == 0 {
		return nil
	}
	return refused((&config.Error{}).With(problems), nil)
}

// listener is the listener that a configuration wants: the present one if it is the same, nil for none.
func (k *keeper) listener(ctx context.Context, h *config.HTTP) (*web.Server, error) {
	switch address := addressOf(h); address {
	case "":
		return nil, nil
	case k.listen:
		return k.server, nil
	default:
		return web.Listen(ctx, address, web.Probe{Alive: k.alive, Ready: k.ready})
	}
}

func addressOf(h *config.HTTP) string {
	if h == nil {
		return ""
	}
	return h.Listen
}

func (k *keeper) close() {
	if k.server != nil {
		_ = k.server.Close() // who asks now learns nothing more
	}
	if k.release != nil {
		k.release()
	}
}

// refused words what is wrong with a configuration, every problem with its place. c is what could be read of it, if its expressions
// were not looked at yet.
func refused(err error, c *config.Config) error {
	var problems *config.Error
	if !errors.As(err, &problems) {
		return err
	}
	if c != nil {
		problems = problems.With(wire.Problems(c))
	}
	var all daemon.Refused
	for _, p := range problems.Problems {
		all = append(all, placed(p))
	}
	return all
}

// placed is a problem in one line.
func placed(p config.Problem) string {
	p.Snippet = ""
	return p.String()
}
