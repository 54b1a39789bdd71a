package csv

import (
	"errors"
	"io"
)

// stream is text that can only be read from its beginning, as an io.ReaderAt: to read on costs nothing, to go back begins
// anew. That is rare: after the header, and where quote parity is in doubt. It is used by one goroutine at a time.
type stream struct {
	open func() (io.Reader, error)
	r    io.Reader
	at   int64 // of the next byte of r
}

// ReadAt gives io.EOF only where the text ends; what was torn is an error of another kind.
func (s *stream) ReadAt(b []byte, off int64) (int, error) {
	if s.r == nil || off < s.at {
		r, err := s.open()
		if err != nil {
			return 0, err
		}
		s.r, s.at = r, 0
	}
	if off > s.at {
		n, err := io.CopyN(io.Discard, s.r, off-s.at)
		if s.at += n; err != nil {
			return 0, err
		}
	}
	n := 0
	for n < len(b) {
		m, err := s.r.Read(b[n:])
		n += m
		s.at += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// explained replaces what a reader says when its bytes end too early or are damaged, but for io.EOF.
type explained struct {
	r       io.Reader
	explain func(error) error
}

func (e explained) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = e.explain(err)
	}
	return n, err
}
