package view

import (
	"strings"

	"github.com/rosterd/rosterd/sync/plan"
	"github.com/rosterd/rosterd/sync/reconcile"
)

// frozen says that nobody is newly taken for absent, and why, where anybody would be switched off for it.
func (p *Printer) frozen(job string, absent plan.Absent, f reconcile.Freeze) {
	if !f.Frozen() || !absent.Deactivate {
		return
	}
	var why []string
	if f.Entries > 0 {
		verb := " has"
		if f.Entries > 1 {
			verb = " have"
		}
		why = append(why, Count(f.Entries, "entry", "entries")+verb+" no readable key (first: "+Safe(f.First)+"), until "+f.Until.Format("2006-01-02 15:04"))
	}
	if f.Torn != "" {
		why = append(why, "the key of the last row may be cut ("+Safe(f.Torn)+")")
	}
	p.printf("  %s nobody is newly taken for absent while %s; see `rosterd held %s`\n", p.yellow.Sprint("!"), strings.Join(why, ", and while "), job)
	if f.Entries > 0 {
		p.printf("    give each a key, or leave out with `where` or the source's filter what is nobody\n")
	}
}

type freezeJSON struct {
	Entries int    `json:"entries"`
	First   string `json:"first,omitempty"`
	Until   string `json:"until,omitempty"`
	Torn    string `json:"torn,omitempty"`
}

// freezeOf is the same for programs, nil where there is no reason.
func freezeOf(f reconcile.Freeze) *freezeJSON {
	if !f.Frozen() {
		return nil
	}
	out := &freezeJSON{Entries: f.Entries, First: f.First, Torn: f.Torn}
	if f.Entries > 0 {
		out.Until = f.Until.Format(rfc)
	}
	return out
}
