package main

import (
	"fmt"
	"time"

	"github.com/rosterd/rosterd/cmd/internal/daemon"
	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
)

const (
	// lifeless is how long the loop may stand still; it turns twice a minute at least.
	lifeless = 2 * time.Minute
	// patience is how long a job may fail before the daemon is not ready: a target that restarts is nobody's business, and a nightly
	// job that failed is to be seen in the morning.
	patience = time.Hour
	// probing is how old the news of the state may be.
	probing = 10 * time.Second
)

// watch has the probes look at a daemon.
func (k *keeper) watch(d *daemon.Daemon) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.daemon = d
}

func (k *keeper) health() (h daemon.Health, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.daemon == nil {
		return h, false
	}
	return k.daemon.Health(), true
}

// alive says what is wrong if only a restart can help.
func (k *keeper) alive() error {
	h, ok := k.health()
	if still := time.Since(h.Beat); ok && !h.Stopping && still > lifeless {
		return fmt.Errorf("the loop stands still for %s", still.Round(time.Second))
	}
	return nil
}

// ready says why the daemon does not do its work.
func (k *keeper) ready() (reasons []string) {
	h, ok := k.health()
	switch {
	case !ok:
		return []string{"starting"}
	case h.Stopping:
		return []string{"stopping"}
	}
	if err := k.openable(); err != nil {
		reasons = append(reasons, err.Error())
	}
	return append(reasons, failing(h, time.Now())...)
}

// failing words which jobs have failed for too long.
func failing(h daemon.Health, now time.Time) (reasons []string) {
	for _, j := range h.Jobs {
		if j.Failures > 0 && now.Sub(j.Since) > patience {
			reasons = append(reasons, fmt.Sprintf("job %s fails since %s, %s; the log says why", j.Name, j.Since.Format(time.RFC3339),
				view.Count(j.Failures, "run", "runs")))
		}
	}
	return reasons
}

// openable opens the state, if nobody did just now.
func (k *keeper) openable() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.probe) < probing {
		return k.broken
	}
	v, err := state.OpenView(k.state)
	if err == nil {
		err = v.Close()
	}
	k.probe, k.broken = time.Now(), err
	return err
}
