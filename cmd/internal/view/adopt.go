package view

import (
	"encoding/json"
	"io"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// Adoption prints what an adoption found.
func (p *Printer) Adoption(job string, a *reconcile.Adoption, dry bool) error {
	p.printf("%s  the target lists %s\n\n", p.Strong(job), Count(a.Listed, "record", "records"))
	for _, row := range []struct {
		match reconcile.Match
		what  string
	}{
		{reconcile.Matched, "matched"}, {reconcile.NotFound, "not found in the target: the next sync creates those that are needed"},
		{reconcile.Ambiguous, "ambiguous"}, {reconcile.Taken, "taken by another key"}, {reconcile.Untouched, "never to be touched"},
		{reconcile.Undecided, "undecided: an entry is invalid, or entries of one key differ; why, stands beside each"},
	} {
		if n := a.Counts[row.match]; n > 0 {
			p.printf("  %8s  %s\n", Number(n), row.what)
		}
	}
	if a.Linked > 0 {
		p.printf("  %8s  linked before\n", Number(a.Linked))
	}
	first := true
	for _, one := range a.Each {
		if one.Match == reconcile.Matched || one.Match == reconcile.NotFound {
			continue
		}
		if first {
			p.printf("\n")
			first = false
		}
		p.printf("  ! %-14s %-11s  %s  %s\n", Safe(string(one.Key)), one.Match, Safe(one.Detail), p.Faint(Safe(one.Origin)))
	}
	if a.Unclaimed > 0 {
		p.printf("\n  %s of the target %s claimed by no entry of the source: leavers whose state was lost are among them; they stay as they are\n",
			Count(a.Unclaimed, "record", "records"), map[bool]string{true: "is", false: "are"}[a.Unclaimed == 1])
	}
	if a.Linked > 0 {
		p.printf("\n  what is unverified of those linked before is sent by the next sync; --trust concerns only what is linked now\n")
	}
	switch {
	case dry:
		p.printf("\n  nothing was written; without --dry-run the matched ones are linked\n")
	case a.Counts[reconcile.Matched] > 0:
		p.printf("\n  linked %s; `rosterd plan %s` shows what differs\n", Count(a.Counts[reconcile.Matched], "record", "records"), job)
	default:
		p.printf("\n  there was nothing to link\n")
	}
	return p.err
}

// AdoptionJSON writes the same for programs.
func AdoptionJSON(w io.Writer, job string, a *reconcile.Adoption, dry bool) error {
	each := a.Each
	if each == nil {
		each = []reconcile.Adopted{}
	}
	return json.NewEncoder(w).Encode(map[string]any{"version": 1, "job": job, "dry_run": dry, "listed": a.Listed, "linked_before": a.Linked,
		"counts": a.Counts, "unclaimed": a.Unclaimed, "keys": each})
}
