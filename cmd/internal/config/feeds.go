package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// feed checks the settings of a CSV source against one another, and finishes those that depend on others.
func (d *decoder) feed(at []string, csv *CSV) {
	d.feedPath(at, csv)
	d.feedColumns(at, csv)
	if csv.Trailer != nil && csv.Trailer.NumSubexp() != 1 {
		d.fail(d.file.at(append(slices.Clip(at), "trailer")),
			fmt.Sprintf(`trailer has %d groups; it must have one, around the number of rows, as in '^#EOF;(\d+)$'`, csv.Trailer.NumSubexp()))
	}
	if csv.MaxAge > 0 && csv.MaxAge <= csv.Settle {
		d.fail(d.file.at(append(slices.Clip(at), "max_age")), "max_age is not more than settle, so no file could ever be read")
	}
}

// feedPath finds out what path is: a file, a pattern, or standard input.
func (d *decoder) feedPath(at []string, csv *CSV) {
	place := append(slices.Clip(at), "path")
	written, ok := d.file.places[joined(place)]
	if !ok || csv.Path == "" {
		return // complained about already
	}
	path := written.value.Value // as written: the folder of the configuration may have any name
	if csv.Path == "-" {
		for _, key := range []string{"pick", "settle", "max_age"} {
			if _, given := d.file.places[joined(append(slices.Clip(at), key))]; given {
				d.fail(d.file.keyOf(append(slices.Clip(at), key)), key+" is for files; standard input has no name and no age: leave it out")
			}
		}
		return
	}
	if csv.Glob = strings.ContainsAny(path, "*?["); !csv.Glob {
		if csv.Pick == "all" {
			d.fail(d.file.at(append(slices.Clip(at), "pick")), "pick: all is for a glob, and path has no * ? [ in it, so it is one file")
		}
		return
	}
	if _, err := filepath.Match(path, ""); err != nil {
		d.fail(d.file.at(place), `path: the glob is malformed: a [ has no ], or nothing between; a [ that is part of a name is written \[`)
		return
	}
	if strings.Contains(path, "**") {
		d.fail(d.file.at(place), "path: ** has no meaning here: a * stands for any name in one folder; write a * for each folder")
	}
	if !filepath.IsAbs(path) {
		csv.Path = Path(filepath.Join(asPattern(d.env.Dir), path))
	}
}

// asPattern is a path as a glob that matches it alone.
func asPattern(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// feedColumns finds out where the names of the columns come from: to name them says that no row does.
func (d *decoder) feedColumns(at []string, csv *CSV) {
	header, columns := append(slices.Clip(at), "header"), append(slices.Clip(at), "columns")
	_, given := d.file.places[joined(header)]
	switch {
	case len(csv.Columns) == 0 && !csv.Header:
		d.fail(d.file.at(header), "header is false, so columns has to name the columns")
	case len(csv.Columns) > 0 && csv.Header && given:
		d.fail(d.file.keyOf(columns), "columns names the columns of a file without a header, and header is true; leave one of them out")
	}
	csv.Header = csv.Header && len(csv.Columns) == 0
	named := false
	for i, name := range csv.Columns {
		named = named || name != ""
		if first := slices.Index(csv.Columns, name); first < i && name != "" {
			d.fail(d.file.at(columns), fmt.Sprintf(`columns has %q twice, so it is not known which is meant; a column that nobody needs may be ""`, name))
		}
	}
	if len(csv.Columns) > 0 && !named {
		d.fail(d.file.at(columns), "columns names no column")
	}
}
