package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// report prints Markdown, each row as soon as it is known. What is wanted holds for the whole workload, and is not judged for a
// smaller one, where a process costs more to start than to do its work.
type report struct {
	out     io.Writer
	full    bool   // a million rows, 100,000 entries, or more
	heading string // of a table that has no row yet
	notes   []string
}

func (r *report) head(title, workload string) {
	fmt.Fprintf(r.out, "# %s\n\n%d cores%s, %s/%s, %s. %s.\n\n", title, runtime.NumCPU(), model(), runtime.GOOS, runtime.GOARCH, runtime.Version(), workload)
}

// model is what the processor is called, "" where nobody says.
func model() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	_, after, found := strings.Cut(string(text), "model name\t: ")
	if err != nil || !found {
		return ""
	}
	name, _, _ := strings.Cut(after, "\n")
	return " of " + name
}

// table begins a table; ratio is the heading of that column.
func (r *report) table(ratio string) {
	r.heading = fmt.Sprintf("| what | rosterd | against | %s | wanted | met |\n| --- | ---: | --- | ---: | ---: | --- |\n", ratio)
}

// row prints what came of a figure, a line for each yardstick.
func (r *report) row(f figure, s []series) error {
	ours := fmt.Sprintf("%.2f s, %.0f MiB", s[0].wall().median, s[0].peak().median)
	if len(f.against) == 0 {
		r.line(f.what, ours, "", spread{}, "", 0)
	}
	what := f.what
	for i, y := range f.against {
		bare := s[i+1]
		switch y.by {
		case byRate:
			r.line(what, fmt.Sprintf("%.0f/s", s[0].rate().median), fmt.Sprintf("%s, %.0f/s", y.what, bare.rate().median), s[0].ratio(bare, rateOf), "≥", y.wanted)
		case byByte:
			x := s[0].ratio(bare, wallOf).times(float64(y.text) / float64(f.text))
			r.line(what, fmt.Sprintf("%s, %.0f MB", ours, float64(f.text)/1e6), fmt.Sprintf("%s, %.2f s, %.0f MB", y.what, bare.wall().median, float64(y.text)/1e6), x, "≤", y.wanted)
			if f.why != "" && x.median > y.wanted {
				r.once(f.why)
			}
		default:
			r.line(what, ours, fmt.Sprintf("%s, %.2f s", y.what, bare.wall().median), s[0].ratio(bare, wallOf), "≤", y.wanted)
		}
		what, ours = "", "" // said once
	}
	return r.peak(f, s[0])
}

// profile says what a run with pprof took.
func (r *report) profile(f figure, s sample) error {
	_, err := fmt.Fprintf(r.out, "%-14s %6.2f s, peak %d MiB\n", f.name, s.wall.Seconds(), s.peak>>20)
	return err
}

// peak is a line for the memory of a figure, where some is wanted.
func (r *report) peak(f figure, s series) error {
	if f.memory == 0 {
		return nil
	}
	x := s.peak()
	r.wants(f.what+": memory", fmt.Sprintf("%.0f MiB", x.median), "≤", x.median, f.memory, " MiB")
	least, err := ownPeak()
	if err == nil && x.least <= least {
		r.note("%s: at most what stands above, for this process had %.0f MiB, and one that it starts begins with its peak.", f.what, least)
	}
	return err
}

// wants is a line for something that is held against nothing but what is wanted.
func (r *report) wants(what, is, sign string, value, wanted float64, unit string) {
	want, met := r.verdict(sign, value, wanted)
	r.print("| %s | %s | | | %s%s | %s |\n", what, is, want, unit, met)
}

// line is one with a ratio; without one if against is "".
func (r *report) line(what, ours, against string, x spread, sign string, wanted float64) {
	ratio := ""
	if against != "" {
		ratio = fmt.Sprintf("%.3f (%.3f to %.3f)", x.median, x.least, x.most)
	}
	want, met := r.verdict(sign, x.median, wanted)
	r.print("| %s | %s | %s | %s | %s | %s |\n", what, ours, against, ratio, want, met)
}

// print prints a row, after the heading if it is the first.
func (r *report) print(format string, args ...any) {
	fmt.Fprint(r.out, r.heading)
	r.heading = ""
	fmt.Fprintf(r.out, format, args...)
}

func (r *report) verdict(sign string, value, wanted float64) (want, met string) {
	if wanted == 0 {
		return "", ""
	}
	want = fmt.Sprintf("%s %g", sign, wanted)
	switch {
	case !r.full:
		r.once("Whether a figure is what is wanted is said only of wall times, and of no smaller workload.")
		return want, ""
	case sign == "≤" && value <= wanted, sign == "≥" && value >= wanted, sign == "=" && value == wanted:
		return want, "yes"
	}
	return want, "**no**"
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// end ends a table, and prints the notes that came with it.
func (r *report) end() error {
	for _, n := range r.notes {
		fmt.Fprintf(r.out, "\n%s\n", n)
	}
	r.notes = nil
	_, err := fmt.Fprintln(r.out)
	return err
}

// once is note, unless it was noted already.
func (r *report) once(text string) {
	if !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
	}
}
