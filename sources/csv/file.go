package csv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// openFiles opens what the snapshot is made of, if all of it can be read now.
func (s *Source) openFiles(ctx context.Context) ([]*feed, error) {
	if s.config.Path == Stdin {
		f, err := s.input.open(ctx, s.config.Input)
		if err != nil {
			return nil, err
		}
		return []*feed{f}, nil
	}
	paths, err := s.config.pick()
	if err != nil {
		return nil, err
	}
	var files []*feed
	for _, path := range paths {
		f, err := openFile(path, s.config)
		if err != nil {
			_ = closeAll(files) // only read from
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// openFile opens a file if it can be read now.
func openFile(path string, c Config) (*feed, error) {
	// Looked at before it is opened: opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("open %s: it is a directory; set path to the file in it", path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: it is not a regular file (%s)", path, info.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if info, err = f.Stat(); err == nil {
		err = timely(c, info)
	}
	if err != nil {
		_ = f.Close() // only read from
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &feed{path: path, name: filepath.Base(path), file: f, info: info}, nil
}

// explain adds to an error of the operating system what can be done about it.
func explain(path string, err error) error {
	advice := "see the system's log"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		advice = "has the feed been delivered, and is path right?"
	case errors.Is(err, fs.ErrPermission):
		advice = "let the user that rosterd runs as read the file and enter its folders"
	}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("open %s: %w; %s", path, err, advice)
}

// timely reports as an error that the file may still be arriving, or is stale.
func timely(c Config, info os.FileInfo) error {
	age := c.Now().Sub(info.ModTime())
	switch {
	case c.MaxAge > 0 && age > c.MaxAge:
		return fmt.Errorf("changed %v ago (%s) and max_age is %v, so it is a stale feed; see why no new one was delivered",
			age.Round(time.Second), info.ModTime().Format(time.RFC3339), c.MaxAge)
	case c.Settle <= 0:
		return nil
	case age < 0:
		return fmt.Errorf("changed %v in the future, so it never settles; compare the clocks of this machine and of the one that writes it",
			(-age).Round(time.Second))
	case age < c.Settle:
		return fmt.Errorf("changed %v ago and settle is %v, so it may still be arriving; a later run reads it",
			age.Round(time.Millisecond), c.Settle)
	}
	return nil
}

// changed reports as an error that a file, what lies at its path, or what the pattern matches is no longer what it was at
// opening.
func (r *reading) changed() error {
	var paths []string
	for _, f := range r.files {
		if f.input {
			return nil
		}
		if err := changed(f.path, f.file, f.info); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
		paths = append(paths, f.path)
	}
	if !r.config.Glob {
		return nil
	}
	now, err := r.config.pick()
	if err != nil {
		return fmt.Errorf("look whether other files match now: %w", err)
	}
	for _, path := range now {
		if !slices.Contains(paths, path) {
			return fmt.Errorf("read %s: changed while it was read (%s was not there then); the next run reads that one", r.config.Path, path)
		}
	}
	return nil
}

// changed reports as an error that the opened file, or what lies at its path, is no longer what it was at opening.
func changed(path string, f *os.File, was os.FileInfo) error {
	const advice = "write feeds under another name and rename them when they are whole, or raise settle"
	is, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look whether it changed: %w", err)
	}
	if is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime()) {
		return fmt.Errorf("changed while it was read (%d bytes of %s, now %d of %s); %s", was.Size(),
			was.ModTime().Format(time.RFC3339Nano), is.Size(), is.ModTime().Format(time.RFC3339Nano), advice)
	}
	at, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("changed while it was read (it is no longer there: %w); %s", err, advice)
	}
	if !os.SameFile(at, was) {
		return fmt.Errorf("changed while it was read (another file lies there now); the next run reads that one")
	}
	return nil
}
