package main

import (
	"fmt"
	"os/exec"
)

// tools are the programs of others that rosterd is held against, as anybody would call them. What is not here is left out.
type tools struct {
	csvdiff string
	r       *report
}

// csvRead is what a program needs at the least that parses every row.
func csvRead(file string) yardstick {
	return yardstick{what: "a bare `encoding/csv` loop", turn: turn{program: role("role-read", file)}}
}

// diffs find the rows that two files don't have in common; wanted is the ratio to csvdiff.
func (t tools) diffs(before, after string, wanted float64) []yardstick {
	return append(t.csvdiffs(before, after, wanted),
		yardstick{what: "a map of row hashes, a bare loop", turn: turn{program: role("role-diff", before, after)}})
}

// csvdiffs is csvdiff alone. It ends with 0 whatever it finds.
func (t tools) csvdiffs(before, after string, wanted float64) []yardstick {
	path, found := t.find(t.csvdiff, "go install github.com/aswinkarthik/csvdiff@latest, on the PATH or named with -csvdiff")
	if !found {
		return nil
	}
	return []yardstick{{what: "`csvdiff`", wanted: wanted, turn: turn{program: program{name: path, args: []string{before, after}}}}}
}

// sorted is what the tools of every machine make of the same question. Both files are sorted at a time.
func (t tools) sorted(before, after, dir string) []yardstick {
	var out []yardstick
	if shell, found := t.find("sh", ""); found {
		const script = `LC_ALL=C; export LC_ALL; sort "$1" >"$3/a" & sort "$2" >"$3/b" && wait $! && comm -3 "$3/a" "$3/b"; code=$?; rm -f "$3/a" "$3/b"; exit $code`
		out = append(out, yardstick{what: "`sort`, `comm -3`", turn: turn{program: program{name: shell, args: []string{"-c", script, "sh", before, after, dir}}}})
	}
	if path, found := t.find("sqlite3", "the package sqlite3"); found {
		args := []string{":memory:", ".mode csv", fmt.Sprintf(".import %q a", before), fmt.Sprintf(".import %q b", after),
			"SELECT * FROM b EXCEPT SELECT * FROM a", "SELECT * FROM a EXCEPT SELECT * FROM b"}
		out = append(out, yardstick{what: "`sqlite3`, `.import` and `EXCEPT`", turn: turn{program: program{name: path, args: args}}})
	}
	return out
}

// hashes read a file and do nothing but hash it.
func (t tools) hashes(file string) []yardstick {
	out := []yardstick{{what: "a bare xxh3 loop", turn: turn{program: role("role-hash", file)}}}
	if path, found := t.find("sha256sum", ""); found {
		out = append(out, yardstick{what: "`sha256sum`", turn: turn{program: program{name: path, args: []string{file}}}})
	}
	return out
}

// unpacked unpacks a file and does nothing with what comes out.
func (t tools) unpacked(file string) []yardstick {
	path, found := t.find("gzip", "")
	if !found {
		return nil
	}
	return []yardstick{{what: "`gzip -dc`", turn: turn{program: program{name: path, args: []string{"-dc", file}}}}}
}

// find looks for a program, and notes once that it is left out.
func (t tools) find(name, install string) (string, bool) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, true
	}
	text := fmt.Sprintf("Left out, for it is not here: %s", name)
	if install != "" {
		text += "; to have it: " + install
	}
	t.r.once(text + ".")
	return "", false
}
