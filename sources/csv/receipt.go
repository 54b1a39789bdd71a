package csv

import (
	"fmt"
	"strings"

	"github.com/rosterd/rosterd/sources"
)

// Receipt tells what was read. Bytes are those of the files, as they lie there.
func (r *reading) Receipt() sources.Receipt {
	t := sources.Receipt{Source: r.source(), Entries: r.entries, Bytes: r.bytes, Complete: r.reason == "", Reasons: []string{}}
	for _, f := range r.files {
		if m := f.info.ModTime(); !f.input && m.After(t.Modified) {
			t.Modified = m
		}
	}
	if r.content != nil {
		t.Content = r.content.String()
	}
	if r.reason != "" {
		t.Reasons = append(t.Reasons, r.reason)
	}
	return t
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
