package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
	"github.com/rosterd/rosterd/sync/record"
)

const moment = "2006-01-02 15:04:05"

// Explanation prints all that there is to say of one key.
func (p *Printer) Explanation(j *reconcile.Job, x *reconcile.Explanation) error {
	p.printf("%s  %s\n", p.Strong(Safe(string(x.Key))), p.Faint(j.Name+" · "+j.Target))
	if x.Asked != "" {
		p.printf("  the key of %s is %s\n", Safe(x.Asked), Safe(string(x.Key)))
	}
	if len(x.Others) > 0 {
		p.printf("\n  no key; it is the natural key or the id of several: %s\n", Safe(fmt.Sprint(x.Others)))
		return p.err
	}
	switch {
	case x.Trouble != "":
		p.printf("\n  %s %s\n", p.red.Sprint("the source can't be read now:"), Safe(x.Trouble))
	case len(x.Entries) == 0:
		p.printf("\n  no entry of the source has this key\n")
	}
	for _, e := range x.Entries {
		p.printf("\n  %s  %s, %s\n", p.Strong("entry"), Safe(e.Origin), e.Outcome.Verdict)
		width := 0
		for _, f := range e.Fields {
			width = max(width, len(f.Name))
		}
		for _, f := range e.Fields {
			p.printf("    %-*s  %s\n", width, Safe(f.Name), Safe(strings.Join(f.Values, " | ")))
		}
		p.printf("\n  %s\n", p.Strong("expressions"))
		width = 0
		for _, s := range e.Steps {
			width = max(width, len(strings.TrimPrefix(s.Where, "map.")))
		}
		for _, s := range e.Steps {
			value := Safe(s.Value)
			if s.Problem != "" {
				value = p.yellow.Sprint(Safe(s.Problem))
			}
			p.printf("    %-*s  %s\n    %-*s  → %s\n", width, strings.TrimPrefix(s.Where, "map."), p.Faint(Safe(s.Expression)), width, "", value)
		}
	}
	p.known(x.Known, j.Rules.Absent)
	p.judged(x)
	if len(x.Entries) == 0 && x.Known != nil && x.Known.Status == plan.Active {
		p.frozen(j.Name, j.Rules.Absent, x.Freeze)
	}
	p.past(x.Key, x.Past)
	return p.err
}

func (p *Printer) known(k *plan.Known, absent plan.Absent) {
	p.printf("\n  %s", p.Strong("last applied"))
	if k == nil || k.Status == plan.Ghost {
		p.printf("  nothing: there is no record of ours in the target\n")
		return
	}
	p.printf("  record %s of job %s, %s\n", Safe(k.RemoteID), k.Owner, statusWord(k.Status))
	width := widest(k.Attrs)
	for _, a := range k.Attrs {
		p.printf("    %-*s  %s\n", width, a.Name, Safe(a.Value.String()))
	}
	if k.AbsentReads > 0 && k.Status == plan.Active {
		p.printf("    absent from %s since %s: %s%s\n", Count(k.AbsentReads, "complete read", "complete reads"), k.AbsentSince.Format(moment), ageingRule(absent),
			notBefore(k.AbsentSince, absent, time.Now()))
	}
}

func statusWord(s plan.Status) string {
	return [...]string{"no record", "active", "inactive", "inactive, and not by us"}[s]
}

func (p *Printer) judged(x *reconcile.Explanation) {
	if x.Trouble != "" {
		return
	}
	p.printf("\n  %s  ", p.Strong("verdict"))
	switch v := x.Verdict; v.Outcome {
	case plan.Changed:
		if h := x.Held; h != nil { // what others have and want is not looked at here
			p.printf("%s, but held by the last run, %s: %s\n           %s\n", v.Change.Action, p.yellow.Sprint(h.Reason), Safe(h.Detail), p.Faint(release[h.Reason]))
			return
		}
		p.printf("%s\n", v.Change.Action)
		p.change(state.Planned{Change: *v.Change}, false)
	case plan.IsHeld:
		p.printf("%s: %s\n           %s\n", p.yellow.Sprint("held, "+string(v.Held.Reason)), Safe(v.Held.Detail), p.Faint(release[v.Held.Reason]))
	default:
		p.printf("%s%s\n", outcomeWord(v.Outcome), switchedOff(x))
	}
	for _, c := range x.Verdict.Cannot {
		p.printf("    %s can't be applied: %s → %s, %s\n", c.Attribute, shown(c.Before), shown(c.After), Safe(c.Detail))
	}
}

// switchedOff says since when a record is off that has no entry any more, "" for any other.
func switchedOff(x *reconcile.Explanation) string {
	if len(x.Entries) > 0 || x.Known == nil || x.Known.Status != plan.Inactive {
		return ""
	}
	for _, c := range x.Past {
		if c.Result != state.Succeeded || c.Action != plan.Deactivate && c.Action != plan.Reactivate {
			continue
		}
		if c.Action == plan.Deactivate && c.Cause == plan.Absence {
			return fmt.Sprintf(": absent, and switched off for it at %s, by run %d", c.Settled.Format(moment), c.Run)
		}
		break
	}
	return ": absent, and switched off before"
}

// widest is the length of the longest name.
func widest(attrs record.Attrs) (width int) {
	for _, a := range attrs {
		width = max(width, len(a.Name))
	}
	return width
}

func outcomeWord(o plan.Outcome) string {
	return map[plan.Outcome]string{plan.Unchanged: "unchanged", plan.NotNeeded: "not needed: unknown to the target, and inactive",
		plan.AbsentKept: "absent, and kept", plan.OutKept: "out of scope, and kept", plan.Nothing: "nothing: no record, and none is wanted"}[o]
}

func (p *Printer) past(key record.Key, all []state.Past) {
	p.printf("\n  %s\n", p.Strong("past"))
	if len(all) == 0 {
		p.printf("    nothing was ever sent\n")
	}
	for _, c := range all {
		result := c.Result.String()
		if c.Result == state.Pending {
			result = "no answer yet"
		}
		if c.Result == state.Adopted {
			p.printf("    %s  run %d  linked to record %s, which the target had%s\n", c.Intended.Format(moment), c.Run, Safe(c.RemoteID), as(c, key))
			continue
		}
		if c.Result == state.Rekeyed && c.Was == key {
			p.printf("    %s  run %d  its record %s is that of %s since: the past is told there\n", c.Intended.Format(moment), c.Run, Safe(c.RemoteID), Safe(string(c.Key)))
			continue
		}
		if c.Result == state.Rekeyed || c.Result == state.Given {
			p.printf("    %s  run %d  %s: %s%s\n", c.Intended.Format(moment), c.Run, result, Safe(c.Detail), as(c, key))
			continue
		}
		p.printf("    %s  run %d  %-10s %-10s %s%s\n", c.Intended.Format(moment), c.Run, c.Action, strings.ReplaceAll(result, "_", " "), Safe(c.Detail), as(c, key))
		width := widest(c.After)
		for _, a := range c.After {
			p.printf("        %-*s  %s → %s\n", width, a.Name, shown(c.Before.Get(a.Name)), shown(a.Value))
		}
	}
}

// as names the key of a change where the record had another one then.
func as(c state.Past, key record.Key) string {
	if c.Key == key {
		return ""
	}
	return " (as " + Safe(string(c.Key)) + ")"
}

type pastJSON struct {
	Run      int64        `json:"run"`
	At       string       `json:"at"`
	Key      record.Key   `json:"key"`
	Was      record.Key   `json:"was,omitempty"`
	Action   string       `json:"action"`
	RemoteID string       `json:"remote_id,omitempty"`
	Before   record.Attrs `json:"before"`
	After    record.Attrs `json:"after"`
	Result   string       `json:"result"`
	Code     string       `json:"code,omitempty"`
	Detail   string       `json:"detail,omitempty"`
}

func pastOf(c state.Past) pastJSON {
	result := c.Result.String()
	if c.Result == state.Pending {
		result = "unknown"
	}
	return pastJSON{Run: c.Run, At: c.Intended.Format(rfc), Key: c.Key, Was: c.Was, Action: c.Action.String(), RemoteID: c.RemoteID, Before: c.Before, After: c.After,
		Result: result, Code: c.Code, Detail: c.Detail}
}

// ExplanationJSON writes the same for programs.
func ExplanationJSON(w io.Writer, job string, x *reconcile.Explanation) error {
	type entry struct {
		Origin  string            `json:"origin"`
		Verdict string            `json:"verdict"`
		Fields  []reconcile.Field `json:"fields"`
		Steps   any               `json:"expressions"`
	}
	doc := map[string]any{"version": 1, "job": job, "key": x.Key, "verdict": outcomeWord(x.Verdict.Outcome)}
	if x.Asked != "" {
		doc["asked"] = x.Asked
	}
	if len(x.Others) > 0 {
		doc["keys"] = x.Others
	}
	if f := freezeOf(x.Freeze); f != nil {
		doc["nobody_newly_absent"] = f
	}
	entries := []entry{}
	for _, e := range x.Entries {
		entries = append(entries, entry{e.Origin, e.Outcome.Verdict.String(), e.Fields, e.Steps})
	}
	doc["entries"] = entries
	if x.Trouble != "" {
		doc["error"] = x.Trouble
		delete(doc, "verdict")
	}
	if k := x.Known; k != nil && k.Status != plan.Ghost {
		doc["known"] = map[string]any{"remote_id": k.RemoteID, "owner": k.Owner, "status": statusWord(k.Status), "attributes": k.Attrs, "absent_reads": k.AbsentReads}
		if k.AbsentReads > 0 {
			doc["absent_since"] = k.AbsentSince.Format(rfc)
		}
	}
	if h := x.Held; h != nil {
		doc["held_by_last_run"] = map[string]any{"reason": h.Reason, "detail": h.Detail}
	}
	if v := x.Verdict; v.Change != nil {
		doc["verdict"], doc["change"] = v.Change.Action.String(), changeOf(state.Planned{Change: *v.Change}, false)
	} else if v.Held != nil {
		doc["verdict"], doc["held"] = "held", map[string]any{"reason": v.Held.Reason, "detail": v.Held.Detail}
	}
	past := []pastJSON{}
	for _, c := range x.Past {
		past = append(past, pastOf(c))
	}
	doc["past"] = past
	return json.NewEncoder(w).Encode(doc)
}
