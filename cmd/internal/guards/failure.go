package main

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	ofScript = regexp.MustCompile(`(?m)FAIL: \S*/?testdata/script/(.+)$`)
	ofTest   = regexp.MustCompile(`(?m)^\s+(\w+\.go:\d+: .+)$`)
)

// failure is the line of a test's output that says what failed.
func failure(out string) string {
	for _, line := range []*regexp.Regexp{ofScript, ofTest} {
		if found := line.FindStringSubmatch(out); found != nil {
			return clip(found[1])
		}
	}
	return clip(out)
}

// clip makes one short line of a text.
func clip(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) {
			return r
		}
		return '?'
	}, text)), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
