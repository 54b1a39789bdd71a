package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/rosterd/rosterd/state"
	"github.com/rosterd/rosterd/sync/record"
)

// adoptAll writes a state in which the job has everybody, as `rosterd adopt` does that found everybody in the target: the quickest way to
// many records, which it does not send. The run that follows reads the feed, and proves that the state is right by sending nothing.
// Its arguments are the configuration, the seed, the rows, and the name of the odd feed whose people they are.
func adoptAll(_ context.Context, args []string) error {
	seed, err1 := strconv.ParseUint(args[1], 10, 64)
	rows, err2 := strconv.Atoi(args[2])
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%q: no seed and rows", args)
	}
	f := odd(args[3]).of(newFeed(seed, rows))
	w, err := wired(args[0])
	if err != nil {
		return err
	}
	defer w.Close()
	job := w.Jobs[0]
	s, err := state.Open(job.State)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Begin(job.Name, job.Was, job.Target, job.Sink.Schema(), time.Now())
	if err != nil {
		return err
	}
	const most = 100_000 // in memory
	var some []state.Adoption
	for row := range rows {
		p := f.person(row, dayOne)
		some = append(some, state.Adoption{Key: record.Key(p.id), RemoteID: strconv.Itoa(row + 1), Attrs: f.attrs(p)})
		if len(some) < most && row < rows-1 {
			continue
		}
		if err := s.Adopt(r, some, state.Listed{}, time.Now()); err != nil {
			return err
		}
		some = some[:0]
	}
	return s.End(r, state.End{Status: "adopted", At: time.Now()})
}
