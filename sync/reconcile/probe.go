package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/mapping"
)

// probed is how many entries a probe looks at.
const probed = 200

// Probed is what the beginning of a source shows.
type Probed struct {
	Source   string
	Said     []string // by the source, of itself
	Columns  []string
	Origin   string              // of the first entry; "" if there is none
	Steps    []mapping.Explained // what it would become
	Outcome  mapping.Outcome
	Seen     int // entries that were looked at, at most 200
	Verdicts map[mapping.Verdict]int
	Held     string // the first of them that would be held, and why
}

// Probe opens the job's source, finds its columns and maps its first entries. It asks the target nothing. With an error, what was found
// before it is there too.
func (j *Job) Probe(ctx context.Context) (*Probed, error) {
	out := &Probed{Verdicts: map[mapping.Verdict]int{}}
	request := sources.Request{Need: j.Mapping.Need()}
	if prober, ok := j.Source.(sources.Prober); ok {
		said, err := prober.Probe(ctx, request)
		if out.Said = said; err != nil {
			return out, fmt.Errorf("read source: %w", err)
		}
	}
	reading, err := j.Source.Open(ctx, request)
	if err != nil {
		return out, fmt.Errorf("read source: %w", err)
	}
	defer reading.Close()
	bound, problems := j.Mapping.Bind(reading.Layout(), j.Now())
	if len(problems) > 0 {
		var all []string
		for _, p := range problems {
			all = append(all, p.Where+": "+p.Message)
		}
		return out, errors.New(strings.Join(all, "; "))
	}
	out.Source, out.Columns = reading.Receipt().Source, reading.Layout().Columns
	for e, err := range reading.Entries(nil) {
		if err != nil {
			return out, fmt.Errorf("read source: %w", err)
		}
		mapped := bound.Map(&e)
		if out.Seen++; out.Seen == 1 {
			out.Origin, out.Outcome, out.Steps = reading.Origin(e.At), mapped, bound.Explain(&e)
		}
		out.Verdicts[mapped.Verdict]++
		if mapped.Reason != "" && out.Held == "" {
			out.Held = reading.Origin(e.At) + ": " + mapped.Reason
		}
		if out.Seen == probed {
			break
		}
	}
	return out, nil
}
