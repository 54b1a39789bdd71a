package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sources"
	"github.com/rosterd/rosterd/sync/record"
)

var (
	errClosed = errors.New("the reading was closed")
	errEnded  = errors.New("the reading has ended")
)

// reading is one read of a file. All of it but Close belongs to one goroutine.
type reading struct {
	path, name string // name: for messages
	file       *os.File
	info       os.FileInfo // at opening
	head       head
	layout     record.Layout
	block      int
	workers    int
	seed       uint64

	ctx     context.Context // of the whole read: the interface hands it to Open
	cancel  context.CancelCauseFunc
	running sync.WaitGroup // the goroutines of Entries

	content *record.Fingerprint
	started bool
	rows    rows
	entries int64
	bytes   int64
	reason  string // why the read is not complete; "" if it is
}

func (r *reading) Layout() record.Layout { return r.layout }

// whole is the file as it was at opening: one that grows while it is read would never end.
func (r *reading) whole() *io.SectionReader { return io.NewSectionReader(r.file, 0, r.info.Size()) }

func (r *reading) Origin(at uint32) string {
	return r.name + ":" + strconv.FormatUint(uint64(at), 10)
}

// Content reads the whole file, once, for its seeded hash. It is not known if the file can't be read or has changed.
func (r *reading) Content() (record.Fingerprint, bool) {
	if r.content != nil {
		return *r.content, true
	}
	h, f, b := xxh3.NewSeed128(r.seed), r.whole(), make([]byte, r.block)
	for r.ctx.Err() == nil {
		n, err := f.Read(b)
		_, _ = h.Write(b[:n]) // a hash takes everything
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && changed(r.path, r.file, r.info) == nil:
			sum := record.Fingerprint(h.Sum128().Bytes())
			r.content = &sum
			return sum, true
		default:
			return record.Fingerprint{}, false
		}
	}
	return record.Fingerprint{}, false
}

// Entries gives the unknown rows in the order of the file, bad ones too.
func (r *reading) Entries(sift sources.Sift) iter.Seq2[record.Entry, error] {
	return func(yield func(record.Entry, error) bool) {
		if r.started {
			yield(record.Entry{}, fmt.Errorf("read %s: %w", r.path, errEnded))
			return
		}
		r.started, r.reason = true, "it was not read to its end"
		ended, err := r.run(sift, yield)
		if !ended {
			return
		}
		if is := changed(r.path, r.file, r.info); is != nil {
			err = is // whatever else is wrong probably comes from it
		}
		if stop := context.Cause(r.ctx); stop != nil {
			err = stop
		}
		if err != nil {
			err = fmt.Errorf("read %s: %w", r.path, err)
			r.reason = err.Error()
			yield(record.Entry{}, err)
			return
		}
		r.reason = ""
	}
}

func (r *reading) Receipt() sources.Receipt {
	t := sources.Receipt{Source: r.path, Entries: r.entries, Bytes: r.bytes, Modified: r.info.ModTime(), Complete: r.reason == "", Reasons: []string{}}
	if r.content != nil {
		t.Content = r.content.String()
	}
	if r.reason != "" {
		t.Reasons = append(t.Reasons, r.reason)
	}
	return t
}

func (r *reading) Close() error {
	r.cancel(errClosed)
	r.running.Wait()
	if err := r.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close %s: %w", r.path, err)
	}
	return nil
}
