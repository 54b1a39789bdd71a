package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/mapping"
)

// Probed is what the beginning of a source shows.
type Probed struct {
	Source  string
	Said    []string // by the source, of itself
	Columns []string
	Origin  string              // of the first entry; "" if there is none
	Steps   []mapping.Explained // what it would become
	Outcome mapping.Outcome
}

// Probe opens the job's source, finds its columns and maps its first entry. It asks the target nothing. With an
// error, what was found before it is there too.
func (j *Job) Probe(ctx context.Context) (*Probed, error) {
	out := &Probed{}
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
		out.Origin, out.Outcome, out.Steps = reading.Origin(e.At), bound.Map(&e), bound.Explain(&e)
		break
	}
	return out, nil
}
