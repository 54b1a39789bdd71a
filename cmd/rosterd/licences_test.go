package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// licences are known by words that no other has.
var licences = map[string]string{
	"MIT": "Permission is hereby granted, free of charge", "Apache-2.0": "Apache License", "MPL-2.0": "Mozilla Public License Version 2.0",
	"BSD-3-Clause": "Neither the name", "BSD-2-Clause": "BSD 2-Clause License",
}

// TestSecurityNamesEveryModuleWithItsLicence holds the table in SECURITY.md against go.mod, what the program is linked of, and the texts.
func TestSecurityNamesEveryModuleWithItsLicence(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	list := func(args ...string) []string {
		cmd := exec.Command("go", append([]string{"list"}, args...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v`).FindAllStringSubmatch(string(mod), -1) {
		required = append(required, m[1])
	}
	linked := list("-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	folders := map[string]string{}
	for _, line := range list(append([]string{"-m", "-f", "{{.Path}}\t{{.Dir}}"}, required...)...) {
		path, dir, _ := strings.Cut(line, "\t")
		folders[path] = dir
	}
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+) \| (\S+) \| (program|tests) \|$`).FindAllStringSubmatch(string(text), -1) {
		named = append(named, m[1])
		if in := slices.Contains(linked, m[1]); in != (m[3] == "program") {
			t.Errorf("%s stands under %s, and is in the program: %v", m[1], m[3], in)
		}
		words := licences[m[2]]
		if words == "" {
			t.Errorf("%s: the licence %s is not known here", m[1], m[2])
			continue
		}
		if folders[m[1]] == "" {
			continue // no part of what is built and tested here, so its text was not fetched
		}
		files, err := filepath.Glob(filepath.Join(folders[m[1]], "[LC][iIoO][cCpP][eEyY]*"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no licence, %v", m[1], err)
			continue
		}
		licence, err := os.ReadFile(files[0])
		if err != nil || !strings.Contains(string(licence), words) {
			t.Errorf("%s: %s does not read like %s, %v", m[1], files[0], m[2], err)
		}
	}
	slices.Sort(required)
	slices.Sort(named)
	if !slices.Equal(required, named) {
		t.Errorf("SECURITY.md names\n%s\nand go.mod\n%s", strings.Join(named, "\n"), strings.Join(required, "\n"))
	}
}
