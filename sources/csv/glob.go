package csv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFiles is how many files of a pattern can be one snapshot: all are open while they are read.
const maxFiles = 1000

// expand lists the files that match a pattern, by name. Other than filepath.Glob it tells of folders that can't be read: a
// feed that nobody may see is not an absent one.
func expand(pattern string) ([]string, error) {
	dir, name := filepath.Split(pattern)
	dirs := []string{unescape(filepath.Clean(dir))}
	if hasMeta(dir) {
		all, err := expand(filepath.Clean(dir))
		if err != nil {
			return nil, err
		}
		dirs = slices.DeleteFunc(all, isFile)
	}
	var found []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, explain(dir, err)
		}
		for _, e := range entries {
			ok, err := filepath.Match(name, e.Name())
			if err != nil {
				return nil, fmt.Errorf("open %s: %w: mend path", pattern, err)
			}
			if ok && (e.Name()[0] != '.' || name[0] == '.') {
				found = append(found, filepath.Join(dir, e.Name()))
			}
		}
	}
	return found, nil
}

// isFile reports whether something else than a folder surely lies there.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func hasMeta(pattern string) bool { return strings.ContainsAny(pattern, `*?[`) }

// unescape is a pattern without wildcards as a path.
func unescape(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+1 < len(path) {
			i++
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

// pick lists the files that the snapshot is made of, at least one.
func (c Config) pick() ([]string, error) {
	if !c.Glob {
		return []string{c.Path}, nil
	}
	matches, err := expand(c.Path)
	if err != nil {
		return nil, err
	}
	var files []string
	var newest os.FileInfo
	for _, path := range matches {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, explain(path, err)
		case info.IsDir():
			continue
		case c.All:
			files = append(files, path)
		case newest == nil || !info.ModTime().Before(newest.ModTime()): // they come by name
			files, newest = []string{path}, info
		}
	}
	switch {
	case len(files) == 0:
		return nil, fmt.Errorf("open %s: no file matches; has the feed been delivered, and is path right? (a [ in a name is written \\[)", c.Path)
	case len(files) > maxFiles:
		return nil, fmt.Errorf("open %s: %d files match, and at most %d can be one snapshot; let path match fewer", c.Path, len(files), maxFiles)
	}
	return files, nil
}
