package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
)

func newExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain JOB WHAT",
		Short: "Explain one record, step by step",
		Long: "Shows one key, or the one whose natural key (such as the e-mail address) or id in the target that is: its entry as read, each expression and its value, what was last applied, the verdict of a plan made now, and its past.\n" +
			"It asks the target nothing. Its output is personal data.",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explainKey(cmd.Context(), args[0], args[1])
		},
	}
}

func (a *app) explainKey(ctx context.Context, name, what string) error {
	w, jobs, err := a.jobs(reachSources, name)
	if err != nil {
		return err
	}
	defer w.Close()
	x, err := jobs[0].Explain(ctx, what)
	if err != nil {
		return fmt.Errorf("explain %s: %w", what, err)
	}
	if a.output == "json" {
		return view.ExplanationJSON(a.stdout, name, x)
	}
	return a.printer().Explanation(jobs[0], x)
}
