package view

import (
	"iter"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// Fill takes the last run, since when runs have been failing, and when one last went well, from a job's runs, newest first. It reads no
// further than that.
func (j *JobStatus) Fill(runs iter.Seq2[state.PastRun, error]) error {
	failing := true
	for r, err := range runs {
		if err != nil {
			return err
		}
		if j.Last == nil {
			j.Last = &r
		}
		switch reconcile.Status(r.Status) {
		case reconcile.Succeeded, reconcile.Partial, reconcile.Continued:
			j.Succeeded = r.Started
			return nil
		case reconcile.Failed:
			if failing {
				j.FailingSince = r.Started
			}
		case reconcile.Blocked, reconcile.Parked:
			failing = false // it failed since, not before
		}
	}
	return nil
}
