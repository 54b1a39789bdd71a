package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var columns = []string{"id", "name", "email", "role", "status"}

// feed is people.csv, row by row in the order of the columns.
type feed [][]string

// person is the n-th made-up person.
func person(n int) []string {
	return []string{fmt.Sprintf("E%04d", n), fmt.Sprintf("Name %d", n), fmt.Sprintf("P%04d@example.com", n), strconv.Itoa(n%7 + 1), "active"}
}

func people(from, to int) (f feed) {
	for n := from; n <= to; n++ {
		f = append(f, person(n))
	}
	return f
}

func readFeed(path string) (feed, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[1:], nil
}

// write replaces the file as a careful exporter does: under another name first.
func (f feed) write(path string) error {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer file.Close()
	w := csv.NewWriter(file)
	if err := w.WriteAll(append([][]string{columns}, f...)); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (f feed) find(key string) int {
	return slices.IndexFunc(f, func(row []string) bool { return row[0] == key })
}

// change alters a feed on disk.
func change(ts *testscript.TestScript, do func(feed) feed) {
	f, err := readFeed(ts.MkAbs("people.csv"))
	ts.Check(err)
	ts.Check(do(f).write(ts.MkAbs("people.csv")))
}

func cmdFeed(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(people(1, number(ts, args[0])).write(ts.MkAbs("people.csv")))
}

// cmdRow changes the row of a key, or appends one: row E0007 name='Another Name' status=left. As the first argument, -another
// appends a second row of a key that is there.
func cmdRow(ts *testscript.TestScript, _ bool, args []string) {
	another := args[0] == "-another"
	if another {
		args = args[1:]
	}
	values := assignments(ts, args[1:])
	change(ts, func(f feed) feed {
		at := f.find(args[0])
		if at < 0 || another {
			row := []string{args[0], "Name " + args[0], args[0] + "@example.com", "1", "active"}
			if at >= 0 {
				row = slices.Clone(f[at])
			}
			f = append(f, row)
			at = len(f) - 1
		}
		for name, value := range values {
			i := slices.Index(columns, name)
			if i < 0 {
				ts.Fatalf("there is no column %s", name)
			}
			f[at][i] = value
		}
		return f
	})
}

func cmdGone(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, func(f feed) feed {
		return slices.DeleteFunc(f, func(row []string) bool { return slices.Contains(args, row[0]) })
	})
}

func cmdShuffle(ts *testscript.TestScript, _ bool, _ []string) {
	change(ts, func(f feed) feed {
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
		return f
	})
}

func assignments(ts *testscript.TestScript, args []string) map[string]string {
	out := map[string]string{}
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			ts.Fatalf("%q is not NAME=VALUE", a)
		}
		out[name] = value
	}
	return out
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// active are the people of a feed who are to be active, by key.
func (f feed) active() map[string][]string {
	out := map[string][]string{}
	for _, row := range f {
		if row[4] == "active" {
			out[row[0]] = row
		}
	}
	return out
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// cmdCut takes so many bytes off the end of a file, as a transfer does that breaks off.
func cmdCut(ts *testscript.TestScript, _ bool, args []string) {
	whole := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(whole[:len(whole)-number(ts, args[1])]), 0o600))
}

// cmdBad appends so many people whose e-mail no target takes.
func cmdBad(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, func(f feed) feed {
		for n := range number(ts, args[0]) {
			f = append(f, []string{fmt.Sprintf("X%04d", n), "Bad", fmt.Sprintf("bad%d", n), "1", "active"})
		}
		return f
	})
}
