package view

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/rosterd/rosterd/state"
)

const rfc = "2006-01-02T15:04:05Z07:00"

// Runs prints past runs, a line each.
func (p *Printer) Runs(runs iter.Seq2[state.PastRun, error]) error {
	n := 0
	for r, err := range runs {
		if err != nil {
			return err
		}
		if n++; n == 1 {
			p.printf("%s\n", p.Faint(fmt.Sprintf("%6s  %-19s  %-20s %-10s %s", "run", "started", "job", "status", "what")))
		}
		p.printf("%6d  %s  %-20s %-10s %s\n", r.ID, r.Started.Format(moment), r.Job, r.Status, runWhat(r))
	}
	if n == 0 {
		p.printf("there was no run yet\n")
	}
	return p.err
}

func runWhat(r state.PastRun) string {
	if r.Error != "" {
		return Safe(r.Error)
	}
	s := r.Summary
	if r.Status == "adopted" {
		return Count(s.Unchanged, "record", "records") + " linked"
	}
	if r.Status == "drift" {
		return Count(s.Unchanged, "record", "records") + " that others changed, noted"
	}
	if r.Status == "rekeyed" || r.Status == "transferred" {
		return Count(s.Unchanged, "record", "records") + " " + r.Status
	}
	var parts []string
	if r.Status == "blocked" {
		parts = append(parts, "nothing was sent of")
	}
	for _, c := range []struct {
		n    int
		what string
	}{{s.Create, "create"}, {s.Update, "update"}, {s.Deactivate, "deactivate"}, {s.Reactivate, "reactivate"}, {s.Held, "held"}, {s.Waiting, "waiting"}} {
		if c.n > 0 {
			parts = append(parts, Number(c.n)+" "+c.what)
		}
	}
	parts = append(parts, Number(s.Unchanged)+" unchanged")
	if receipt := receiptOf(r); receipt != nil && receipt.Same {
		parts = append(parts, "the same file")
	}
	return strings.Replace(strings.Join(parts, ", "), "sent of, ", "sent of ", 1)
}

// Run prints one run with its receipt, its changes and the answers received.
func (p *Printer) Run(r state.PastRun, changes iter.Seq2[state.Past, error]) error {
	p.printf("%s  job %s, %s\n", p.Strong(fmt.Sprintf("run %d", r.ID)), r.Job, r.Status)
	p.printf("  started  %s\n", r.Started.Format(moment))
	if !r.Ended.IsZero() {
		p.printf("  ended    %s\n", r.Ended.Format(moment))
	}
	receipt := receiptOf(r)
	p.receipt(receipt)
	if r.Error == "" || receipt == nil || receipt.Complete { // else the receipt has said it
		p.printf("  summary  %s\n", runWhat(r))
	}
	if r.Approved != "" {
		p.printf("  approved by %s\n", Safe(r.Approved))
	}
	n := 0
	for c, err := range changes {
		if err != nil {
			return err
		}
		if n++; n == 1 {
			p.printf("\n")
		}
		result := c.Result
		if result == state.Adopted {
			p.printf("  = %-14s linked      record %s, which the target had\n", Safe(string(c.Key)), Safe(c.RemoteID))
			continue
		}
		if result == state.Rekeyed || result == state.Given {
			p.printf("  = %-14s %s: %s  %s\n", Safe(string(c.Key)), result, Safe(c.Detail), p.Faint("record "+Safe(c.RemoteID)))
			continue
		}
		if result == state.Pending {
			result = state.Unknown
		}
		p.change(state.Planned{Change: c.Change, Result: result, Detail: c.Detail}, true)
	}
	return p.err
}

type runJSON struct {
	Run     int64           `json:"run"`
	Job     string          `json:"job"`
	Started string          `json:"started"`
	Ended   string          `json:"ended,omitempty"`
	Status  string          `json:"status"`
	Error   string          `json:"error,omitempty"`
	Receipt json.RawMessage `json:"receipt,omitempty"`
	Summary any             `json:"summary"`
	By      string          `json:"approved_by,omitempty"`
}

func runOf(r state.PastRun) runJSON {
	out := runJSON{Run: r.ID, Job: r.Job, Started: r.Started.Format(rfc), Status: r.Status, Error: r.Error, Receipt: r.Receipt, Summary: r.Summary, By: r.Approved}
	if !r.Ended.IsZero() {
		out.Ended = r.Ended.Format(rfc)
	}
	return out
}

// RunsJSON writes past runs for programs.
func RunsJSON(w io.Writer, runs iter.Seq2[state.PastRun, error]) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1,`)
	list(s, "runs", runs, runOf)
	return s.end()
}

// RunJSON writes one run with its changes.
func RunJSON(w io.Writer, r state.PastRun, changes iter.Seq2[state.Past, error]) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1,`)
	s.member("run", runOf(r))
	list(s, "changes", changes, pastOf)
	return s.end()
}

// end closes the document.
func (s *stream) end() error {
	s.raw("}\n")
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}
