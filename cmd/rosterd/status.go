package main

import (
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/cmd/internal/view"
	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [JOB...]",
		Short: "Show each job: last run, next run, records, held, waiting, kept though absent or out of scope",
		RunE:  func(_ *cobra.Command, args []string) error { return a.status(args) },
	}
}

func (a *app) status(names []string) error {
	w, jobs, err := a.jobs(reachState, names...)
	if err != nil {
		return err
	}
	defer w.Close()
	v, err := state.OpenView(w.State())
	if err != nil {
		return err
	}
	defer v.Close()
	var all []view.JobStatus
	for _, j := range jobs {
		s, err := statusOf(v, j)
		if err != nil {
			return err
		}
		// @every counts from the last run.
		if s.Next = w.Schedules[j.Name].Next(j.Now()); s.Last != nil {
			if due := w.Schedules[j.Name].Next(s.Last.Started); due.After(j.Now()) {
				s.Next = due
			}
		}
		all = append(all, s)
	}
	if a.output == "json" {
		return view.StatusJSON(a.stdout, all)
	}
	return a.printer().Status(all)
}

// statusOf gathers what the state knows of a job.
func statusOf(v *state.View, j *reconcile.Job) (view.JobStatus, error) {
	s := view.JobStatus{Job: j.Name, Target: j.Target, Absent: j.Rules.Absent}
	known, err := v.Job(j.Name, j.Was, j.Target)
	if err != nil || known.ID == 0 {
		return s, err
	}
	s.Known, s.Active = true, known.Active
	if known.Parked(time.Now()) {
		s.Parked = known.ParkedUntil
	}
	if s.Records, s.Ageing, err = v.Count(known); err != nil {
		return s, err
	}
	if s.Doubts, err = v.HasDoubts(known.Target); err != nil {
		return s, err
	}
	if err := s.Fill(v.Runs(known.ID, math.MaxInt)); err != nil {
		return s, err
	}
	if s.Freeze, err = reconcile.FreezeOf(v, known, j.Now()); err != nil {
		return s, err
	}
	for h, err := range v.Held(known) {
		if err != nil {
			return s, err
		}
		s.Held++
		if h.Ack.After(j.Now()) {
			s.Acknowledged++
		} else if len(s.Foremost) < 5 {
			s.Foremost = append(s.Foremost, h)
		}
	}
	if a, waits, err := v.Pending(known, j.Now()); err != nil {
		return s, err
	} else if waits {
		s.Waiting = &a
		if s.Over, err = v.OverCounts(a); err != nil {
			return s, err
		}
	}
	if s.Granted, err = v.Granted(known, j.Now()); err != nil {
		return s, err
	}
	recent, err := v.Recent(known, j.Now().Add(-plan.Day))
	if err != nil {
		return s, err
	}
	s.Limits = j.Limits.Check(plan.Totals{Recent: recent}, known.Active)
	const shown = 5
	for who, err := range v.Ageing(known, shown) {
		if err != nil {
			return s, err
		}
		s.Absentees = append(s.Absentees, who)
	}
	return s, nil
}
