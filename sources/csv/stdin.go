package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spool keeps standard input in a file without a name, because a source is read again and again and the input only once.
type spool struct {
	mu   sync.Mutex
	file *os.File // as far as it was read; closed when the program ends
	info os.FileInfo
	err  error // why what was read is not whole, and never will be
}

// open reads the input to its end, unless that was done. It goes on where an earlier call was cancelled.
func (s *spool) open(ctx context.Context, in io.Reader) (*feed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in == nil {
		if err := piped(os.Stdin); err != nil {
			return nil, err
		}
		in = os.Stdin
	}
	if s.info == nil && s.err == nil {
		if err := s.fill(ctx, in); err != nil {
			return nil, err
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return &feed{path: stdinName, name: stdinName, file: s.file, info: s.info, input: true}, nil
}

// piped refuses a terminal, on which nobody would know what is waited for, and /dev/null.
func piped(in *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("open standard input: %w; pipe the feed in, or set path to a file", err)
	}
	if info.Mode()&os.ModeCharDevice != 0 {
		return errors.New("open standard input: nothing is piped in; pipe the feed in, or set path to a file")
	}
	return nil
}

// fill reads on to the end. An error is of now alone; another time may do better.
func (s *spool) fill(ctx context.Context, in io.Reader) error {
	if s.file == nil {
		f, err := os.CreateTemp("", "rosterd-stdin-*") // 0600
		if err != nil {
			return fmt.Errorf("keep standard input: %w; set TMPDIR to a folder that can be written to", err)
		}
		if err := os.Remove(f.Name()); err != nil {
			_ = f.Close() // nothing was written
			return fmt.Errorf("keep standard input: %w", err)
		}
		s.file = f
	}
	b := make([]byte, defaultBlock)
	for {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		n, err := in.Read(b)
		if _, failed := s.file.Write(b[:n]); failed != nil {
			s.err = fmt.Errorf("keep standard input: %w; set TMPDIR to a folder with more room", failed)
			return nil
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.err = fmt.Errorf("read standard input: %w", err)
			return nil
		}
	}
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	s.info = info
	return nil
}
