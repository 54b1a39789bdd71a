package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/cmd/internal/daemon"
)

func TestReadyMeansThatNoJobFailsForLong(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		promise string
		job     daemon.JobHealth
		want    []string
	}{
		{"a job that does its work", daemon.JobHealth{Name: "hr"}, nil},
		{"a target that restarts is nobody's business", daemon.JobHealth{Name: "hr", Failures: 4, Since: now.Add(-50 * time.Minute)}, nil},
		{"what failed at night is seen in the morning", daemon.JobHealth{Name: "hr", Failures: 1, Since: now.Add(-6 * time.Hour)},
			[]string{"job hr fails since 2026-01-05T03:00:00Z, 1 run; the log says why"}},
		{"what waits for somebody is no failure", daemon.JobHealth{Name: "hr", Stuck: true}, nil},
	} {
		t.Run(c.promise, func(t *testing.T) {
			if diff := cmp.Diff(c.want, failing(daemon.Health{Jobs: []daemon.JobHealth{c.job}}, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadyMeansThatTheStateCanBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	k := &keeper{state: file}
	if err := k.openable(); err != nil {
		t.Errorf("no state yet: %v", err)
	}
	if err := os.WriteFile(file, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := k.openable(); err != nil {
		t.Errorf("it looks again at once: %v", err)
	}
	k.probe = k.probe.Add(-probing)
	if err := k.openable(); err == nil {
		t.Error("a damaged state is fine")
	}
}

func TestBeforeTheLoopTurnsItIsAliveAndNotReady(t *testing.T) {
	k := &keeper{}
	if err := k.alive(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"starting"}, k.ready()); diff != "" {
		t.Error(diff)
	}
}
