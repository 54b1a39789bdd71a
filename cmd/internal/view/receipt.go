package view

import (
	"encoding/json"
	"strings"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/state"
)

// receiptOf is the receipt of a run's read; nil if it read nothing.
func receiptOf(r state.PastRun) *sources.Receipt {
	var receipt sources.Receipt
	if len(r.Receipt) == 0 || json.Unmarshal(r.Receipt, &receipt) != nil {
		return nil
	}
	return &receipt
}

// receipt prints what was read, and why it counts as complete or does not.
func (p *Printer) receipt(r *sources.Receipt) {
	if r == nil {
		return
	}
	word := p.Good("complete")
	if !r.Complete {
		word = p.red.Sprint("not complete") + ", so that nothing follows from it and nothing was sent"
	}
	if r.Source == "" {
		p.printf("  read     nothing: %s\n", word)
	} else {
		p.printf("  read     %s: %s\n", Safe(r.Source), word)
		p.printf("           %s", Count(int(r.Entries), "entry", "entries"))
		if r.Pages > 0 {
			p.printf(", %s", Count(int(r.Pages), "page", "pages"))
		}
		p.printf(", %s\n", Count(int(r.Bytes), "byte", "bytes"))
	}
	if !r.Modified.IsZero() {
		p.printf("           changed %s\n", r.Modified.Local().Format(moment))
	}
	if r.Content != "" {
		p.printf("           content %s\n", r.Content)
	}
	if len(r.Columns) > 0 {
		p.printf("           columns %s\n", Safe(strings.Join(r.Columns, ", ")))
	}
	for _, list := range []struct {
		word  string
		lines []string
	}{{"proven", r.Proof}, {"noted", r.Notes}, {"but", r.Reasons}} {
		word := list.word
		for _, line := range list.lines {
			p.printf("  %-8s %s\n", word, Safe(line))
			word = ""
		}
	}
}
