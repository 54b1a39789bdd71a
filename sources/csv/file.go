package csv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// openFile opens the feed if it can be read now.
func openFile(c Config) (*os.File, os.FileInfo, error) {
	// Looked at before it is opened: opening a pipe would wait for its writer.
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, nil, explain(c.Path, err)
	}
	if info.IsDir() {
		return nil, nil, fmt.Errorf("open %s: it is a directory; set path to the file in it", c.Path)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open %s: it is not a regular file (%s)", c.Path, info.Mode().Type())
	}
	f, err := os.Open(c.Path)
	if err != nil {
		return nil, nil, explain(c.Path, err)
	}
	if info, err = f.Stat(); err == nil {
		err = settled(c, info)
	}
	if err != nil {
		_ = f.Close() // only read from
		return nil, nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	return f, info, nil
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

// settled reports as an error that the file may still be arriving.
func settled(c Config, info os.FileInfo) error {
	if c.Settle <= 0 {
		return nil
	}
	age := c.Now().Sub(info.ModTime())
	switch {
	case age < 0:
		return fmt.Errorf("changed %v in the future, so it never settles; compare the clocks of this machine and of the one that writes it",
			(-age).Round(time.Second))
	case age < c.Settle:
		return fmt.Errorf("changed %v ago and settle is %v, so it may still be arriving; a later run reads it",
			age.Round(time.Millisecond), c.Settle)
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
