package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

const header = "employee_id,first_name,last_name,work_email,job_family,status,employment,hired_on,left_on,department,site,manager_id,phone"

// shape is how a feed is written. The zero shape is the plain one: UTF-8, quotes where they are needed and around two columns.
type shape struct {
	columns  int               // of the header; more than 13 are filled with short cells. 0: 13
	note     int               // bytes of one more column, lines within quotes; 0: none
	quoted   bool              // every cell
	encoding encoding.Encoding // nil: UTF-8
	packed   bool              // by gzip
}

func (s shape) appendHeader(b []byte) []byte {
	b = append(b, header...)
	for i := 13; i < s.columns; i++ {
		b = fmt.Appendf(b, ",column_%d", i+1)
	}
	if s.note > 0 {
		b = append(b, ",note"...)
	}
	return append(b, '\n')
}

func (s shape) appendRow(b []byte, p person) []byte {
	for i, cell := range append([]string{p.id, p.first, p.last, p.email, p.family, p.status}, p.rest[:]...) {
		if i > 0 {
			b = append(b, ',')
		}
		if s.quoted || i == 2 || i == 12 || strings.ContainsAny(cell, `,"`) {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b = append(b, cell...)
	}
	for i := 13; i < s.columns; i++ {
		b = append(b, ",cell 123"...)
	}
	if s.note > 0 {
		b = append(b, ',', '"')
		for n := len(b) + s.note; len(b) < n; {
			b = append(b, "Rings when it rains, else he does not.\n"...)
		}
		b = append(b, '"')
	}
	return append(b, '\n')
}

// output is a feed that is written.
type output struct {
	io.Writer
	text   int64 // bytes, before they are packed
	closes []func() error
}

func (s shape) open(file *os.File) *output {
	buffer := bufio.NewWriterSize(file, 1<<20)
	out := &output{closes: []func() error{buffer.Flush}}
	var w io.Writer = buffer
	if s.packed {
		z := gzip.NewWriter(w)
		w, out.closes = z, append(out.closes, z.Close)
	}
	w = io.MultiWriter(w, (*counter)(&out.text))
	if s.encoding != nil {
		e := transform.NewWriter(w, s.encoding.NewEncoder())
		w, out.closes = e, append(out.closes, e.Close)
	}
	out.Writer = w
	return out
}

// Close writes what is left, from the text inwards to the file, which stays open.
func (o *output) Close() (err error) {
	for i := len(o.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, o.closes[i]())
	}
	return err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
