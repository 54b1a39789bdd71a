package main

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

// mostMemory is the most that a plan may take over a small file, in bytes: far below the hundred megabytes that each of these files could
// take, far above what the program takes at its start.
const mostMemory = 160 << 20

// TestNothingInAFileTakesTheMachinesMemory has files that are made to: each ends in an error that names the place or in a held row, in
// bounded memory.
func TestNothingInAFileTakesTheMachinesMemory(t *testing.T) {
	const long = 100 << 20
	header := "id,name,email,role,status\n"
	good := "E1,Ann,a@x.org,1,active\n"
	fill := func(w io.Writer, n int, text string) error {
		chunk := strings.Repeat(text, (64<<10)/len(text))
		for ; n > 0; n -= len(chunk) {
			if _, err := io.WriteString(w, chunk); err != nil {
				return err
			}
		}
		return nil
	}
	for name, c := range map[string]struct {
		file  string
		write func(w io.Writer) error
		code  int
		says  []string
	}{
		"a record of 100 MB": {"people.csv", func(w io.Writer) error {
			return write3(w, header+good+"E2,", func() error { return fill(w, long, "x") }, ",b@x.org,1,active\n"+good)
		}, 1, []string{"people.csv:3", "longer than"}},
		"a quote that is never closed before 100 MB": {"people.csv", func(w io.Writer) error {
			return write3(w, header+good+"E2,\"", func() error { return fill(w, long, "Ann,x@x.org,1,active\n") }, "")
		}, 1, []string{"people.csv:3"}},
		"a million columns": {"people.csv", func(w io.Writer) error {
			return write3(w, header+good+"E2", func() error { return fill(w, 1_000_000, ",") }, "\n")
		}, 1, []string{"people.csv:3"}},
		"half a million columns": {"people.csv", func(w io.Writer) error {
			return write3(w, header+good+"E2", func() error { return fill(w, 500_000, ",") }, "\n")
		}, 2, []string{"people.csv:3", "held"}},
		"a header of a million columns": {"people.csv", func(w io.Writer) error {
			return write3(w, "id", func() error { return fill(w, 1_000_000, ",c") }, "\n"+good)
		}, 1, []string{"people.csv"}},
		"a header of 100 MB": {"people.csv", func(w io.Writer) error {
			return write3(w, "id", func() error { return fill(w, long, "x") }, "\n"+good)
		}, 1, []string{"people.csv"}},
		"100 MB of zeros": {"people.csv", func(w io.Writer) error { return fill(w, long, "\x00") }, 1, []string{"people.csv"}},
		"a bomb of gzip": {"people.csv.gz", func(w io.Writer) error {
			z := gzip.NewWriter(w)
			return write3(z, header+good+"E2,", func() error { return fill(z, 2*long, "x") }, "", z)
		}, 1, []string{"people.csv.gz", "longer than"}},
		"a bomb of zip": {"people.csv.zip", func(w io.Writer) error {
			z := zip.NewWriter(w)
			in, err := z.Create("people.csv")
			if err != nil {
				return err
			}
			return write3(in, header+good+"E2,", func() error { return fill(in, 2*long, "\x00") }, "", z)
		}, 1, []string{"people.csv.zip", "longer than"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Faults{}, "source.yaml", "    csv: {path: "+c.file+"}\n")
			out, err := os.Create(w.path(c.file))
			if err != nil {
				t.Fatal(err)
			}
			b := bufio.NewWriterSize(out, 1<<20)
			if err := c.write(b); err != nil {
				t.Fatal(err)
			}
			if err := b.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := out.Close(); err != nil {
				t.Fatal(err)
			}
			p := w.start("plan")
			code, said := p.end(), p.output.String()
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%.2000s", code, c.code, said)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%.2000s", want, said)
				}
			}
			if len(said) > 4000 {
				t.Errorf("it says %d bytes", len(said))
			}
			usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
			if !ok {
				t.Fatal("no usage of resources")
			}
			if peak := usage.Maxrss << 10; peak > mostMemory {
				t.Errorf("it took %d MiB", peak>>20)
			}
		})
	}
}

// write3 writes a beginning, what comes then, and an end, and closes what there is to close.
func write3(w io.Writer, begin string, then func() error, end string, closers ...io.Closer) error {
	if _, err := io.WriteString(w, begin); err != nil {
		return err
	}
	if err := then(); err != nil {
		return err
	}
	if _, err := io.WriteString(w, end); err != nil {
		return err
	}
	for _, c := range closers {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}
