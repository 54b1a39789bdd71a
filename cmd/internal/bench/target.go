package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// tally is what a target was sent since it was emptied, by its own watch.
type tally struct {
	Creates int64         `json:"creates"`
	Bytes   int64         `json:"bytes"` // of their bodies
	Took    time.Duration `json:"took"`  // from the first one's arrival to the last one's answer
}

// counting is a sandbox that can be emptied and takes the time.
type counting struct {
	box                         atomic.Pointer[sandbox.Sandbox]
	began                       time.Time
	creates, bytes, first, last atomic.Int64
}

// serveTarget serves a sandbox until its standard input ends, that is at the latest when its parent does.
func serveTarget(context.Context, []string) error {
	t := &counting{}
	if err := t.empty(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
	t.creates.Store(0)
	t.bytes.Store(0)
	t.first.Store(0)
	t.last.Store(0)
	return nil
}

// ServeHTTP is the sandbox, besides GET /_bench, which tells and empties; nothing else is sent meanwhile.
func (t *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_bench" {
		told := tally{Creates: t.creates.Load(), Bytes: t.bytes.Load(), Took: time.Duration(t.last.Load() - t.first.Load())}
		if err := t.empty(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(told) // who does not wait for the answer does not need it
		return
	}
	if r.URL.Path == "/api/users" {
		t.first.CompareAndSwap(0, int64(time.Since(t.began)))
		t.creates.Add(1)
		t.bytes.Add(r.ContentLength)
		defer func() { t.last.Store(int64(time.Since(t.began))) }()
	}
	t.box.Load().ServeHTTP(w, r)
}

// target is the process, as the one that started it sees it.
type target struct {
	base string
	stop func() error
}

func startTarget(ctx context.Context) (*target, error) {
	s, err := startService(ctx, "role-target")
	if err != nil {
		return nil, fmt.Errorf("start target: %w", err)
	}
	return &target{base: s.address, stop: s.stop}, nil
}

// told is what the target was sent since it was last asked, or since it began. It holds nothing afterwards.
func (t *target) told(ctx context.Context) (tally, error) {
	var told tally
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+"/_bench", http.NoBody)
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
