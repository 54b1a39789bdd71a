// Package sources says what a source is: where entries come from, and the proof that all of them came.
package sources

import (
	"context"
	"iter"
	"time"

	"github.com/rosterd/rosterd/sync/record"
)

// Source is a place that can be read again and again: a CSV feed, an LDAP directory.
type Source interface {
	// Open begins one read. An error says that the source can't be read now (absent, still arriving, stale, refused);
	// nothing was learnt from it. The caller closes the Reading.
	Open(ctx context.Context, r Request) (Reading, error)
}

// Prober is a Source that can tell more of itself than its first entry does, for `check --connect`.
type Prober interface {
	// Probe tries what a read begins with, and says what it found, a line each. With an error, the lines are what came before it.
	Probe(ctx context.Context, r Request) ([]string, error)
}

// Request is what a read is asked for.
type Request struct {
	Need []string // the columns or attributes that the job's expressions name; nil: all
	Seed uint64   // of every fingerprint; random per state, so that nobody can prepare two rows with one fingerprint
}

// Sift is asked about whole blocks of entries by their fingerprints, from any goroutine: known[i] is set where the entry
// raw[i], found at at[i], is unchanged and need not be parsed. The three slices have one length.
type Sift func(raw []record.Fingerprint, at []uint32, known []bool)

// Reading is one read of a source.
type Reading interface {
	// Layout is known before the first entry.
	Layout() record.Layout
	// Differs reports whether the source is surely not what that receipt was of, as far as a glance shows.
	Differs(last Receipt) bool
	// Content is a hash of the whole source, where that is cheap to have: equal bytes, equal hash. The receipt has it from then on. Not ok:
	// not known.
	Content() (hash record.Fingerprint, ok bool)
	// Entries gives every entry that sift does not know, in no promised order, on the caller's goroutine. It can be ranged
	// over once. An error is the last thing it gives: the snapshot is then incomplete, and the error says why.
	Entries(sift Sift) iter.Seq2[record.Entry, error]
	// Receipt tells, after Entries has ended, what was read. It is complete only if Entries gave no error.
	Receipt() Receipt
	// Origin turns an entry's At into text for people: employees.csv:12, or a DN. It may be asked until Close.
	Origin(at uint32) string
	// Close ends the read, early or not, and waits for its goroutines. What a read holds of the source (connections, files), it
	// lets go of when Entries ends.
	Close() error
}

// Receipt is what is recorded of a read: what was read, and why it counts as complete, or why not. Nobody's data is in it.
type Receipt struct {
	Source   string    `json:"source"`            // the file, or the server that answered; "" if it could not be opened
	Entries  int64     `json:"entries"`           // rows or objects, known ones included
	Bytes    int64     `json:"bytes,omitempty"`   // as read
	Pages    int64     `json:"pages,omitempty"`   // of a directory
	Content  string    `json:"content,omitempty"` // hash of the bytes, in hexadecimal, seeded by the state's seed; "" if not known
	Begins   string    `json:"begins,omitempty"`  // likewise, of the first of them
	Modified time.Time `json:"modified,omitzero"` // of the file; of several the newest
	Columns  []string  `json:"columns,omitempty"` // of the file, in its order
	Complete bool      `json:"complete"`          // proven to be everything
	Proof    []string  `json:"proof,omitempty"`   // what was proven, a short sentence each
	Same     bool      `json:"same,omitempty"`    // byte for byte what the last complete read had
	Notes    []string  `json:"notes,omitempty"`   // what does no harm and is worth knowing: the same file, other columns
	Reasons  []string  `json:"reasons"`           // why it is not complete
}
