package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// report prints Markdown. What is wanted are ratios of wall time at most, of requests per second at least, MiB at most; it holds for
// the whole workload, and is not printed for a smaller one, where a process costs more to start than to do its work.
type report struct {
	out    io.Writer
	full   bool // a million rows, 100,000 entries, or more
	ratios []string
	peaks  []string
	notes  []string
}

func (r *report) head(title, workload string) {
	fmt.Fprintf(r.out, "# %s\n\n%s/%s, %d cores, %s. %s.\n\n", title, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), workload)
}

// ratio is one of wall times; what is wanted is 0 where nothing is.
func (r *report) ratio(what, against string, ours, bare series, wanted float64) {
	x := ours.ratio(bare)
	r.ratios = append(r.ratios, fmt.Sprintf("| %s | %s | %.2f s | %.2f s | %.3f | %.3f to %.3f | %s |",
		what, against, ours.wall().median, bare.wall().median, x.median, x.least, x.most, r.verdict("≤", wanted, x.median <= wanted)))
}

// rate is one of requests per second.
func (r *report) rate(what, against string, ours, bare []tally, wanted float64) {
	var mine, theirs, ratios []float64
	for i := range ours {
		a, b := perSecond(ours[i]), perSecond(bare[i])
		mine, theirs, ratios = append(mine, a), append(theirs, b), append(ratios, a/b)
	}
	x := spreadOf(ratios)
	r.ratios = append(r.ratios, fmt.Sprintf("| %s | %s | %.0f/s | %.0f/s | %.3f | %.3f to %.3f | %s |",
		what, against, spreadOf(mine).median, spreadOf(theirs).median, x.median, x.least, x.most, r.verdict("≥", wanted, x.median >= wanted)))
}

func perSecond(t tally) float64 { return float64(t.Creates) / t.Took.Seconds() }

func (r *report) peak(what string, ours series, wanted float64) {
	x := ours.peak()
	r.peaks = append(r.peaks, fmt.Sprintf("| %s | %.0f MiB | %.0f to %.0f | %s |", what, x.median, x.least, x.most, r.verdict("≤", wanted, x.median <= wanted)))
}

func (r *report) firstSync(s sample, t tally) {
	r.peak("first sync, all creates", series{s}, 150)
	r.note(fmt.Sprintf("The first sync took %s, of which %s sending: %.0f requests/s as the target sees them.",
		s.wall.Round(time.Second/10), t.Took.Round(time.Second/10), perSecond(t)))
}

func (r *report) note(text string) { r.notes = append(r.notes, text) }

func (r *report) verdict(sign string, wanted float64, good bool) string {
	switch {
	case wanted == 0 || !r.full:
		return ""
	case good:
		return fmt.Sprintf("%s %g, reached", sign, wanted)
	default:
		return fmt.Sprintf("%s %g, **missed**", sign, wanted)
	}
}

func (r *report) end() error {
	fmt.Fprintf(r.out, "| what | against | rosterd | bare | ratio, median | from, to | wanted |\n| --- | --- | ---: | ---: | ---: | ---: | --- |\n")
	r.lines(r.ratios)
	fmt.Fprintf(r.out, "| peak memory | median | from, to | wanted |\n| --- | ---: | ---: | --- |\n")
	r.lines(r.peaks)
	for _, n := range r.notes {
		if _, err := fmt.Fprintln(r.out, n); err != nil {
			return err
		}
	}
	return nil
}

func (r *report) lines(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(r.out, line)
	}
	fmt.Fprintln(r.out)
}
