// Package csv reads a CSV feed as a source: RFC 4180 with a header, UTF-8, as fast as its bytes can be hashed.
//
//	file ──► cutter ──► workers: find rows, hash, sift ──► Entries: parse what is unknown, in the order of the file
//	           ▲          blocks of rows                      │
//	           └──────────────── used blocks ◄────────────────┘
//
// The cutter counts quotes: a block ends where a line does and the quotes are even in number. The workers find the rows in
// it by the strict grammar, and sift asks about none before every block up to there has ended just where a row does. From
// the first that has not, the file is cut anew by the strict grammar alone, so that a row is never cut in the wrong place.
//
//	a row                                                      becomes
//	without a fault                                            an entry
//	that is not UTF-8, or has a NUL                            a bad entry, held
//	with another number of fields, on one line                 a bad entry, held
//	the same, over several lines                               an error: a stray quote may have swallowed rows
//	with a quote where none may be, but surely one line        a bad entry, held (see grammar.certain)
//	with such a quote elsewhere                                an error
//	longer than MaxRecord                                      an error that names the line it begins at
//	without a line ending, the last, with too few fields,      an error: the file is torn
//	  within quotes, or within a character
//	blank                                                      nothing
//
// Over 1 % of rows, and more than 10, of the wrong shape (stray quotes, number of fields) are an error after the last
// entry: the file has another structure. A CRLF within quotes is read as LF.
//
// An error means an incomplete snapshot.
package csv

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rosterd/rosterd/sources"
)

// Config is where a feed lies and how it is read.
type Config struct {
	Path      string
	Delimiter byte             // ASCII; 0: the one of , ; tab | that the header and the first rows show
	Settle    time.Duration    // a file changed less long ago is still arriving; 0: never looked at
	MaxRecord int              // bytes of one record, so that an unclosed quote can't eat the file; 0: 1 MiB
	Now       func() time.Time // for Settle; nil: time.Now
}

const (
	defaultMaxRecord = 1 << 20
	defaultBlock     = 256 << 10
)

// Source is a CSV file. It may be opened from any goroutine, any number of times.
type Source struct {
	config  Config
	block   int // bytes that are cut at a time
	workers int // goroutines that hash and sift
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

// Open opens the file and reads its header. ctx holds for the whole read. Errors, all of which an administrator has to
// mend or to wait for: the file is absent, unreadable, not a regular file, not settled, empty, not UTF-8; its delimiter is
// not certain; its header is not well-formed, or has a name twice that r.Need asks for (nil asks for all). A blank name in
// the header is a column that nobody can ask for. A needed name that the header lacks is the mapping's error, which knows
// the expression that needs it.
func (s *Source) Open(ctx context.Context, r sources.Request) (sources.Reading, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.config.Path, err)
	}
	if d := s.config.Delimiter; d == '"' || d == '\r' || d == '\n' || d >= 0x80 {
		return nil, fmt.Errorf("open %s: %q can't be a delimiter; set delimiter to one of , ; tab |", s.config.Path, d)
	}
	f, info, err := openFile(s.config)
	if err != nil {
		return nil, err
	}
	h, err := readHead(f, s.config, r.Need)
	if err != nil {
		_ = f.Close() // only read from
		return nil, fmt.Errorf("read %s: %w", s.config.Path, err)
	}
	rd := &reading{
		path: s.config.Path, name: filepath.Base(s.config.Path), file: f, info: info, head: h,
		block: s.block, workers: s.workers, seed: r.Seed, layout: h.layout(), reason: "it was not read",
	}
	rd.ctx, rd.cancel = context.WithCancelCause(ctx)
	return rd, nil
}
