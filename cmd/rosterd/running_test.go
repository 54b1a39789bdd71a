package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// running is `rosterd run`, with its log as far as it is.
type running struct {
	*process
	log syncBuffer
}

func (w *world) daemon(env ...string) *running {
	w.t.Helper()
	return w.daemonOf("rosterd", env...)
}

// daemonOf runs one of the programs that TestMain knows.
func (w *world) daemonOf(program string, env ...string) *running {
	w.t.Helper()
	d := &running{process: &process{t: w.t, cmd: exec.Command(program, "run"), done: make(chan struct{})}}
	d.cmd.Dir = w.dir
	d.cmd.Env = append(append(os.Environ(), "GORACE="+raceOptions), env...)
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(d.done)
		_ = d.cmd.Wait() // what it ended with is in ProcessState
	}()
	w.t.Cleanup(func() { // of a test that failed
		_ = d.cmd.Process.Kill()
		<-d.done
	})
	return d
}

// until waits for something that the daemon brings about.
func (d *running) until(what string, reached func() bool, why func() string) {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); {
		select {
		case <-d.done:
			if !reached() {
				d.t.Fatalf("waiting for %s, the daemon ended with %d: %s\n%s", what, d.cmd.ProcessState.ExitCode(), why(), d.log.String())
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain for %s: %s\n%s", what, why(), d.log.String())
		}
	}
}

// logged waits until the log has a text so often.
func (d *running) logged(text string, times int) {
	d.t.Helper()
	d.until(fmt.Sprintf("%q in the log", text), func() bool { return strings.Count(d.log.String(), text) >= times }, func() string { return "" })
}

var listening = regexp.MustCompile(`"address":"([^"]+)"`)

// ask wants an answer of the daemon's own pages.
func (d *running) ask(path, want string) {
	d.t.Helper()
	at := listening.FindStringSubmatch(d.log.String())
	if at == nil {
		d.t.Fatalf("it does not listen:\n%s", d.log.String())
	}
	resp, err := http.Get("http://" + at[1] + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != want || resp.StatusCode != http.StatusOK {
		d.t.Errorf("%s: %d %q %v, want %q", path, resp.StatusCode, body, err, want)
	}
}

// syncBuffer is written and read at the same time.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// standIn is a target at an address of its own, which can go away: connections break, and new ones are refused.
type standIn struct {
	t       *testing.T
	handler http.Handler
	address string
	server  *http.Server
	served  chan struct{}
}

func newStandIn(t *testing.T, h http.Handler) *standIn {
	s := &standIn{t: t, handler: h, address: "127.0.0.1:0"}
	s.come()
	t.Cleanup(s.leave)
	return s
}

func (s *standIn) come() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	server, served := &http.Server{Handler: s.handler}, make(chan struct{})
	s.address, s.server, s.served = listener.Addr().String(), server, served
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with leave
	}()
}

func (s *standIn) leave() {
	_ = s.server.Close()
	<-s.served
}

// systemdSocket is systemd's end of sd_notify(3).
type systemdSocket struct {
	address string
	heardOf syncBuffer
}

func newSystemd(t *testing.T, w *world) *systemdSocket {
	t.Helper()
	s := &systemdSocket{address: w.path("notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: s.address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			fmt.Fprintf(&s.heardOf, "%s\n", b[:n])
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-over
	})
	return s
}

func (s *systemdSocket) heard() string { return s.heardOf.String() }
