// Package view is how plans, runs and held records look: as text for people and as JSON for programs. It reads drafts in one
// pass, so that a plan of a million changes is shown in little memory.
package view

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fatih/color"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Printer prints text.
type Printer struct {
	out io.Writer
	err error

	green, red, yellow, cyan, bold, faint *color.Color
}

// NewPrinter prints to out, in colours or without.
func NewPrinter(out io.Writer, colours bool) *Printer {
	paint := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if colours {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &Printer{out: out, green: paint(color.FgGreen), red: paint(color.FgRed), yellow: paint(color.FgYellow),
		cyan: paint(color.FgCyan), bold: paint(color.Bold), faint: paint(color.Faint)}
}

// printf writes, unless writing has failed before.
func (p *Printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

// Good marks what went well.
func (p *Printer) Good(s string) string { return p.green.Sprint(s) }

// Bad marks what went wrong.
func (p *Printer) Bad(s string) string { return p.red.Sprint(s) }

// Strong marks a heading.
func (p *Printer) Strong(s string) string { return p.bold.Sprint(s) }

// Faint marks what matters less.
func (p *Printer) Faint(s string) string { return p.faint.Sprint(s) }

// Safe makes a text from a source or a target harmless for a terminal: control characters, marks that reverse the direction of
// writing, and bytes that are no UTF-8, which some terminals take for control characters, are escaped.
func Safe(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, harmful) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case harmful(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func harmful(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// Number writes a count as people read it: 4,212.
func Number(n int) string { return message.NewPrinter(language.English).Sprint(n) }

// Count writes a count with its noun: 1 job, 2 jobs.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Span writes a time as people say it.
func Span(seconds float64) string {
	switch {
	case seconds < 10:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	default:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
}

// Length writes a configured time as people say it: 24 h, not 24h0m0s.
func Length(d time.Duration) string {
	switch {
	case d == 0:
		return "any time"
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}

// Since writes how long ago something was.
func Since(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}
