// Command rosterd keeps the users and accounts of a target system equal to those of an HR feed or a directory.
//
// It takes certificates with a negative serial number, which Samba makes now and then: that says nothing about whose they are.
//
//go:debug x509negativeserial=1
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/rosterd/rosterd/cmd/internal/view"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "dev"

// Exit codes, as `rosterd --help` tells them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitChanges     = 2 // plan, drift: there are changes
	exitHeld        = 3 // done, but records are held
	exitBlocked     = 4 // over a limit, or something waits for somebody
	exitParked      = 5
	exitInterrupted = 130
)

// exit ends the program with a code. What there is to say was said already, unless err is set.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with its surroundings handed in, so that tests run the program in their own process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A closed pipe is an error like others: without this, `rosterd plan | head` would die before it has tidied up.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	root := newRoot(&app{stdin: stdin, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var e exit
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, syscall.EPIPE): // whoever read the output has seen enough
		return exitDone
	case errors.As(err, &e):
		if e.err != nil {
			fmt.Fprintln(stderr, "rosterd:", harmless(e.err.Error()))
		}
		return e.code
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "rosterd: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "rosterd:", harmless(err.Error()))
	return exitFailed
}

// harmless is an error or a warning for a terminal: it may have a server's own words in it, or what somebody wrote into the
// configuration. Lines stay lines, and tabs tabs, under which a caret stands.
func harmless(text string) string {
	var b strings.Builder
	for part := range strings.SplitAfterSeq(text, "\n") {
		line, end := strings.CutSuffix(part, "\n")
		for i, cell := range strings.Split(line, "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(view.Safe(cell))
		}
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
