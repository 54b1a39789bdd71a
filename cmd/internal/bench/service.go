package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// service is a role that serves until it is stopped, as the one that started it sees it. It ends at the latest when that one does.
type service struct {
	address string // what the role gave to serving
	stop    func() error
}

// serving says at which address the role serves, and returns when it is to stop: its standard input has ended.
func serving(address string) {
	fmt.Println(address)
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
	}
}

// startService starts a role, and returns when it serves.
func startService(ctx context.Context, name string, args ...string) (*service, error) {
	p := role(name, args...)
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// Killed at once, it would leave its files behind.
	cmd.Cancel, cmd.WaitDelay = in.Close, time.Minute
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() error {
		err := in.Close()
		if errors.Is(err, os.ErrClosed) { // it was cancelled
			err = nil
		}
		return errors.Join(err, cmd.Wait())
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return &service{strings.TrimSpace(address), stop}, nil
}
