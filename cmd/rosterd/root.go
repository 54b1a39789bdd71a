package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/config"
	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/cmd/internal/wire"
	"github.com/rosterd/rosterd/sync/reconcile"
)

const exitStatus = `
EXIT STATUS
  0    done, nothing left over
  1    could not be done
  2    plan, drift: there are changes
  3    done, but records are held
  4    blocked: over a limit, or a new job without --first; or something waits for approval
  5    parked: the target asked for a long pause
  130  interrupted
Of several, the first of 130, 1, 4, 5, 3, 0; for plan of 1, 4, 2, 3, 0.
`

// app is what the commands share: the global flags and the surroundings.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	file    string
	output  string
	noColor bool
	verbose bool
	quiet   bool
	daemon  bool // nobody sees results: the log is all there is
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rosterd",
		Short: "Keep the users and accounts of a target system equal to those of an HR feed",
		Long: "rosterd reads users and accounts from an HR feed, compares them with what the target was last told, and\n" +
			"sends only the create and update calls that are needed, at the rate that the target allows.\n\n" +
			"See it work without any set-up:   rosterd demo\n" + exitStatus,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.output != "text" && a.output != "json" {
				return fmt.Errorf("--output %q: it is text or json", a.output)
			}
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.file, "config", "c", "", "configuration (default ./rosterd.yaml, then /etc/rosterd/rosterd.yaml)")
	flags.StringVarP(&a.output, "output", "o", "text", "results as text or json")
	flags.BoolVar(&a.noColor, "no-color", false, "no colours, on a terminal neither")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log each change")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress, and errors only in the log")
	root.AddCommand(newDemo(a), newCheck(a), newPlan(a), newSync(a), newRun(a), newAdopt(a), newRekey(a), newTransfer(a), newDrift(a), newHeld(a), newApprove(a), newStatus(a), newRuns(a), newExplain(a), newSandbox(a), newSchema(a), newVersion(a))
	return root
}

// path is the configuration that is meant.
func (a *app) path() (string, error) {
	if a.file != "" {
		return a.file, nil
	}
	for _, p := range []string{"rosterd.yaml", "/etc/rosterd/rosterd.yaml"} {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", errors.New("there is no configuration: neither ./rosterd.yaml nor /etc/rosterd/rosterd.yaml; name one with -c, or begin with config.example.yaml")
}

// reach is how far a command reaches, and with it which secrets it needs: a dry run works for who may not read the target's.
type reach uint8

const (
	reachState   reach = iota // no further than the state
	reachSources              // it reads
	reachAll                  // it sends
)

// wiring loads the configuration and makes its jobs. The caller closes it. Who sends nothing needs no secrets, and may not even
// be allowed to read them.
func (a *app) wiring(r reach) (*wire.Wiring, error) {
	path, err := a.path()
	if err != nil {
		return nil, err
	}
	c, err := config.Load(path, config.Env{KeepSecrets: r != reachAll, BindSources: r == reachSources})
	if err != nil {
		return nil, a.explain(err, c)
	}
	w, err := wire.Wire(c, version, a.logger(c.Log), nil)
	if err != nil {
		return nil, a.explain(err, nil)
	}
	return w, nil
}

// jobs is wiring, and those of its jobs that are meant: all for no name.
func (a *app) jobs(r reach, names ...string) (*wire.Wiring, []*reconcile.Job, error) {
	w, err := a.wiring(r)
	if err != nil {
		return nil, nil, err
	}
	jobs, err := w.Pick(names)
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	return w, jobs, nil
}

// explain shows what is wrong with a configuration as it is, without a prefix that would spoil file:line:column. c is what could be
// read of it, if its expressions were not looked at yet.
func (a *app) explain(err error, c *config.Config) error {
	var problems *config.Error
	if !errors.As(err, &problems) {
		return err
	}
	if c != nil {
		problems = problems.With(wire.Problems(c))
	}
	if a.output == "json" {
		if err := view.Problems(a.stdout, problems.Problems); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.stderr, harmless(problems.Error()))
	n := len(problems.Problems)
	return exit{code: exitFailed, err: fmt.Errorf("%s wrong with the configuration", view.Count(n, "thing is", "things are"))}
}

func (a *app) logger(l config.Log) zerolog.Logger {
	level, err := zerolog.ParseLevel(l.Level)
	if err != nil {
		level = zerolog.InfoLevel
	}
	switch {
	case a.quiet:
		level = zerolog.ErrorLevel
	case a.verbose:
		level = min(level, zerolog.InfoLevel)
	case !a.daemon:
		level = max(level, zerolog.WarnLevel) // the result says it better
	}
	var out io.Writer = a.stderr
	if l.Format == "console" || l.Format == "auto" && a.onTerminal(a.stderr) {
		out = zerolog.ConsoleWriter{Out: a.stderr, NoColor: !a.colour(a.stderr), TimeFormat: "15:04:05", FormatPrepare: view.SafeLog}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

func (a *app) onTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// colour reports whether a stream gets colours: a terminal that nobody asked to be plain (https://no-color.org).
func (a *app) colour(w any) bool {
	return !a.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && a.onTerminal(w)
}

func (a *app) printer() *view.Printer { return view.NewPrinter(a.stdout, a.colour(a.stdout)) }
