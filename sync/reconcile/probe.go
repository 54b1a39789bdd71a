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
	Columns []string
	Origin  string              // of the first entry; "" if there is none
	Steps   []mapping.Explained // what it would become
	Outcome mapping.Outcome
}

// Probe opens the job's source, finds its columns and maps its first entry. It asks the target nothing.
func (j *Job) Probe(ctx context.Context) (*Probed, error) {
	reading, err := j.Source.Open(ctx, sources.Request{Need: j.Mapping.Need()})
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	defer reading.Close()
	bound, problems := j.Mapping.Bind(reading.Layout(), j.Now())
	if len(problems) > 0 {
		var all []string
		for _, p := range problems {
			all = append(all, p.Where+": "+p.Message)
		}
		return nil, errors.New(strings.Join(all, "; "))
	}
	out := &Probed{Source: reading.Receipt().Source, Columns: reading.Layout().Columns}
	for e, err := range reading.Entries(nil) {
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		out.Origin, out.Outcome, out.Steps = reading.Origin(e.At), bound.Map(&e), bound.Explain(&e)
		break
	}
	return out, nil
}
