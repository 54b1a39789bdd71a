package csv

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

var (
	errClosed = errors.New("the reading was closed")
	errEnded  = errors.New("the reading has ended")
)

// reading is one read of the files of a feed, one after the other. All of it but Close belongs to one goroutine.
type reading struct {
	config  Config
	files   []*feed // at least one
	layout  record.Layout
	block   int
	workers int
	seed    uint64

	ctx     context.Context // of the whole read: the interface hands it to Open
	cancel  context.CancelCauseFunc
	running sync.WaitGroup // the goroutines of Entries
	once    sync.Once      // of letting go of the files
	closed  error          // what that gave

	content *record.Fingerprint // of all files; nil: not known
	begins  string              // hash of the beginning, in hexadecimal
	started bool
	starts  []lines // of the files that were begun
	rows    rows    // of the file that is read
	line    uint32  // the line after the last one of the file that was read, of all
	current int64   // bytes of the file that is read
	entries int64   // of the files before it
	bytes   int64   // likewise
	reason  string  // why the read is not complete; "" if it is
}

// prepare reads the headers and makes them one layout.
func (r *reading) prepare(need []string) error {
	for _, f := range r.files {
		if err := f.begin(r.config, need); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
	}
	first := r.files[0]
	r.layout = record.Layout{Columns: first.head.columns, Digest: first.digest}
	var digests []record.Fingerprint
	for _, f := range r.files {
		if err := f.arrange(r.layout.Columns, first.name); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
		if !slices.Contains(digests, f.digest) {
			digests = append(digests, f.digest)
		}
	}
	if len(digests) > 1 {
		var b []byte
		for _, d := range digests {
			b = append(b, d[:]...)
		}
		r.layout.Digest = xxh3.Hash128(b).Bytes()
	}
	r.starts = []lines{{name: first.name}}
	return nil
}

func (r *reading) Layout() record.Layout { return r.layout }

// Origin is file:line. Lines are counted on from file to file, so that no two rows have one At.
func (r *reading) Origin(at uint32) string {
	i := len(r.starts) - 1
	for i > 0 && r.starts[i].base >= at {
		i--
	}
	return r.starts[i].at(at)
}

// Entries gives the unknown rows in the order of the files, bad ones too.
func (r *reading) Entries(sift sources.Sift) iter.Seq2[record.Entry, error] {
	return func(yield func(record.Entry, error) bool) {
		if r.started {
			yield(record.Entry{}, fmt.Errorf("read %s: %w", r.config.Path, errEnded))
			return
		}
		r.started, r.reason = true, "it was not read to its end"
		defer r.letGo() // a plan may be sent for hours, and asks for places only
		ended, err := r.all(sift, yield)
		if !ended {
			return
		}
		if is := r.changed(); is != nil {
			err = is // whatever else is wrong probably comes from it
		}
		if stop := context.Cause(r.ctx); stop != nil {
			err = fmt.Errorf("read %s: %w", r.config.Path, stop)
		}
		if err != nil {
			r.Content() // so that it can be told which one it was
			r.reason = err.Error()
			yield(record.Entry{}, err)
			return
		}
		r.reason = ""
		if r.content == nil {
			r.sumUp()
		}
	}
}

// all gives the entries of every file. It has ended if they are not to be broken off by the caller.
func (r *reading) all(sift sources.Sift, yield func(record.Entry, error) bool) (ended bool, err error) {
	r.starts = r.starts[:0]
	for i, f := range r.files {
		start := lines{name: f.name}
		if i > 0 {
			start.base = r.line
		}
		r.starts, r.current = append(r.starts, start), 0
		ended, err := r.run(f, sift, yield)
		r.entries += r.rows.entries
		r.rows.entries = 0
		if !ended || err != nil || r.ctx.Err() != nil {
			r.bytes += r.current
			return ended, wrap(f.path, err)
		}
		r.bytes += f.info.Size()
	}
	return true, nil
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read %s: %w", path, err)
}

func (r *reading) Close() error {
	r.letGo()
	return r.closed
}

// letGo ends the goroutines and closes the files.
func (r *reading) letGo() {
	r.once.Do(func() {
		r.cancel(errClosed)
		r.running.Wait()
		r.closed = closeAll(r.files)
	})
}
