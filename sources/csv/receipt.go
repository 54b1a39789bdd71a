package csv

import (
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sources"
)

// Receipt tells what was read. Bytes are those of the files, as they lie there; where only Content was asked for, that read them all.
func (r *reading) Receipt() sources.Receipt {
	t := sources.Receipt{Source: r.source(), Entries: r.entries, Bytes: r.bytes, Columns: r.layout.Columns, Complete: r.reason == "", Reasons: []string{}}
	for _, f := range r.files {
		if m := f.info.ModTime(); !f.input && m.After(t.Modified) {
			t.Modified = m
		}
		if !r.started && r.content != nil {
			t.Bytes += f.info.Size()
		}
	}
	t.Proof = r.arrived()
	if r.content != nil {
		t.Content, t.Begins = r.content.String(), r.begins
	}
	if r.reason != "" {
		t.Reasons = append(t.Reasons, r.reason)
		return t
	}
	t.Proof = append(t.Proof, r.proof()...)
	return t
}

// arrived says what the time of the files has proven.
func (r *reading) arrived() (proof []string) {
	c := r.config
	if r.files[0].input {
		return nil
	}
	if c.Settle > 0 {
		proof = append(proof, fmt.Sprintf("unchanged for longer than settle %v when it was opened", c.Settle))
	}
	if c.MaxAge > 0 {
		proof = append(proof, fmt.Sprintf("not older than max_age %v", c.MaxAge))
	}
	return proof
}

// proof says why what was read is all that there is.
func (r *reading) proof() (proof []string) {
	rest := "which did not change meanwhile"
	switch {
	case r.files[0].input:
		return append(r.ends(), "standard input was read to its end")
	case len(r.files) > 1:
		rest = fmt.Sprintf("none of the %d files changed meanwhile, and no other came", len(r.files))
	case r.config.Glob:
		rest += ", nor did a newer one come"
	}
	return append([]string{"read to its last byte, " + rest}, r.ends()...)
}

// ends says what shows at their ends that the files are whole.
func (r *reading) ends() (proof []string) {
	packed := 0
	for _, f := range r.files {
		if unpacker(f.path, nil) != nil {
			packed++
		}
	}
	if packed > 0 {
		proof = append(proof, "its compressed data is whole, by length and checksum")
	}
	if r.config.Trailer != nil {
		said := fmt.Sprintf("its trailer says %d rows, as many as there are", r.entries)
		if len(r.files) > 1 {
			said = fmt.Sprintf("each trailer says as many rows as its file has, together %d", r.entries)
		}
		proof = append(proof, said)
	}
	return proof
}

// source names what is read: the file, or the pattern and its files.
func (r *reading) source() string {
	if len(r.files) == 1 {
		return r.files[0].path
	}
	var names []string
	for _, f := range r.files {
		names = append(names, f.name)
	}
	return fmt.Sprintf("%s (%d files: %s)", r.config.Path, len(names), bounded(names))
}

// bounded lists names for people, not all of very many.
func bounded(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
