package csv

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// How files begin that are compressed.
const (
	gzipMagic = "\x1F\x8B"
	zipMagic  = "PK\x03\x04"
)

// unpacker is how the bytes of a file are had, by its name: nil if they are as they lie there.
func unpacker(name string, file *io.SectionReader) func() (io.Reader, error) {
	switch name = strings.ToLower(name); {
	case strings.HasSuffix(name, ".gz"):
		return func() (io.Reader, error) { return gunzip(file) }
	case strings.HasSuffix(name, ".zip"):
		return func() (io.Reader, error) { return unzip(file) }
	}
	return nil
}

// gunzip reads every member of a gzip file.
func gunzip(file *io.SectionReader) (io.Reader, error) {
	whole := io.NewSectionReader(file, 0, file.Size())
	r, err := gzip.NewReader(bufio.NewReaderSize(whole, 64<<10))
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty, not even gzip; the export has probably failed")
	case errors.Is(err, gzip.ErrHeader):
		return nil, errors.New("it is no gzip, though its name ends with .gz; give it the name of what it is")
	case err != nil:
		return nil, damaged(err)
	}
	return explained{r, damaged}, nil
}

// unzip reads the one file in an archive.
func unzip(file *io.SectionReader) (io.Reader, error) {
	if file.Size() == 0 {
		return nil, errors.New("it is empty, not even zip; the export has probably failed")
	}
	archive, err := zip.NewReader(file, file.Size())
	if errors.Is(err, zip.ErrFormat) {
		return nil, errors.New("it is no zip, though its name ends with .zip, or it is torn: the directory at its end is missing; have it delivered again")
	}
	if err != nil {
		return nil, damaged(err)
	}
	var files []*zip.File
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			files = append(files, f)
		}
	}
	switch {
	case len(files) == 0:
		return nil, errors.New("there is no file in it; the export has probably failed")
	case len(files) > 1:
		var names []string
		for _, f := range files {
			names = append(names, fmt.Sprintf("%q", f.Name))
		}
		return nil, fmt.Errorf("there are %d files in it, so it is not known which is the feed: %s; put each into an archive of its own",
			len(files), bounded(names))
	case files[0].Flags&1 != 0:
		return nil, fmt.Errorf("the file %q in it is encrypted, which can't be read; have it written without a password", files[0].Name)
	}
	r, err := files[0].Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, fmt.Errorf("the file %q in it is compressed by method %d, which can't be read; have it written with Deflate", files[0].Name, files[0].Method)
	}
	if err != nil {
		return nil, damaged(err)
	}
	return explained{r, damaged}, nil
}

// damaged says what is wrong with a compressed file.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("its compressed data ends too early: the file is torn; have it delivered again")
	case errors.Is(err, gzip.ErrHeader):
		return errors.New("something that is no gzip follows its compressed data: the file is damaged; have it delivered again")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.As(err, &corrupt):
		return errors.New("its compressed data is damaged; have it delivered again")
	}
	return err
}
