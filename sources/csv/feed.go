package csv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/rosterd/rosterd/sync/record"
)

// feed is one file of a read.
type feed struct {
	path  string
	name  string // for messages about rows
	file  *os.File
	info  os.FileInfo // at opening
	input bool        // standard input: a file without a name, which stays open
	codec codec
	text  io.ReaderAt // the file in UTF-8 or an encoding of one byte
	head  head
	// digest covers all that decides how a row's bytes are read.
	digest record.Fingerprint
	packed bool   // what it is read from is not just its bytes, one after the other
	parts  []byte // the hashes of its parts, 16 bytes each; see content.go
	order  []int  // place in the layout of each column; nil: the same
}

// whole is the file as it was at opening: one that grows while it is read would never end.
func (f *feed) whole() *io.SectionReader { return io.NewSectionReader(f.file, 0, f.info.Size()) }

// begin finds out how the file is read, and reads its header.
func (f *feed) begin(c Config, need []string) error {
	unpack := unpacker(f.path, f.whole())
	plain := unpack == nil
	if plain {
		unpack = func() (io.Reader, error) { return f.whole(), nil }
	}
	first, err := beginning(unpack)
	if err != nil {
		return err
	}
	if f.codec, err = detect(first, c.Encoding); err != nil {
		return err
	}
	f.text = f.whole()
	if f.packed = !plain || f.codec.decode != nil; f.packed {
		f.text = &stream{open: func() (io.Reader, error) {
			r, err := unpack()
			if err == nil && f.codec.decode != nil {
				r = f.codec.decode(r)
			}
			return r, err
		}}
	}
	h := header{delim: c.Delimiter, plain: c.NoQuote, max: c.MaxRecord, columns: c.Columns, skip: c.SkipLines, need: need,
		codec: f.codec, trailer: f.trailer(c)}
	if f.head, err = h.read(f.text); err != nil {
		return err
	}
	f.digest = f.digestOf(c)
	return nil
}

// beginning is the first bytes of what unpack gives.
func beginning(unpack func() (io.Reader, error)) ([]byte, error) {
	r, err := unpack()
	if err != nil {
		return nil, err
	}
	b := make([]byte, sample)
	n, err := (&stream{r: r}).ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

func (f *feed) trailer(c Config) trailer { return trailer{pattern: c.Trailer, codec: f.codec} }

// digestOf covers the columns and all settings that a row's cells depend on, and those that decide which lines are rows.
func (f *feed) digestOf(c Config) record.Fingerprint {
	h := f.head
	b := []byte{h.delim, 0, 0}
	if h.plain {
		b[1] = 1
	}
	if c.Columns != nil {
		b[2] = 1
	}
	b = binary.AppendUvarint(b, uint64(c.SkipLines))
	pattern := ""
	if c.Trailer != nil {
		pattern = c.Trailer.String()
	}
	nulls := slices.Compact(slices.Sorted(slices.Values(c.Null)))
	for _, list := range [][]string{{f.codec.name, pattern}, nulls, h.columns} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, text := range list {
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
	}
	return xxh3.Hash128(b).Bytes()
}

// arrange makes the file's columns those of the layout, which is another's: the names must be the same, in whatever order.
func (f *feed) arrange(layout []string, other string) error {
	columns := f.head.columns
	if slices.Equal(columns, layout) {
		return nil
	}
	const advice = "the files of one snapshot must have the same columns; have the export mended, or let path match fewer files"
	f.order = make([]int, len(columns))
	taken := make([]bool, len(layout))
	for i, name := range columns {
		at := slices.IndexFunc(layout, func(other string) bool { return other == name })
		for at >= 0 && taken[at] { // a name that nobody needs may be there twice
			next := slices.Index(layout[at+1:], name)
			if next >= 0 {
				next += at + 1
			}
			at = next
		}
		if at < 0 {
			return fmt.Errorf("its header has the column %q, that of %s does not; %s", name, other, advice)
		}
		f.order[i], taken[at] = at, true
	}
	if missing := slices.Index(taken, false); missing >= 0 {
		return fmt.Errorf("its header lacks the column %q of %s; %s", layout[missing], other, advice)
	}
	return nil
}

// closeAll closes what was only read from.
func closeAll(files []*feed) error {
	var all []error
	for _, f := range files {
		if f.input {
			continue
		}
		if err := f.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			all = append(all, fmt.Errorf("close %s: %w", f.path, err))
		}
	}
	return errors.Join(all...)
}
