package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// sample is one process that ran to its end.
type sample struct {
	wall time.Duration
	cpu  time.Duration // of all cores
	peak int64         // most memory at a time, bytes
	sent tally         // what the target was sent meanwhile, where somebody asked it
}

// program is a process that is to be run again and again.
type program struct {
	name string
	args []string
	env  []string // besides this process's own
	exit int      // the exit code that is right
}

// run runs it once. What it prints is dropped; its errors are kept for the message if it does not end as it should.
//
// The kernel gives the peak of a process its parent's as a start, for they share their memory until the new program is loaded. So
// this process stays small, and the target, with a million users in memory, is one of its own.
func (p program) run(ctx context.Context) (sample, error) {
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Env = append(os.Environ(), p.env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	began := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(began)}
	if cmd.ProcessState != nil {
		s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return s, fmt.Errorf("run %s: %w", p.name, err)
	}
	if is := cmd.ProcessState.ExitCode(); is != p.exit {
		return s, fmt.Errorf("run %s %q: exit code %d, not %d: %s", filepath.Base(p.name), p.args, is, p.exit, complaints.String())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = usage.Maxrss << 10 // KiB, on Linux
	}
	return s, nil
}

// ownPeak is the most memory that this process had, in MiB: no smaller peak of another can be seen, as said at run. What getrusage
// says of it has that of `go run` in it.
func ownPeak() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscanf(after, "%f kB", &kib); err != nil {
		return 0, fmt.Errorf("read VmHWM in /proc/self/status: %w", err)
	}
	return kib / (1 << 10), nil
}

// role is this program in one of its roles.
func role(name string, args ...string) program {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return program{name: self, args: append([]string{name}, args...)}
}

// build builds rosterd from the tree that the working directory is in.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "rosterd")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "github.com/rosterd/rosterd/cmd/rosterd")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build rosterd: %w: %s", err, out)
	}
	return path, nil
}
