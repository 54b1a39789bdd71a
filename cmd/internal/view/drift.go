package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

// Drift prints what others changed in a target.
func (p *Printer) Drift(d *reconcile.Drift) error {
	p.printf("%s  %s\n", p.Strong(d.Job.Name), p.Faint(d.Job.Target))
	p.printf("  the target lists %s, the job has %s\n\n", Count(d.Listed, "record", "records"), Number(d.Records))
	for one, err := range d.Each() {
		if err != nil {
			return err
		}
		p.drifted(one, d.Job.Sink.Schema())
	}
	if d.Total() == 0 {
		p.printf("  %s\n", p.Good("nothing drifted"))
	}
	p.driftTotals(d)
	p.driftNext(d)
	return p.err
}

// drifted prints one record: a sign for what was done to it, its key and how, then a line for each attribute.
func (p *Printer) drifted(d plan.Drift, sch record.Schema) {
	sign, paint, what := "!", p.yellow, ""
	switch d.Kind {
	case plan.Differs:
		sign, paint = "~", p.cyan
	case plan.SwitchedOff:
		sign, paint = "-", p.red
	case plan.SwitchedOn:
		sign, paint = "^", p.yellow
	case plan.GoneThere:
		what = "the target does not list it any more"
	case plan.Doubled:
		what = "another record carries its key"
	case plan.ForeignThere:
		what = "the target marks it as none of ours: " + Safe(d.Why)
	case plan.OtherReference:
		if !d.Notable(sch) {
			what = "it may be somebody else's by now"
		}
	}
	line := fmt.Sprintf("%s %-14s %-12s", sign, Safe(string(d.Key)), kindWord(d.Kind))
	p.printf("  %s  %s\n", paint.Sprint(line), p.Faint(strings.TrimSuffix(who(string(d.Key), d.Natural)+"record "+Safe(d.RemoteID)+" · "+what, " · ")))
	width := 0
	for _, a := range d.Shown {
		width = max(width, len(a.Name))
	}
	for i, a := range d.Shown {
		note := ""
		if decl, _ := sch.Lookup(a.Name); decl.CreateOnly || decl.Fixed {
			note = "  " + p.Faint("an update can't put it back")
		}
		p.printf("      %-*s  %s → %s%s\n", width, a.Name, shown(d.Told[i].Value), shown(a.Value), note)
	}
}

func kindWord(k plan.DriftKind) string { return strings.ReplaceAll(string(k), "_", " ") }

// driftTotals says how much there is, and of what nothing can be told.
func (p *Printer) driftTotals(d *reconcile.Drift) {
	var parts []string
	for _, kind := range plan.DriftKinds() {
		if n := d.Counts[kind]; n > 0 {
			parts = append(parts, Number(n)+" "+kindWord(kind))
		}
	}
	if len(parts) > 0 {
		p.printf("\n  %s\n", strings.Join(parts, ", "))
	}
	if d.Listed == 0 && d.Records > 0 {
		p.printf("  %s the target lists nothing at all: is it the right one, and may these credentials list its records?\n", p.yellow.Sprint("!"))
	}
	if d.Unanswered > 0 {
		p.printf("  not counted: %s with a change that has no answer yet; the next run finds out first what became of it\n", Count(d.Unanswered, "record", "records"))
	}
	if d.GoneAndOff > 0 {
		p.printf("  not counted: %s that was switched off before and is not listed any more\n", Count(d.GoneAndOff, "record", "records"))
	}
	if len(d.NotShown) > 0 {
		p.printf("  can't be told, for the target's list does not show it: %s\n", strings.Join(d.NotShown, ", "))
	}
}

// driftNext says what to do.
func (p *Printer) driftNext(d *reconcile.Drift) {
	job := d.Job.Name
	switch {
	case d.Noted > 0:
		p.printf("\n  the state took note of %s: `rosterd plan %s` shows what puts it back, `rosterd sync %s` sends it, under the job's limits\n",
			Count(d.Noted, "record", "records"), job, job)
	case d.ToNote > 0:
		p.printf("\n  `rosterd drift %s --fix` takes note of it, so that the next plan puts it back\n", job)
	}
	if d.Counts[plan.GoneThere] > 0 {
		p.printf("  what is gone is left as it is: its next update holds it as not_found, or creates it anew with `recreate: true`\n")
	}
	if d.Counts[plan.Doubled] > 0 {
		p.printf("  a second record with a key of the job is left as it is: clear its reference in the target, or remove it there\n")
	}
	if d.Counts[plan.ForeignThere]+d.OtherKeys > 0 {
		p.printf("  what is somebody else's by now is left as it is; the job would still write to it: put the key into `protect`, or name the record in `never_touch` of its sink\n")
	}
}

type driftJSON struct {
	Kind       plan.DriftKind        `json:"kind"`
	Key        record.Key            `json:"key"`
	RemoteID   string                `json:"remote_id"`
	Natural    string                `json:"natural,omitempty"`
	Detail     string                `json:"detail,omitempty"`
	Attributes map[string]toldIsJSON `json:"attributes"`
}

type toldIsJSON struct {
	Told       record.Value `json:"told"`
	Unverified bool         `json:"unverified,omitempty"`
	Is         record.Value `json:"is"`
}

// DriftJSON writes the same for programs, as the README documents.
func DriftJSON(w io.Writer, d *reconcile.Drift) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.raw(`{"version": 1,`)
	s.member("job", d.Job.Name)
	s.member("listed", d.Listed)
	s.member("records", d.Records)
	summary := map[plan.DriftKind]int{}
	for _, kind := range plan.DriftKinds() {
		summary[kind] = d.Counts[kind]
	}
	s.member("summary", summary)
	s.member("unanswered", d.Unanswered)
	s.member("gone_and_off", d.GoneAndOff)
	notShown := d.NotShown
	if notShown == nil {
		notShown = []string{}
	}
	s.member("not_shown", notShown)
	s.member("noted", d.Noted)
	list(s, "drift", d.Each(), driftOf)
	return s.end()
}

func driftOf(d plan.Drift) driftJSON {
	out := driftJSON{Kind: d.Kind, Key: d.Key, RemoteID: d.RemoteID, Natural: d.Natural, Detail: d.Why, Attributes: map[string]toldIsJSON{}}
	for i, a := range d.Shown {
		one := toldIsJSON{Told: d.Told[i].Value, Is: a.Value}
		if one.Told.Kind() == record.Unknown {
			one.Told, one.Unverified = record.Value{}, true
		}
		out.Attributes[a.Name] = one
	}
	return out
}
