package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// JobStatus is how one job stands.
type JobStatus struct {
	Job, Target     string
	Known           bool // the state knows the job
	Last            *state.PastRun
	Next            time.Time // zero: it has no schedule
	Records, Active int
	Held            int
	Acknowledged    int             // of those held
	Foremost        []state.Held    // some of the others
	Limits          []plan.LimitUse // what the last day has used of them already
	Ageing          int             // records without an entry
	Absent          plan.Absent
	Absentees       []state.Absentee  // the longest absent ones
	Waiting         *state.Approval   // nil: nothing waits
	Granted         []state.Approval  // what was approved, and was not sent to its end
	Over            []state.OverCount // why what waits does
	Doubts          int               // changes without an answer
	Parked          time.Time
	Freeze          reconcile.Freeze
	FailingSince    time.Time // start of the first of the failed runs since it last went well; zero: the last one did not fail
	Succeeded       time.Time // start of the last run that went well; zero: none
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
			next = j.Next.Local().Format(moment)
		}
		p.printf("  next run   %s\n", next)
		p.printf("  records    %s, %s of them active\n", Number(j.Records), Number(j.Active))
		if j.Held > 0 {
			note := ""
			if j.Acknowledged > 0 {
				note = fmt.Sprintf(", %s of them acknowledged", Number(j.Acknowledged))
			}
			p.printf("  held       %s%s: `rosterd held %s`\n", p.yellow.Sprint(Number(j.Held)), note, j.Job)
			p.foremost(j)
		}
		if w := j.Waiting; w != nil {
			p.printf("  waiting    %s for approval until %s: `rosterd approve %s`\n", p.yellow.Sprint(Count(w.Changes, "change", "changes")), w.Expires().Format(moment), j.Job)
			for _, o := range j.Over {
				p.printf("             %s: %s\n", Number(o.Changes), overWords(o.Over))
			}
		}
		p.granted(j.Job, j.Granted)
		p.used(j.Limits)
		p.ageing(j, now)
		p.frozen(j.Job, j.Absent, j.Freeze)
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

// foremost says of some who are held why, and what would release them.
func (p *Printer) foremost(j JobStatus) {
	for _, h := range j.Foremost {
		way := ""
		if !strings.Contains(h.Detail, "`rosterd ") { // else the way out stands there, with its keys
			way = " → " + release[h.Reason]
		}
		p.printf("             %-14s  %s: %s%s\n", keyOf(h), h.Reason, Safe(h.Detail), p.Faint(way))
	}
	if more := j.Held - j.Acknowledged - len(j.Foremost); more > 0 {
		p.printf("             and %s more\n", Number(more))
	}
}

// used says what the last day has used of a limit already.
func (p *Printer) used(limits []plan.LimitUse) {
	for _, u := range limits {
		if u.Recent > 0 && u.Max != nil {
			p.printf("  limit      %s\n", use(u))
		}
	}
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
	if j.FailingSince.IsZero() {
		return
	}
	good := "it never went well"
	if !j.Succeeded.IsZero() {
		good = fmt.Sprintf("it last went well at %s (%s)", j.Succeeded.Format(moment), Since(j.Succeeded, now))
	}
	p.printf("  %s    since %s; %s\n", p.red.Sprint("failing"), j.FailingSince.Format(moment), good)
}

// ageing says who is absent since when, and what happens when.
func (p *Printer) ageing(j JobStatus, now time.Time) {
	if j.Ageing == 0 {
		return
	}
	p.printf("  absent     %s, %s\n", Number(j.Ageing), ageingRule(j.Absent))
	for _, a := range j.Absentees {
		p.printf("             %-14s  %ssince %s, %s%s\n", Safe(string(a.Key)), who(string(a.Key), a.Natural), a.Since.Format(moment), Count(a.Reads, "read", "reads"),
			notBefore(a.Since, j.Absent, now))
	}
	if more := j.Ageing - len(j.Absentees); more > 0 {
		p.printf("             and %s more\n", Number(more))
	}
}

// ageingRule says what becomes of who is absent.
func ageingRule(a plan.Absent) string {
	if !a.Deactivate {
		return "kept: absent.action is keep"
	}
	return fmt.Sprintf("switched off after %s over %s", Count(a.Reads, "complete read", "complete reads"), Length(a.After))
}

// notBefore says when somebody absent may be switched off, where that is still to come.
func notBefore(since time.Time, a plan.Absent, now time.Time) string {
	if due := since.Add(a.After); a.Deactivate && due.After(now) {
		return ", not before " + due.Format(moment)
	}
	return ""
}

// who is a natural key beside a key that may tell people nothing, "" where it is the same.
func who(key, natural string) string {
	if natural == "" || strings.EqualFold(key, natural) {
		return ""
	}
	return Safe(natural) + "  "
}
