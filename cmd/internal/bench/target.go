package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// tally is what a target was sent since it was emptied, by its own watch.
type tally struct {
	Writes int64         `json:"writes"` // creates and updates
	Bytes  int64         `json:"bytes"`  // of their bodies
	Took   time.Duration `json:"took"`   // from the first one's arrival to the last one's answer
}

// counting is a sandbox that can be emptied and takes the time.
type counting struct {
	box                        atomic.Pointer[sandbox.Sandbox]
	blank                      atomic.Bool // it keeps nothing, and agrees to whatever it is told
	began                      time.Time
	writes, bytes, first, last atomic.Int64
}

// serveTarget serves a sandbox until its standard input ends, that is at the latest when its parent does. Its argument is the address.
func serveTarget(_ context.Context, args []string) error {
	t := &counting{}
	if err := t.empty(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	server := &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	serving("http://" + l.Addr().String())
	err = server.Close()
	if is := <-served; !errors.Is(is, http.ErrServerClosed) {
		err = is
	}
	return err
}

func (t *counting) empty() error {
	box, err := sandbox.New(sandbox.Options{Log: -1})
	if err != nil {
		return err
	}
	t.box.Store(box)
	t.began = time.Now()
	t.writes.Store(0)
	t.bytes.Store(0)
	t.first.Store(0)
	t.last.Store(0)
	return nil
}

// ServeHTTP is the sandbox, besides GET /_bench, which tells and empties; nothing else is sent meanwhile. With
// ?keeps= it begins or ends to keep what it is told.
func (t *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_bench" {
		told := tally{Writes: t.writes.Load(), Bytes: t.bytes.Load(), Took: time.Duration(t.last.Load() - t.first.Load())}
		if keeps := r.URL.Query().Get("keeps"); keeps != "" {
			t.blank.Store(keeps == "false")
		}
		if err := t.empty(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(told) // who does not wait for the answer does not need it
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/users") {
		t.first.CompareAndSwap(0, int64(time.Since(t.began)))
		n := t.writes.Add(1)
		t.bytes.Add(r.ContentLength)
		defer func() { t.last.Store(int64(time.Since(t.began))) }()
		if t.blank.Load() {
			agree(w, r, n)
			return
		}
	}
	t.box.Load().ServeHTTP(w, r)
}

// agree answers a create with a new id, and an update with the one that it names.
func agree(w http.ResponseWriter, r *http.Request, n int64) {
	id, status := strings.TrimPrefix(r.URL.Path, "/api/users/"), http.StatusOK
	if r.Method == http.MethodPost {
		id, status = strconv.FormatInt(n, 10), http.StatusCreated
	}
	_, _ = io.Copy(io.Discard, r.Body) // it is the client's, should it break off
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"data":{"id":%s,"type":"users","attributes":{}}}`, id)
}

// target is the process, as the one that started it sees it.
type target struct {
	base string
	stop func() error
}

// startTarget starts it at the address that a file remembers, for that is part of what a state belongs to.
func startTarget(ctx context.Context, file string) (*target, error) {
	address := "127.0.0.1:0"
	if was, err := os.ReadFile(file); err == nil {
		address = string(was)
	}
	s, err := startService(ctx, "role-target", address)
	if err != nil {
		return nil, fmt.Errorf("start target: %w", err)
	}
	if err := os.WriteFile(file, []byte(strings.TrimPrefix(s.address, "http://")), 0o600); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return &target{base: s.address, stop: s.stop}, nil
}

// told is what the target was sent since it was last asked, or since it began. It holds nothing afterwards.
func (t *target) told(ctx context.Context) (tally, error) { return t.ask(ctx, "/_bench") }

// quiet is an error if anything was sent.
func (t *target) quiet(ctx context.Context) error {
	told, err := t.told(ctx)
	if err == nil && told.Writes > 0 {
		err = fmt.Errorf("%d creates and updates were sent, where nothing had changed", told.Writes)
	}
	return err
}

// keeps says whether it is to keep what it is told and to judge it, as it does at first; else it agrees to everything.
func (t *target) keeps(ctx context.Context, is bool) error {
	_, err := t.ask(ctx, "/_bench?keeps="+strconv.FormatBool(is))
	return err
}

func (t *target) ask(ctx context.Context, path string) (tally, error) {
	var told tally
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+path, http.NoBody)
	if err != nil {
		return told, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return told, fmt.Errorf("ask target: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil {
		return told, fmt.Errorf("ask target: %w", err)
	}
	return told, nil
}
