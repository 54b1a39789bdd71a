package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
)

// JobStatus is how one job stands.
type JobStatus struct {
	Job, Target     string
	Known           bool // the state knows the job
	Last            *state.PastRun
	Next            time.Time // zero: it has no schedule
	Records, Active int
	Held            int
	Acknowledged    int // of those held
	Ageing          int // records without an entry
	Absent          plan.Absent
	Absentees       []state.Absentee // the longest absent ones
	Waiting         *state.Approval  // nil: nothing waits
	Doubts          int              // changes without an answer
	Parked          time.Time
}

// Status prints how each job stands.
func (p *Printer) Status(jobs []JobStatus) error {
	now := time.Now()
	for _, j := range jobs {
		p.printf("%s  %s\n", p.Strong(j.Job), p.Faint(j.Target))
		if !j.Known {
			p.printf("  new: `rosterd plan %s` shows what it would do, `rosterd sync --first %s` does it, `rosterd adopt %s` links what the target has already\n\n", j.Job, j.Job, j.Job)
			continue
		}
		p.last(j, now)
		next := "by hand only: it has no schedule"
		if !j.Next.IsZero() {
			next = j.Next.Format(moment)
		}
		p.printf("  next run   %s\n", next)
		p.printf("  records    %s, %s of them active\n", Number(j.Records), Number(j.Active))
		if j.Held > 0 {
			note := ""
			if j.Acknowledged > 0 {
				note = fmt.Sprintf(", %s of them acknowledged", Number(j.Acknowledged))
			}
			p.printf("  held       %s%s: `rosterd held %s`\n", p.yellow.Sprint(Number(j.Held)), note, j.Job)
		}
		if w := j.Waiting; w != nil {
			p.printf("  waiting    %s for approval until %s: `rosterd approve %s`\n", p.yellow.Sprint(Count(w.Changes, "change", "changes")), w.Expires().Format(moment), j.Job)
		}
		p.ageing(j, now)
		if j.Last != nil && j.Last.Summary.OutOfScope > 0 {
			p.printf("  kept       %s though out of scope\n", Number(j.Last.Summary.OutOfScope))
		}
		if j.Doubts > 0 {
			p.printf("  answers    %s without an answer; the next run finds out first what became of them\n", Count(j.Doubts, "change", "changes"))
		}
		if j.Parked.After(now) {
			p.printf("  %s     until %s: the target asked for a pause\n", p.yellow.Sprint("parked"), j.Parked.Format(moment))
		}
		p.printf("\n")
	}
	return p.err
}

func (p *Printer) last(j JobStatus, now time.Time) {
	if j.Last == nil {
		p.printf("  last run   never\n")
		return
	}
	status := p.Good(j.Last.Status)
	if !slices.Contains([]string{"succeeded", "adopted", "rekeyed", "transferred"}, j.Last.Status) {
		status = p.yellow.Sprint(j.Last.Status)
	}
	p.printf("  last run   %s (%s): %s, %s\n", j.Last.Started.Format(moment), Since(j.Last.Started, now), status, runWhat(*j.Last))
}

// ageing says who is absent since when, and what happens when.
func (p *Printer) ageing(j JobStatus, now time.Time) {
	if j.Ageing == 0 {
		return
	}
	what := "kept: absent.action is keep"
	if j.Absent.Deactivate {
		what = fmt.Sprintf("switched off after %s over %s", Count(j.Absent.Reads, "complete read", "complete reads"), j.Absent.After)
	}
	p.printf("  absent     %s, %s\n", Number(j.Ageing), what)
	for _, a := range j.Absentees {
		p.printf("             %-14s since %s, %s", Safe(string(a.Key)), a.Since.Format(moment), Count(a.Reads, "read", "reads"))
		if due := a.Since.Add(j.Absent.After); j.Absent.Deactivate && due.After(now) {
			p.printf(", not before %s", due.Format(moment))
		}
		p.printf("\n")
	}
	if more := j.Ageing - len(j.Absentees); more > 0 {
		p.printf("             and %s more\n", Number(more))
	}
}

// StatusJSON writes the same for programs.
func StatusJSON(w io.Writer, jobs []JobStatus) error {
	type absentee struct {
		Key   string `json:"key"`
		Since string `json:"since"`
		Reads int    `json:"reads"`
	}
	type statusJSON struct {
		Job      string     `json:"job"`
		Target   string     `json:"target"`
		New      bool       `json:"new"`
		Last     *runJSON   `json:"last_run,omitempty"`
		Next     string     `json:"next_run,omitempty"`
		Records  int        `json:"records"`
		Active   int        `json:"active"`
		Held     int        `json:"held"`
		Ack      int        `json:"acknowledged"`
		Waiting  int        `json:"waiting"`
		Absent   int        `json:"absent"`
		Longest  []absentee `json:"longest_absent"`
		OutScope int        `json:"out_of_scope"`
		Doubts   int        `json:"unanswered"`
		Parked   string     `json:"parked_until,omitempty"`
	}
	all := []statusJSON{}
	for _, j := range jobs {
		s := statusJSON{Job: j.Job, Target: j.Target, New: !j.Known, Records: j.Records, Active: j.Active, Held: j.Held, Ack: j.Acknowledged,
			Absent: j.Ageing, Longest: []absentee{}, Doubts: j.Doubts}
		if j.Waiting != nil {
			s.Waiting = j.Waiting.Changes
		}
		if j.Last != nil {
			last := runOf(*j.Last)
			s.Last, s.OutScope = &last, j.Last.Summary.OutOfScope
		}
		if !j.Next.IsZero() {
			s.Next = j.Next.Format(rfc)
		}
		if j.Parked.After(time.Now()) {
			s.Parked = j.Parked.Format(rfc)
		}
		for _, a := range j.Absentees {
			s.Longest = append(s.Longest, absentee{string(a.Key), a.Since.Format(rfc), a.Reads})
		}
		all = append(all, s)
	}
	return json.NewEncoder(w).Encode(map[string]any{"version": 1, "jobs": all})
}
