package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/daemon"
	"github.com/rosterd/rosterd/state"
)

func newRun(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "The daemon: every job on its schedule, until it is told to stop",
		Long: "Runs every job that has a schedule. Jobs of one target and resource run one after the other, others beside them, and no job beside\n" +
			"itself. A schedule that was missed, because the machine slept or the daemon was not running, is made up once. A job that the\n" +
			"state does not know sends nothing; it wants `rosterd sync --first JOB` or `rosterd adopt JOB` before.\n\n" +
			"SIGTERM, SIGINT  no new request; what is in flight is settled, and the daemon exits within 30 s\n" +
			"SIGHUP           reads the configuration again; a wrong one is refused, and the one from before stays\n\n" +
			"With http.listen, /healthz says whether the daemon is alive, and /readyz whether it does its work.\n\n" +
			"EXIT STATUS\n  0  ended by a signal\n  1  could not be started\n",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context()) },
	}
}

func (a *app) run(ctx context.Context) error {
	a.daemon = true
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP) // first of all: it would end the process
	defer signal.Stop(reload)
	k := newKeeper(a)
	defer k.close()
	setup, err := k.load(ctx)
	var refused daemon.Refused
	if errors.As(err, &refused) {
		fmt.Fprintln(a.stderr, harmless(strings.Join(refused, "\n")))
		return exit{code: exitFailed, err: errors.New("the configuration is wrong")}
	}
	if err != nil {
		return err
	}
	watchdog, err := systemd.SdWatchdogEnabled(false)
	if err != nil {
		setup.Log.Warn().Err(err).Msg("systemd's watchdog is not understood, so it is not told that the daemon is alive")
	}
	deaf := false
	d := daemon.New(setup, daemon.Options{Load: k.load, Reload: reload, Watchdog: watchdog, Now: time.Now, Notify: func(text string) {
		if _, err := systemd.SdNotify(false, text); err != nil && !deaf {
			setup.Log.Warn().Err(err).Msg("systemd can't be told how the daemon is")
			deaf = true
		}
	}})
	k.watch(d)
	d.Run(ctx)
	return nil
}

// lockDaemon is the class of the lock of the one daemon of a state.
const lockDaemon byte = 'd'

// claim makes this process the one daemon of a state, if it is not yet. The lock file has the name of who has it, for whoever comes
// second.
func (k *keeper) claim(ctx context.Context, path string) error {
	if k.release != nil {
		return nil
	}
	file := strings.TrimSuffix(path, filepath.Ext(path)) + ".lock"
	release, err := state.Lock(ctx, path, lockDaemon, "daemon", 0)
	if errors.Is(err, state.ErrLocked) {
		who := "another rosterd run"
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			who = strings.TrimSpace(string(text))
		}
		return fmt.Errorf("%s uses the state %s already; stop it first, or have it read its configuration again with SIGHUP", who, path)
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, fmt.Appendf(nil, "rosterd run, process %d\n", os.Getpid()), 0o600); err != nil {
		release()
		return fmt.Errorf("note the process in the lock: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.release, k.state = release, path
	return nil
}
