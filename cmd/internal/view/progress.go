package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rosterd/rosterd/sync/reconcile"
)

// Progress shows on a terminal how far a run is, with rate and time left. Elsewhere it shows nothing.
type Progress struct {
	out   io.Writer
	on    bool
	job   string
	start time.Time
	last  time.Time
	width int
}

// NewProgress shows progress on out if that is a terminal.
func NewProgress(out io.Writer, terminal bool) *Progress { return &Progress{out: out, on: terminal} }

// Show is a reconcile.Options.Progress.
func (p *Progress) Show(at reconcile.Progress) {
	now := time.Now()
	if at.Job != p.job {
		p.job, p.start = at.Job, now
	}
	const redraw = 100 * time.Millisecond
	if !p.on || now.Sub(p.last) < redraw && at.Done < at.Total {
		return
	}
	p.last = now
	const bar = 30
	full := bar * at.Done / max(1, at.Total)
	line := fmt.Sprintf("%s %s%s %s of %s", at.Job, strings.Repeat("█", full), strings.Repeat("░", bar-full), Number(at.Done), Number(at.Total))
	if took := now.Sub(p.start).Seconds(); took > 1 && at.Done > 1 {
		rate := float64(at.Done) / took
		line += fmt.Sprintf(" · %.0f/s · %s left", rate, Span(float64(at.Total-at.Done)/rate))
	}
	p.draw(line)
}

// Clear takes the line away.
func (p *Progress) Clear() {
	if p.on && p.width > 0 {
		p.draw("")
		fmt.Fprint(p.out, "\r")
		p.width = 0
	}
}

func (p *Progress) draw(line string) {
	n := len([]rune(line))
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-n)))
	p.width = n
}
