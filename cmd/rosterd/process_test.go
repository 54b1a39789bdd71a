package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// world is a target in this process, a feed and a state in a folder, and the program as processes of their own.
type world struct {
	t       *testing.T
	dir     string
	address string // of the target
	box     *sandbox.Sandbox
	writes  writeHook
}

// newWorld has the configuration that the parts add up to, as in the scripts: the file's name, then its content.
func newWorld(t *testing.T, f sandbox.Faults, parts ...string) *world {
	t.Helper()
	// Directories are older than their worlds, and end after them; some are started again in between.
	others, restarted := goleak.IgnoreCurrent(), goleak.IgnoreAnyFunction("github.com/rosterd/rosterd/sources/ldap/ldaptest.startProcess.func1")
	t.Cleanup(func() { goleak.VerifyNone(t, others, restarted) })
	box, err := sandbox.New(sandbox.Options{Faults: f, Log: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), box: box}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v1/users") {
			w.writes.met()
		}
		box.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.address = server.URL
	for i := 0; i < len(parts); i += 2 {
		w.file(parts[i], []byte(parts[i+1]))
	}
	w.file("rosterd.yaml", configOf(w.dir, server.URL))
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) file(name string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) feed(f feed) {
	w.t.Helper()
	if err := f.write(w.path("people.csv")); err != nil {
		w.t.Fatal(err)
	}
}

// process is the program, running.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	output bytes.Buffer
	done   chan struct{}
}

// start runs the program in the world's folder.
func (w *world) start(args ...string) *process {
	w.t.Helper()
	return w.launch(exec.Command("rosterd", args...))
}

// launch starts a program in the world's folder, with more in its environment.
func (w *world) launch(cmd *exec.Cmd, more ...string) *process {
	w.t.Helper()
	p := &process{t: w.t, cmd: cmd, done: make(chan struct{})}
	p.cmd.Dir = w.dir
	p.cmd.Env = append(append(os.Environ(), "GORACE="+raceOptions), more...)
	p.cmd.Stdout, p.cmd.Stderr = io.Writer(&p.output), io.Writer(&p.output)
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // what it ended with is in ProcessState
	}()
	return p
}

// end waits for the program and returns its exit code, -1 if a signal killed it.
func (p *process) end() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// signal sends a signal; a process that has ended already does not mind.
func (p *process) signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
}

// opened reports whether the process has a file of that name open (proc(5)).
func (p *process) opened(name string) bool {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid)) // the pattern is a good one
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && filepath.Base(to) == name {
			return true
		}
	}
	return false
}

// run runs the program to its end, and wants it to end with a code.
func (w *world) run(code int, args ...string) string {
	w.t.Helper()
	p := w.start(args...)
	if got := p.end(); got != code {
		w.t.Fatalf("rosterd %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, p.output.String())
	}
	return p.output.String()
}

// writeHook calls once, when the target has met so many writes from now on.
type writeHook struct {
	mu   sync.Mutex
	left int
	do   func()
}

func (h *writeHook) after(writes int, do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left, h.do = writes, do
}

func (h *writeHook) met() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left--; h.left == 0 && h.do != nil {
		h.do()
	}
}
