package main

import (
	"context"
	"embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/sinks/clarus"
	"github.com/rosterd/rosterd/sinks/sandbox"
	"github.com/rosterd/rosterd/sync/reconcile"
)

//go:embed demo
var demoFiles embed.FS

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole thing on embedded parts, without any set-up",
		Long:  "Starts a sandbox target on this machine, makes a sample HR feed, and runs the real program on both, explaining each step.\n",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

// demo runs the commands that an administrator would type, against a sandbox, and says what they show.
func (a *app) demo(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "rosterd-demo-*")
	if err != nil {
		return fmt.Errorf("begin demo: %w", err)
	}
	defer os.RemoveAll(dir)
	const secret = "demo-secret"
	box, err := sandbox.New(sandbox.Options{Clarus: clarus.FakeOptions{ClientSecret: secret}})
	if err != nil {
		return err
	}
	address, stop, err := serve("127.0.0.1:0", box)
	if err != nil {
		return err
	}
	defer stop()
	d := &demo{app: a, dir: dir, box: box, p: a.printer(), ctx: ctx, env: config.Env{Lookup: func(name string) (string, bool) {
		return secret, name == "ROSTERD_DEMO_SECRET"
	}}}
	text, err := demoFiles.ReadFile("demo/rosterd.yaml")
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.config(), []byte(strings.ReplaceAll(string(text), "ADDRESS", "http://"+address)), 0o600); err != nil {
		return err
	}
	return d.play()
}

type demo struct {
	*app
	dir  string
	box  *sandbox.Sandbox
	p    *view.Printer
	ctx  context.Context
	env  config.Env
	step int
}

func (d *demo) config() string { return filepath.Join(d.dir, "rosterd.yaml") }

func (d *demo) play() error {
	for _, step := range []func() error{
		func() error {
			return d.say("A sandbox stands in for the target: a strict Clarus tenant in memory, on this machine only.",
				"An HR system has dropped Monday's file: ten people. One has no e-mail address, one has left already.")
		},
		func() error { return d.drop("monday.csv") },
		func() error {
			return d.run(reconcile.Options{First: true}, true,
				"The first sync creates who is missing in the target. The person without e-mail is held: seen, but not to be touched.",
				"The one who has left is not needed.")
		},
		func() error {
			return d.run(reconcile.Options{}, true,
				"The same file again. Nothing has changed, so the target is not asked anything, not even for a token.")
		},
		func() error { return d.drop("tuesday.csv") },
		func() error {
			return d.say("Tuesday's file has come: somebody joined, somebody left, somebody married, somebody changed departments, the missing",
				"address is there, and all rows stand in another order.")
		},
		func() error {
			return d.run(reconcile.Options{}, false, "The dry run shows exactly what would be sent, attribute by attribute, and sends nothing at all.")
		},
		func() error {
			return d.run(reconcile.Options{}, true,
				"The sync sends just that: who leaves first, then the updates, with no more than the attributes that differ, then who is new.")
		},
		d.end,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) say(lines ...string) error {
	d.step++
	_, err := fmt.Fprintf(d.stdout, "%s %s\n\n", d.p.Strong(fmt.Sprintf("%d.", d.step)), strings.Join(lines, "\n   "))
	return err
}

// drop puts a day's feed where the configuration expects it.
func (d *demo) drop(name string) error {
	text, err := demoFiles.ReadFile("demo/" + name)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, "employees.csv"), text, 0o600)
}

// run says what a command does, shows it, runs it, and counts what the target was asked.
func (d *demo) run(o reconcile.Options, send bool, what ...string) error {
	command := "rosterd plan"
	switch {
	case o.First:
		command = "rosterd sync --first"
	case send:
		command = "rosterd sync"
	}
	if err := d.say(what...); err != nil {
		return err
	}
	c, err := config.Load(d.config(), d.env)
	if err != nil {
		return d.explain(err, nil)
	}
	d.quiet = true
	w, err := wire.Wire(c, version, d.logger(c.Log), nil)
	if err != nil {
		return d.explain(err, nil)
	}
	defer w.Close()
	fmt.Fprintf(d.stdout, "   $ %s\n\n", d.p.Strong(command))
	d.box.Forget()
	var plans []*reconcile.Plan
	if send {
		plans = reconcile.Run(d.ctx, w.Jobs, o)
	} else {
		plans = append(plans, w.Jobs[0].Plan(d.ctx))
	}
	for _, p := range plans {
		defer p.Close()
		if err := d.p.Plan(p, send); err != nil {
			return err
		}
		if p.Status == reconcile.Cancelled {
			return exit{code: exitInterrupted}
		}
		if p.Err != nil {
			return exit{code: exitFailed}
		}
	}
	_, err = fmt.Fprintf(d.stdout, "  %s\n\n", d.p.Faint(fmt.Sprintf("the target got %s", view.Count(int(w.Requests()), "request", "requests"))))
	return err
}

func (d *demo) end() error {
	users := d.box.Users()
	active := 0
	for _, u := range users {
		if u.Attrs.Get("is_active").True() {
			active++
		}
	}
	if err := d.say(fmt.Sprintf("The target has %s now, %d of them active. That is all.", view.Count(len(users), "user", "users"), active)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.stdout, "   Try it yourself: `rosterd sandbox` is such a target to play with, and README.md has a first configuration, step by step.\n")
	return err
}

// serve serves on an address, in the background, until stop.
func serve(address string, h http.Handler) (at string, stop func(), err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("%w; --listen takes another address", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with ErrServerClosed
	}()
	return l.Addr().String(), func() {
		_ = server.Close()
		<-done
	}, nil
}
