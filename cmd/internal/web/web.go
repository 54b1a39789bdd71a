// Package web answers those who watch over the daemon:
//
//	GET /healthz   200 while the daemon is alive, else 503: restart it
//	GET /readyz    200 while it does its work, else 503 with the reasons, one a line: somebody has to look
//
// It tells names of jobs and what is wrong, never attribute values, and changes nothing. There is no login: listen where only
// those who may know can ask.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Probe is what is asked. Both are called from any goroutine.
type Probe struct {
	Alive func() error    // nil: alive
	Ready func() []string // why it is not ready; none: it is
}

// Server listens until Close.
type Server struct {
	listener net.Listener
	server   *http.Server
	served   chan struct{}
}

// grace is how long those who are being answered have when the server is closed.
const grace = 2 * time.Second

// Listen listens on an address and port, and answers.
func Listen(ctx context.Context, address string, p Probe) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP on %s: %w; is the port taken, or http.listen no address of this machine?", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", p.healthz)
	mux.HandleFunc("GET /readyz", p.readyz)
	s := &Server{listener: listener, served: make(chan struct{}), server: &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}}
	go func() { // Close waits for it
		defer close(s.served)
		_ = s.server.Serve(listener) // ends with Close
	}()
	return s, nil
}

// Address is where it listens, with the port that was found for port 0.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close stops listening, and lets those who are being answered have their answer.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.served
	return err
}

func (p Probe) healthz(w http.ResponseWriter, _ *http.Request) {
	if err := p.Alive(); err != nil {
		answer(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	answer(w, http.StatusOK, "alive")
}

func (p Probe) readyz(w http.ResponseWriter, _ *http.Request) {
	if reasons := p.Ready(); len(reasons) > 0 {
		answer(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n"))
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, code int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n") // who does not wait for the answer does not need it
}
