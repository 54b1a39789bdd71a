// Package csv reads CSV feeds as a source, as HR and ERP systems write them, as fast as their bytes can be hashed.
//
//	path ──► the files: one, the newest or all of a glob's, standard input
//	           │
//	           ▼     .gz, .zip        UTF-16, Shift JIS ...            each only where there is need of it
//	         bytes ──► unpack ──► decode ──► text
//	           ┌──────────────────────────────┘
//	           ▼
//	         cutter ──► workers: find rows, hash, sift ──► Entries: parse what is unknown, in the order of the file
//	           ▲          blocks of rows                      │
//	           └──────────────── used blocks ◄────────────────┘
//
// The cutter counts quotes: a block ends where a line does and the quotes are even in number. The workers find the rows in
// it by the strict grammar, and sift asks about none before every block up to there has ended just where a row does. From
// the first that has not, the file is cut anew by the strict grammar alone, so that a row is never cut in the wrong place.
// In an encoding of one byte a character that begins with ASCII, such as windows-1252, only the cells that are parsed are
// decoded: rows are cut and hashed as they lie in the file.
//
//	a row                                                      becomes
//	without a fault                                            an entry
//	that is not in the encoding, or has a NUL                  a bad entry, held
//	with another number of fields, on one line                 a bad entry, held
//	the same, over several lines                               an error: a stray quote may have swallowed rows
//	with a quote where none may be, but surely one line        a bad entry, held (see grammar.certain)
//	with such a quote elsewhere                                an error
//	longer than MaxRecord                                      an error that names the line it begins at
//	without a line ending, the last, with too few fields,      an error: the file is torn
//	  within quotes, or within a character
//	like the trailer, but not the last line                    an error: files were joined, or one was appended to
//	that is the header once more                               likewise
//	the last, whole so far as can be seen, but without a line      an open entry: held, unless it is known
//	  ending, a closing quote, a trailer or a checksum
//	blank                                                      nothing
//
// Over 1 % of rows, and more than 10, of the wrong shape (stray quotes, number of fields) or not in the encoding are an
// error after the last entry: the file has another structure, or another encoding. A CRLF within quotes is read as LF.
//
// An error means an incomplete snapshot.
//
// A row that is known, of 156 bytes, takes 110 ns of a processor: a fifth is the kernel's copy out of its cache, a third goes to its quotes
// and its line end, an eighth to its hash, and what is left to the question whether it is known (state.Index). So its bytes are gone through
// by bytes.IndexByte and bytes.Count alone, in blocks that fit a processor's own cache; it has no cells, and nothing is allocated. One that
// is not known takes 5 µs more, of which its cells are a tenth: the rest is its mapping and its place in the draft.
package csv

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"time"

	"github.com/rosterd/rosterd/sources"
)

// Config is where a feed lies and how it is read.
type Config struct {
	Path string // .gz and .zip are unpacked; Stdin is standard input
	Glob bool   // Path is a pattern of path/filepath.Match, whose * and ? stand for no dot at the beginning of a name
	All  bool   // of a pattern's files: each belongs to the snapshot; else the newest (by mtime, then name) is the snapshot

	Delimiter byte     // ASCII; 0: the one of , ; tab | that the header and the first rows show
	NoQuote   bool     // quotes are plain characters; a row is a line
	Encoding  string   // as CheckEncoding takes it; "": auto
	Columns   []string // their names, in a file without a header; nil: the first row has them
	SkipLines int      // lines before the header
	Null      []string // cells that mean nothing; the empty cell always does

	Settle    time.Duration    // a file changed less long ago is still arriving; 0: never looked at
	MaxAge    time.Duration    // a file changed longer ago is stale; 0: never looked at
	Trailer   *regexp.Regexp   // the last line, whose one group is the number of rows; nil: none
	MaxRecord int              // bytes of one record, so that an unclosed quote can't eat the file; 0: 1 MiB
	Now       func() time.Time // for Settle and MaxAge; nil: time.Now
	Input     io.Reader        // standard input; nil: os.Stdin
}

// Stdin is the path that means standard input.
const (
	Stdin     = "-"
	stdinName = "<stdin>" // for people
)

const (
	defaultMaxRecord = 1 << 20
	defaultBlock     = 256 << 10
)

// Source is a CSV feed. It may be opened from any goroutine, any number of times. Standard input is read to its end at the
// first time and kept in a file without a name, for the times after that: two Sources can't share it.
type Source struct {
	config  Config
	block   int // bytes that are cut at a time
	workers int // goroutines that hash and sift
	input   spool
}

// New returns the source that c describes. Nothing is read until it is opened.
func New(c Config) *Source {
	if c.MaxRecord <= 0 {
		c.MaxRecord = defaultMaxRecord
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Source{config: c, block: defaultBlock, workers: min(max(2, runtime.GOMAXPROCS(0)), 8)}
}

// Open opens the files and reads their headers. ctx holds for the whole read. Errors, all of which an administrator has to
// mend or to wait for: a file is absent, unreadable, not a regular file, not settled, stale, empty, not what its name says
// or not in the encoding; its delimiter is not certain; its header is not well-formed, lacks a name that another's has, or
// has one twice that r.Need asks for (nil asks for all). A blank name in the header is a column that nobody can ask for. A
// needed name that the header lacks is the mapping's error, which knows the expression that needs it.
func (s *Source) Open(ctx context.Context, r sources.Request) (sources.Reading, error) {
	c := s.config
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	files, err := s.openFiles(ctx)
	if err != nil {
		return nil, err
	}
	if c.Path == Stdin {
		c.Path = stdinName
	}
	rd := &reading{config: c, files: files, block: s.block, workers: s.workers, seed: r.Seed, reason: "it was not read"}
	if err := rd.prepare(r.Need); err != nil {
		_ = closeAll(files) // only read from
		return nil, err
	}
	rd.ctx, rd.cancel = context.WithCancelCause(ctx)
	return rd, nil
}

// check finds what no file could be read with.
func (c Config) check() error {
	if d := c.Delimiter; d == '"' && !c.NoQuote || d == '\r' || d == '\n' || d >= 0x80 {
		return fmt.Errorf("%q can't be a delimiter; set delimiter to one of , ; tab |", d)
	}
	if t := c.Trailer; t != nil && t.NumSubexp() != 1 {
		return fmt.Errorf("trailer %q has %d groups; it must have one, around the number of rows, as in ^#EOF;(\\d+)$", t, t.NumSubexp())
	}
	return CheckEncoding(c.Encoding)
}
