package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rosterd/rosterd/sync/near"
	"github.com/rosterd/rosterd/sync/record"
)

// table reads a table: keys and values, or the file that has them.
func (d *decoder) table(n *yaml.Node, path []string, _ field) (any, error) {
	if isNull(n) || n.Kind != yaml.MappingNode {
		return nil, errors.New("a table is {text: value, ...}, or {file: roles.csv, key: column, value: column}")
	}
	if isTableFile(n) {
		var from tableFile
		if !d.whole(&from, n, path) {
			return nil, errTold
		}
		values, err := readTable(from)
		return Table{Values: values, File: from.File}, err
	}
	before := len(d.problems)
	pairs, _ := d.pairs(n, path)
	values := make(map[string]record.Value, len(pairs))
	for _, p := range pairs {
		if !d.bare(p.value) {
			continue
		}
		v, err := d.constant(p.value, d.step(path, p, p.key.Value), field{})
		if err != nil {
			d.fail(posOf(p.value), fmt.Sprintf("%s: %v", p.key.Value, err))
			continue
		}
		values[p.key.Value] = v.(record.Value)
	}
	if len(d.problems) > before {
		return nil, errTold
	}
	return Table{Values: values}, nil
}

// isTableFile reports whether a table is a file: it has the key file, and key or value beside it or nothing at all.
func isTableFile(n *yaml.Node) bool {
	has := func(word string) bool {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == word {
				return true
			}
		}
		return false
	}
	return has("file") && (has("key") || has("value") || len(n.Content) == 2)
}

// readTable reads two columns of a CSV file. A key that comes twice must have one value: nobody could say which is meant.
func readTable(from tableFile) (map[string]record.Value, error) {
	data, err := readFile(string(from.File))
	if err != nil {
		return nil, err
	}
	cells := csv.NewReader(bytes.NewReader(data))
	header, err := cells.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header of %s: %w", from.File, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	key, value := slices.Index(header, from.Key), slices.Index(header, from.Value)
	for i, column := range []string{from.Key, from.Value} {
		if []int{key, value}[i] < 0 {
			return nil, fmt.Errorf("%s has no column %q%s", from.File, column, near.Suggest(column, header))
		}
	}
	values, lines := map[string]record.Value{}, map[string]int{}
	for {
		row, err := cells.Read()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", from.File, err)
		}
		line, _ := cells.FieldPos(0)
		k, v := row[key], record.TextOf(row[value])
		before, twice := values[k]
		switch {
		case !utf8.ValidString(k) || !utf8.ValidString(row[value]):
			return nil, fmt.Errorf("%s:%d is not UTF-8", from.File, line)
		case k == "":
			return nil, fmt.Errorf("%s:%d: the column %s is empty", from.File, line, from.Key)
		case twice && !before.Equal(v):
			return nil, fmt.Errorf("%s: %q has one value in line %d and another in line %d", from.File, k, lines[k], line)
		}
		values[k], lines[k] = v, line
	}
}
